"""The gate before the routes: whose key a request carries, whether it reaches far enough, and how often it came.

A route says itself which scope it needs, as `Keyed`; one that needs none is `Open`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notifier.api.asking import Endpoint, Refusal, answered
from services.notifier.audit import Act, Deed
from services.notifier.keys import OPERATOR, ApiKey, Caller, Meter, Scope, Shown, read_key
from services.notifier.ports import KeyBook

_REMEDY: Final = "send 'Authorization: Bearer <key>'"
_WRONG: Final = "the API key is missing or wrong"


@dataclass(frozen=True)
class Gate:
    """Lets callers through whose key has the scope. `api_key` is the operator's own, from the settings."""

    book: KeyBook
    api_key: SecretStr
    clock: Callable[[], datetime]
    meter: Meter = field(default_factory=Meter)

    async def admit(self, request: Request, scope: Scope) -> Caller:
        """Who calls. Raises Refusal: 401 without a good key, 429 too often, 403 without the scope."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self._is_operators(given):
            return OPERATOR
        shown = read_key(given)
        if shown is None:
            raise Refusal(401, "unauthorized", _WRONG, _REMEDY)
        key = await self._standing(shown)
        self._count(key)
        if scope not in key.scopes:
            reason = f"the key '{key.name}' has not the scope '{scope}'"
            remedy = "use a key that has it: 'noinhan keys create' makes one"
            raise Refusal(403, "scope_missing", reason, remedy, scope=scope)
        return key.caller

    def _is_operators(self, given: str) -> bool:
        expected = self.api_key.get_secret_value()
        return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())

    async def _standing(self, shown: Shown) -> ApiKey:
        key = await self.book.key(shown.key_id)
        if key is None or not key.fits(shown):
            raise Refusal(401, "unauthorized", _WRONG, _REMEDY)
        now = self.clock()
        if fault := key.fault(now):
            raise Refusal(401, "unauthorized", fault, "ask the operator for another one")
        if key.is_use_worth_writing(now):
            await self.book.key_used(key.key_id, now)
        return key

    def _count(self, key: ApiKey) -> None:
        if wait_s := self.meter.wait_s(key, self.clock()):
            refusal = Refusal(
                429, "too_many", f"the key may ask {key.per_minute} times a minute", f"try again in {wait_s} s"
            )
            refusal.response.headers["Retry-After"] = str(wait_s)
            raise refusal


class Keyed(Route):
    """A route for callers whose key has `scope`."""

    def __init__(self, method: str, path: str, gate: Gate, scope: Scope, handle: Endpoint) -> None:
        self.scope = scope

        async def admitted(request: Request) -> Response:
            request.state.caller = await gate.admit(request, scope)
            return await handle(request)

        super().__init__(path, answered(admitted), methods=[method])


class Open(Route):
    """A route that asks for no key: behind a signed link, or for everybody."""

    def __init__(self, method: str, path: str, handle: Endpoint) -> None:
        super().__init__(path, answered(handle), methods=[method])


def caller(request: Request) -> Caller:
    """Who calls a keyed route."""
    found: Caller = request.state.caller
    return found


def deed(request: Request, what: Act, at: datetime, detail: str | None = None) -> Deed:
    """What the caller of a keyed route asks for."""
    return Deed(caller(request), what, at, detail)
