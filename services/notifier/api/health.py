"""How endpoints fare, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, number
from services.notifier.api.gate import Gate, Keyed
from services.notifier.endpoint_health import EndpointHealth
from services.notifier.ports import HealthQuery, Reports
from services.notifier.redact import shown

_MOST: Final = 1_000
_USUAL: Final = 100
_WORDS: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class HealthApi:
    """GET /v1/endpoints/health."""

    ledger: Reports
    gate: Gate
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """The one route; it stands before that of one endpoint."""
        return [Keyed("GET", "/v1/endpoints/health", self.gate, "read", self.show)]

    async def show(self, request: Request) -> Response:
        """How endpoints fare, the worst first."""
        asked = request.query_params
        failing = _WORDS.get(asked.get("failing", "false"))
        if failing is None:
            raise Refusal(422, "invalid", "failing: it is neither true nor false", "write failing=true")
        query = HealthQuery(asked.get("recipient_id"), failing, number(request, "limit", _USUAL, _MOST))
        report = await self.ledger.health(query, self.clock())
        told = [_told(each) for each in report.endpoints]
        return JSONResponse({"since": report.since.isoformat(), "endpoints": told})


def _told(row: EndpointHealth) -> dict[str, Any]:
    endpoint, last = row.endpoint, row.last_attempt
    return {
        "endpoint_id": endpoint.endpoint_id,
        "recipient_id": endpoint.recipient_id,
        "kind": endpoint.kind,
        "url" if endpoint.kind == "webhook" else "address": shown(endpoint.target, endpoint.kind),
        "name": endpoint.name,
        "state": endpoint.state,
        "place": endpoint.place,
        "failures": endpoint.failures,
        "failing_since": _iso(endpoint.failing_since),
        "left_alone_until": _iso(row.left_alone_until),
        "last_success_at": _iso(row.last_success_at),
        "last_attempt": last and {"at": last.at.isoformat(), "result": last.result, "reason": last.reason},
        "open": row.open,
        "oldest_at": _iso(row.oldest_at),
        "delivered": row.today.delivered,
        "failed": row.today.failed,
        **row.today.durations._asdict(),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
