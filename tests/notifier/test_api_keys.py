"""Keys over HTTP: what each opens, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notifier import app
from services.notifier.api.gate import Gate, Keyed, Open
from services.notifier.audit import Deed
from services.notifier.keys import OPERATOR, SCOPES, ApiKey, Scope, new_key
from services.notifier.settings import NotifierSettings
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, SECRETS_KEY
from tests.notifier.serving import KEY, ONE, api, channel, ledger, woken

__all__ = ["api", "channel", "ledger", "woken"]

PUBLIC = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/a/{token}"),
    ("POST", "/a/{token}"),
    ("GET", "/u/{token}"),
    ("POST", "/u/{token}"),
    ("GET", "/v/{token}"),
    ("POST", "/v/{token}"),
    ("GET", "/d/{token}"),
}
"""What is answered without a key: health, metrics, the document of the API, and pages behind signed links."""
ABSENT = {"endpoint_id": "x", "delivery_id": "x", "key_id": "x", "notice_id": "x"}


def all_routes(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Route]:
    """The routes of the notifier as it is built for production."""
    built: list[Starlette] = []
    make_server = app.make_server
    monkeypatch.setattr(app, "make_server", lambda it, *rest: built.append(it) or make_server(it, *rest))
    key = SecretStr(KEY)
    app.make(NotifierSettings(home=home, api_key=key, link_key=key, secrets_key=SecretStr(SECRETS_KEY)))
    (made,) = built
    routes = [each for each in made.routes if isinstance(each, Route)]
    assert len(routes) == len(made.routes)
    return routes


def named(route: Route) -> set[tuple[str, str]]:
    return {(method, route.path) for method in (route.methods or set()) - {"HEAD"}}


async def make(api: httpx.AsyncClient, *scopes: str, **more: Any) -> dict[str, str]:
    """A new key's header."""
    answer = await api.post("/v1/keys", json={"name": "Sở Nội vụ", "scopes": scopes, **more})
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['key']}"}


async def test_every_route_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a scope, or stands in the list of those that are open."""
    routes = all_routes(tmp_path, monkeypatch)
    scoped = {each for route in routes if isinstance(route, Keyed) for each in named(route)}
    others = {each for route in routes if not isinstance(route, Keyed) for each in named(route)}
    assert others == PUBLIC
    assert all(route.scope in SCOPES for route in routes if isinstance(route, Keyed))
    assert all(path.startswith("/v1/") for _, path in scoped)
    assert not [route for route in routes if isinstance(route, Open) and route.path.startswith("/v1/")]


async def test_every_route_holds_to_what_it_says(
    api: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key 401; with every scope but its own 403, which names it; with its own alone neither."""
    only = {scope: await make(api, scope) for scope in SCOPES}
    but = {scope: await make(api, *(each for each in SCOPES if each != scope)) for scope in SCOPES}
    for route in all_routes(tmp_path, monkeypatch):
        if not isinstance(route, Keyed):
            continue
        ((method, path),) = named(route)
        url = path.format(**ABSENT)
        without = await api.request(method, url, headers={"authorization": ""})
        other = await api.request(method, url, headers=but[route.scope])
        own = await api.request(method, url, headers=only[route.scope])
        assert without.status_code == 401, path
        assert (other.status_code, other.json()["scope"], other.json()["error"]) == (403, route.scope, "scope_missing")
        assert own.status_code not in {401, 403, 405, 429}, path


async def test_a_key_is_shown_once(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The list tells all but what opens anything; the ledger holds no secret."""
    answer = await api.post("/v1/keys", json={"name": "a", "scopes": ["read"], "expires_days": 2, "per_minute": 5})
    made = answer.json()
    key = made.pop("key")
    secret = key.rpartition("_")[2]
    listed = await api.get("/v1/keys")
    assert listed.json() == {"keys": [made]}
    assert made["expires_at"] == (NOW + timedelta(days=2)).isoformat()
    assert answer.headers["cache-control"] == "no-store"
    assert secret not in listed.text + str(ledger._keys) + str(ledger._audit)
    assert (await api.get("/v1/balance", headers={"authorization": f"Bearer {key}"})).status_code == 200
    assert (await api.get("/v1/keys")).json()["keys"][0]["last_used"] == NOW.isoformat()


async def test_a_wrong_secret_opens_nothing(api: httpx.AsyncClient) -> None:
    """Not with the right id, nor with the id of no key, and the answers are the same."""
    header = (await make(api, "read"))["authorization"]
    start, _, secret = header.rpartition("_")
    wrong = [f"{start}_{'0' * len(secret)}", f"Bearer nnk_{'0' * 12}_{secret}", "Bearer x"]
    answers = [await api.get("/v1/balance", headers={"authorization": each}) for each in wrong]
    assert [each.status_code for each in answers] == [401] * 3
    assert len({each.text for each in answers}) == 1


async def test_a_revoked_key_opens_nothing(api: httpx.AsyncClient) -> None:
    """From the next request on; revoking it again, or one that never was, is refused."""
    header = await make(api, "read")
    (key,) = (await api.get("/v1/keys")).json()["keys"]
    assert (await api.get("/v1/balance", headers=header)).status_code == 200
    assert (await api.delete(f"/v1/keys/{key['key_id']}")).json()["revoked_at"] == NOW.isoformat()
    answer = await api.get("/v1/balance", headers=header)
    assert (answer.status_code, answer.json()["reason"]) == (401, "the API key was revoked")
    assert (await api.delete(f"/v1/keys/{key['key_id']}")).status_code == 409
    assert (await api.delete("/v1/keys/none")).status_code == 404


async def test_an_expired_key_opens_nothing(ledger: MemoryLedger) -> None:
    """From its end on."""
    moments = [NOW]
    gate = Gate(ledger, SecretStr(KEY), clock=lambda: moments[0])
    app_ = Starlette(routes=[Keyed("GET", "/x", gate, "read", _fine)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_), base_url="http://t") as client:
        header = await _kept(ledger, "read", expires_at=NOW + timedelta(days=1))
        assert (await client.get("/x", headers=header)).status_code == 200
        moments[0] += timedelta(days=1)
        answer = await client.get("/x", headers=header)
        assert (answer.status_code, answer.json()["reason"]) == (401, "the API key has expired")


async def test_a_key_that_asks_too_often_waits(api: httpx.AsyncClient) -> None:
    """429 says when to come again; other keys and the operator's own are served."""
    slow, other = await make(api, "read", per_minute=2), await make(api, "read", per_minute=2)
    answers = [await api.get("/v1/balance", headers=slow) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"
    assert (await api.get("/v1/balance", headers=other)).status_code == 200
    assert (await api.get("/v1/balance")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["all"]},
        {"name": " "},
        {"name": "a\nb"},
        {"expires_days": 0},
        {"per_minute": 0},
        {"key": "my-own"},
    ],
)
async def test_a_wrong_key_is_not_made(api: httpx.AsyncClient, ledger: MemoryLedger, wrong: dict[str, Any]) -> None:
    """Without scopes, with unknown ones, without a name, without an hour to live."""
    answer = await api.post("/v1/keys", json={"name": "a", "scopes": ["read"], **wrong})
    assert (answer.status_code, ledger._keys) == (422, {})


async def test_the_settings_key_is_the_operators(api: httpx.AsyncClient) -> None:
    """It does all, without being in the list."""
    assert (await api.post("/v1/endpoints", json=ONE)).status_code == 201
    assert (await api.get("/v1/keys")).json() == {"keys": []}


async def _fine(_: Request) -> Response:
    return Response("fine")


async def _kept(ledger: MemoryLedger, scope: Scope, **more: Any) -> dict[str, str]:
    shown, digest = new_key(token_bytes)
    key = ApiKey(shown.key_id, "a", digest, frozenset({scope}), NOW, **more)
    await ledger.add_key(key, Deed(OPERATOR, "key.created", NOW))
    return {"authorization": f"Bearer {shown.text}"}
