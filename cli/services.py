"""Calls to the services' HTTP interfaces."""

from __future__ import annotations

from typing import Any

import httpx

from cli.answer import UNREACHABLE, fail
from deploy.local import services
from deploy.local.state import state

_TIMEOUT_S = 60.0


def client(service: str) -> httpx.Client:
    """An HTTP client for a service, with the key. Ends the command where nothing was ever started."""
    home = state()
    try:
        base = services.url(home, service)
    except FileNotFoundError:
        fail("nothing was started in this state folder: run 'noinhan up'", UNREACHABLE)
    headers = {"authorization": f"Bearer {services.api_key(home)}"}
    return httpx.Client(base_url=base, headers=headers, timeout=_TIMEOUT_S, trust_env=False)


def call(http: httpx.Client, method: str, path: str, **arguments: Any) -> httpx.Response:
    """Call a service. Ends the command where it cannot be reached or refuses the key."""
    try:
        answer = http.request(method, path, **arguments)
    except httpx.TransportError as error:
        fail(f"{http.base_url} does not answer ({error}): see 'noinhan status'", UNREACHABLE)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        remedy = "set NOINHAN_API_KEY to the one it was started with, or to one that 'noinhan keys create' made"
        fail(f"the service refuses the API key: {remedy}. It says: {refusal(answer)}", UNREACHABLE)
    return answer


def ask(service: str, method: str, path: str, **arguments: Any) -> Any:
    """What a service answers, as read from JSON. Ends the command with its refusal where it refuses."""
    answer = _taken(service, method, path, **arguments)
    return answer.json() if answer.content else {}


def ask_text(service: str, path: str, **arguments: Any) -> str:
    """What a service answers to GET, as text. Ends the command with its refusal where it refuses."""
    return _taken(service, "GET", path, **arguments).text


def _taken(service: str, method: str, path: str, **arguments: Any) -> httpx.Response:
    with client(service) as http:
        answer = call(http, method, path, **arguments)
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        fail(refusal(answer))
    return answer


def refusal(answer: httpx.Response) -> str:
    """A service's refusal in a sentence: what was wrong and what to do."""
    try:
        told = answer.json()
        place = f" ({told['where']})" if told.get("where") else ""
        return f"{told['reason'].rstrip('.')}{place}. {told['remedy']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}: {answer.text[:200]}"
