"""The audit trail over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, moment, number, plain
from services.notifier.api.gate import Gate, Keyed
from services.notifier.audit import ACTS, Act, AuditQuery
from services.notifier.ports import AuditTrail

_MOST: Final = 10_000
_USUAL: Final = 100


@dataclass(frozen=True)
class AuditApi:
    """GET /v1/audit."""

    trail: AuditTrail
    gate: Gate

    def routes(self) -> list[Route]:
        """The one route, for operators."""
        return [Keyed("GET", "/v1/audit", self.gate, "operate", self.list)]

    async def list(self, request: Request) -> Response:
        """What was changed and by whom, newest first, at most `limit`; since, who and what choose."""
        asked = request.query_params
        limit = number(request, "limit", _USUAL, _MOST)
        query = AuditQuery(since=moment(asked, "since"), who=asked.get("who"), what=_act(asked), limit=limit)
        return JSONResponse({"audit": [plain(each) for each in await self.trail.audit(query)]})


def _act(asked: Mapping[str, str]) -> Act | None:
    text = asked.get("what")
    found = next((each for each in ACTS if each == text), None)
    if text is not None and found is None:
        raise Refusal(422, "invalid", f"what: {text!r} is not in the list", f"one of {', '.join(ACTS)}")
    return found
