"""How a request is read: limited in size, checked against a model, refused with a reason and a remedy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.notifier.ports import LedgerUnavailable
from services.runtime.http import problem

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_LONGEST_NUMBER: Final = 9

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """The request is answered with this problem."""

    def __init__(self, status: int, code: str, reason: str, remedy: str, **more: object) -> None:
        super().__init__(reason)
        self.response = problem(status, code, reason, remedy, **more)


def answered(handle: Endpoint) -> Endpoint:
    """Turn refusals and a silent ledger into their answers."""

    async def handled(request: Request) -> Response:
        try:
            return await handle(request)
        except Refusal as refusal:
            return refusal.response
        except LedgerUnavailable as error:
            return problem(503, "ledger_unavailable", f"the ledger does not answer: {error}", "try again in a moment")

    return handled


def plain(row: DataclassInstance) -> dict[str, Any]:
    """A row of the ledger as JSON has it."""
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in asdict(row).items()}


async def body_of(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes. Raises Refusal with 413."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise Refusal(413, "too_large", f"the body has more than {limit} bytes", "send less at once")
    return body


async def read(request: Request, model: TypeAdapter[T], limit: int) -> T:
    """The JSON body as a model. Raises Refusal with 413 or 422."""
    body = await body_of(request, limit)
    try:
        return model.validate_json(body)
    except ValidationError as error:
        raise Refusal(422, "invalid", explained(error), "correct the field and send it again") from None


def explained(error: ValidationError) -> str:
    """The first fault, without the value that has it."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the body"
    return f"{place}: {first['msg']}"


def number(request: Request, name: str, default: int, highest: int) -> int:
    """A query parameter between 1 and `highest`. Raises Refusal with 422."""
    text = request.query_params.get(name, str(default))
    digits = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    if not digits or not 1 <= int(text) <= highest:
        raise Refusal(
            422, "invalid", f"{name}: {text!r} is not a number from 1 to {highest}", f"set {name} accordingly"
        )
    return int(text)


def moment(asked: Mapping[str, str], name: str) -> datetime | None:
    """A query parameter that is a moment with its offset. Raises Refusal with 422."""
    text = asked.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        remedy = "write it as 2026-11-26T08:00:00+07:00"
        raise Refusal(422, "invalid", f"{name}: {text!r} is no moment with an offset", remedy)
    return found
