"""The whole body behind a thin event, for whoever holds its signed link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal
from services.notifier.api.gate import Open
from services.notifier.links import BODY
from services.notifier.ports import Inbox
from services.runtime.links import BadLink, verify

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class BodyApi:
    """GET /d/{token}: the bytes whose SHA-256 the thin event names."""

    inbox: Inbox
    link_key: SecretStr
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """The one public route."""
        return [Open("GET", "/d/{token}", self.fetch)]

    async def fetch(self, request: Request) -> Response:
        """The stored body, as a full webhook would carry it."""
        try:
            item_id = verify(self.link_key.get_secret_value(), BODY, request.path_params["token"], self.clock())
        except BadLink as error:
            raise Refusal(403, f"link_{error.fault}", str(error), "use 'body_url' as the webhook carries it") from None
        body = await self.inbox.body(item_id)
        if body is None:
            raise Refusal(404, "unknown_body", "this body is not kept here", "ask the issuing office for the notice")
        return Response(body, media_type="application/json", headers=_HEADERS)
