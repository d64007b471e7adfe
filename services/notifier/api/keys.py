"""API keys over HTTP: made, listed, revoked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, read
from services.notifier.api.gate import Gate, Keyed, deed
from services.notifier.keys import ApiKey, Scope, new_key
from services.notifier.ports import KeyBook
from services.runtime.logging import Log

_LARGEST: Final = 16_384
_HEADERS: Final = {"Cache-Control": "no-store"}


class WantedKey(BaseModel):
    """What a new key is for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    scopes: frozenset[Scope] = Field(min_length=1)
    expires_days: float | None = Field(default=None, gt=0, le=36_500)
    per_minute: int | None = Field(default=None, ge=1, le=1_000_000)


_WANTED: Final = TypeAdapter(WantedKey)


@dataclass(frozen=True)
class KeyApi:
    """The routes under /v1/keys."""

    book: KeyBook
    gate: Gate
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """The routes, all for operators."""
        return [
            Keyed("POST", "/v1/keys", self.gate, "operate", self.create),
            Keyed("GET", "/v1/keys", self.gate, "operate", self.list),
            Keyed("DELETE", "/v1/keys/{key_id}", self.gate, "operate", self.revoke),
        ]

    async def create(self, request: Request) -> Response:
        """Make a key. It is answered once, here."""
        wanted = await read(request, _WANTED, _LARGEST)
        now = self.clock()
        shown, digest = new_key(secrets.token_bytes)
        ends = now + timedelta(days=wanted.expires_days) if wanted.expires_days else None
        made = ApiKey(shown.key_id, wanted.name, digest, wanted.scopes, now, ends, wanted.per_minute)
        scopes = " ".join(sorted(made.scopes))
        await self.book.add_key(made, deed(request, "key.created", now, f"{made.name}: {scopes}"))
        self.log.info("key.created", key_id=made.key_id, scopes=scopes)
        return JSONResponse({**_told(made), "key": shown.text}, status_code=201, headers=_HEADERS)

    async def list(self, _: Request) -> Response:
        """All keys with when they were last used, without what opens anything."""
        return JSONResponse({"keys": [_told(each) for each in await self.book.keys()]})

    async def revoke(self, request: Request) -> Response:
        """Let a key open nothing any more, from the next request on."""
        key_id, now = request.path_params["key_id"], self.clock()
        key = await self.book.key(key_id)
        if key is None:
            raise Refusal(404, "unknown_key", "there is no such key", "list them with GET /v1/keys")
        if not await self.book.revoke_key(key_id, deed(request, "key.revoked", now, key.name)):
            raise Refusal(409, "over", "the key was revoked before", "nothing is left to be done")
        self.log.info("key.revoked", key_id=key_id)
        return JSONResponse({"key_id": key_id, "revoked_at": now.isoformat()})


def _told(key: ApiKey) -> dict[str, Any]:
    moments = {name: getattr(key, name) for name in ("created_at", "last_used", "expires_at", "revoked_at")}
    told = {name: each.isoformat() if each else None for name, each in moments.items()}
    known = {"key_id": key.key_id, "name": key.name, "scopes": sorted(key.scopes)}
    return {**known, **told, "per_minute": key.per_minute}
