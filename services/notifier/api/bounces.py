"""Bounces over HTTP: a mail server hands over what came back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, body_of
from services.notifier.api.gate import Gate, Keyed, deed
from services.notifier.audit import Deed
from services.notifier.ports import LARGEST_MAIL, BounceOutcome


@dataclass(frozen=True)
class BounceApi:
    """POST /v1/bounces: the mail as it came, header and all."""

    take: Callable[[bytes, Deed], Awaitable[BounceOutcome]]
    gate: Gate
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """One route, for who may send receipts."""
        return [Keyed("POST", "/v1/bounces", self.gate, "receipts", self.post)]

    async def post(self, request: Request) -> Response:
        """Answer what the mail did. One that speaks of no delivery of ours is left to the caller, with 404."""
        raw = await body_of(request, LARGEST_MAIL)
        outcome = await self.take(raw, deed(request, "delivery.bounced", self.clock()))
        if outcome == "unknown":
            remedy = "keep the mail and look at it"
            raise Refusal(404, "unknown_delivery", "the report speaks of no delivery that was sent from here", remedy)
        return JSONResponse({"outcome": outcome})
