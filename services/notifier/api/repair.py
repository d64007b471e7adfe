"""Repair over HTTP: one delivery with its attempts, tried again or given up; dead letters replayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, plain, read
from services.notifier.api.gate import Gate, Keyed, deed
from services.notifier.ports import DeliveryQuery, DeliveryRow, Repairs, Reports
from services.runtime.logging import Log

_LARGEST: Final = 16_384
_AT_ONCE: Final = 10_000


class Said(BaseModel):
    """Who does it, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    author: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2_000)


class WantedReplay(Said):
    """Which dead letters to replay: all of them, or those that fit. since: when they died."""

    notice_id: str | None = None
    recipient_id: str | None = None
    failed_because: str | None = None
    since: AwareDatetime | None = None
    rate_per_s: float | None = Field(default=None, gt=0, le=1_000)
    dry_run: bool = False


class Books(Reports, Repairs, Protocol):
    """What repair needs of the ledger."""


_SAID: Final = TypeAdapter(Said)
_REPLAY: Final = TypeAdapter(WantedReplay)


@dataclass(frozen=True)
class RepairApi:
    """GET /v1/deliveries/{id}, POST …/retry and …/cancel, POST /v1/dead-letters/replay."""

    ledger: Books
    gate: Gate
    wake: Callable[[], None]
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """The routes: a look at a delivery, and what operators do about it."""
        one = "/v1/deliveries/{delivery_id}"
        return [
            Keyed("GET", one, self.gate, "read", self.show),
            Keyed("POST", f"{one}/retry", self.gate, "operate", self.retry),
            Keyed("POST", f"{one}/cancel", self.gate, "operate", self.cancel),
            Keyed("POST", "/v1/dead-letters/replay", self.gate, "operate", self.replay),
        ]

    async def show(self, request: Request) -> Response:
        """One delivery with every attempt."""
        row = await self._one(request)
        attempts = await self.ledger.attempts(row.delivery_id)
        return JSONResponse({**plain(row), "attempts": [plain(each) for each in attempts]})

    async def retry(self, request: Request) -> Response:
        """Try one delivery now; its schedule begins anew."""
        said, row = await read(request, _SAID, _LARGEST), await self._one(request)
        if row.purged_at is not None:
            reason = f"its text is not kept any more, since {row.purged_at:%Y-%m-%d}"
            raise Refusal(409, "purged", reason, "send the notice again, as a new revision")
        now = self.clock()
        done = deed(request, "delivery.retried", now, _told(said))
        if not await self.ledger.retry([row.delivery_id], now, deed=done):
            remedy = "only failed and waiting deliveries of notices in force, at endpoints that stand, can be tried"
            raise Refusal(409, "not_retryable", f"it is {row.status} ({row.reason}), or in flight", remedy)
        self._tell("delivery.replayed", row, said)
        self.wake()
        return JSONResponse(plain(await self._one(request)))

    async def cancel(self, request: Request) -> Response:
        """Give one delivery up."""
        said, row = await read(request, _SAID, _LARGEST), await self._one(request)
        now = self.clock()
        if not await self.ledger.give_up([row.delivery_id], now, deed(request, "delivery.cancelled", now, _told(said))):
            raise Refusal(409, "over", f"it is {row.status} ({row.reason})", "nothing is left to be cancelled")
        self._tell("delivery.cancelled", row, said)
        return JSONResponse(plain(await self._one(request)))

    async def replay(self, request: Request) -> Response:
        """Try dead letters again, oldest first, at most 10,000 a call and at the rate that is asked for."""
        wanted = await read(request, _REPLAY, _LARGEST)
        query = DeliveryQuery(
            notice_id=wanted.notice_id,
            recipient_id=wanted.recipient_id,
            status="failed",
            reason=wanted.failed_because,
            since=wanted.since,
            limit=_AT_ONCE,
        )
        found = sorted(await self.ledger.deliveries(query), key=lambda row: row.changed_at)
        if wanted.dry_run:
            return JSONResponse({"found": len(found), "replayed": 0, "deliveries": [plain(each) for each in found]})
        pace_s = 1 / wanted.rate_per_s if wanted.rate_per_s else 0.0
        now = self.clock()
        done = deed(request, "delivery.replayed", now, _told(wanted))
        replayed = set(await self.ledger.retry([each.delivery_id for each in found], now, pace_s, done))
        for row in found:
            if row.delivery_id in replayed:
                self._tell("delivery.replayed", row, wanted)
        self.wake()
        left = [plain(each) for each in found if each.delivery_id not in replayed]
        return JSONResponse({"found": len(found), "replayed": len(replayed), "left": left})

    async def _one(self, request: Request) -> DeliveryRow:
        wanted = request.path_params["delivery_id"]
        for row in await self.ledger.deliveries(DeliveryQuery(delivery_id=wanted)):
            return row
        raise Refusal(404, "unknown_delivery", "there is no such delivery", "GET /v1/deliveries lists them")

    def _tell(self, event: Literal["delivery.replayed", "delivery.cancelled"], row: DeliveryRow, said: Said) -> None:
        told = {"delivery_id": row.delivery_id, "assignment_id": row.assignment_id, "notice_id": row.notice_id}
        self.log.info(event, **told, was=row.status, author=said.author, why=said.reason)


def _told(said: Said) -> str:
    return f"{said.author}: {said.reason}"
