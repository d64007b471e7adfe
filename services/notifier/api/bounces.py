"""Bounces over HTTP: a mail server hands over what came back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, body_of, keyed
from services.notifier.ports import LARGEST_MAIL, BounceOutcome


@dataclass(frozen=True)
class BounceApi:
    """POST /v1/bounces: the mail as it came, header and all."""

    take: Callable[[bytes], Awaitable[BounceOutcome]]
    api_key: SecretStr

    def routes(self) -> list[Route]:
        """One route, behind the API key."""
        return [Route("/v1/bounces", keyed(self.api_key, self.post), methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """Answer what the mail did. One that speaks of no delivery of ours is left to the caller, with 404."""
        outcome = await self.take(await body_of(request, LARGEST_MAIL))
        if outcome == "unknown":
            remedy = "keep the mail and look at it"
            raise Refusal(404, "unknown_delivery", "the report speaks of no delivery that was sent from here", remedy)
        return JSONResponse({"outcome": outcome})
