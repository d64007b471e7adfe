"""Questions to the books over HTTP: deliveries and the balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.deliveries import Status
from services.notifier.api.asking import Refusal, moment, number, plain
from services.notifier.api.gate import Gate, Keyed
from services.notifier.ports import Clocks, DeliveryQuery, OverdueQuery, Reports

_MOST: Final = 1_000
_MOST_OVERDUE: Final = 20_000
"""One notice can go to ten thousand communes, which may all owe two things."""
_USUAL: Final = 100
_STATUSES: Final[tuple[Status, ...]] = get_args(Status)


class Asked(Reports, Clocks, Protocol):
    """What the questions are put to."""


@dataclass(frozen=True)
class ReportApi:
    """GET /v1/deliveries, /v1/balance and /v1/overdue."""

    reports: Asked
    gate: Gate
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """The routes, for who may read."""
        return [
            Keyed("GET", "/v1/deliveries", self.gate, "read", self.deliveries),
            Keyed("GET", "/v1/balance", self.gate, "read", self.balance),
            Keyed("GET", "/v1/overdue", self.gate, "read", self.overdue),
        ]

    async def deliveries(self, request: Request) -> Response:
        """Deliveries by assignment, notice, office, status, reason or time; newest change first, at most `limit`."""
        asked = request.query_params
        query = DeliveryQuery(
            assignment_id=asked.get("assignment_id"),
            notice_id=asked.get("notice_id"),
            recipient_id=asked.get("recipient_id"),
            status=_status(asked),
            reason=asked.get("reason"),
            since=moment(asked, "since"),
            limit=number(request, "limit", _USUAL, _MOST),
        )
        if query == DeliveryQuery(limit=query.limit):
            remedy = "send assignment_id, notice_id, recipient_id, status, reason or since"
            raise Refusal(422, "no_filter", "the question asks for all deliveries", remedy)
        return JSONResponse({"deliveries": [plain(each) for each in await self.reports.deliveries(query)]})

    async def balance(self, request: Request) -> Response:
        """Assignments by state, of one notice or of all, and whether the books balance."""
        books = await self.reports.balance(request.query_params.get("notice_id"))
        return JSONResponse({"assignments": books.assignments, **books.states, "balanced": books.balanced})

    async def overdue(self, request: Request) -> Response:
        """Who owes word or work since when, longest first, at most `limit`; by notice, office or issuer."""
        asked = request.query_params
        query = OverdueQuery(
            notice_id=asked.get("notice_id"),
            recipient_id=asked.get("recipient_id"),
            issuer_id=asked.get("issuer_id"),
            limit=number(request, "limit", _USUAL, _MOST_OVERDUE),
        )
        return JSONResponse({"overdue": [plain(each) for each in await self.reports.overdue(query, self.clock())]})


def _status(asked: Mapping[str, str]) -> Status | None:
    text = asked.get("status")
    found = next((each for each in _STATUSES if each == text), None)
    if text is not None and found is None:
        raise Refusal(422, "invalid", f"status: {text!r} is not a status", f"one of {', '.join(_STATUSES)}")
    return found
