"""Retention over HTTP: for how long what is kept, what would go now, and notices that are held back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from pydantic import Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, plain, read
from services.notifier.api.gate import Gate, Keyed, deed
from services.notifier.api.repair import Said
from services.notifier.ports import AuditTrail, EvidenceBook, Retention
from services.notifier.retain import Keeper
from services.notifier.retention import WHATS, Hold
from services.runtime.logging import Log

_LARGEST: Final = 16_384
_COUNTED: Final = 10_000
_AT_ONCE: Final = 2_000


class WantedRun(Said):
    """Who purges now what is due, and why. dry_run: only count."""

    dry_run: bool = False


class WantedHold(Said):
    """Of which notice nothing is to be purged."""

    notice_id: str = Field(min_length=1, max_length=100)


class Books(Retention, EvidenceBook, AuditTrail, Protocol):
    """What retention needs of the ledger."""


_RUN: Final = TypeAdapter(WantedRun)
_HOLD: Final = TypeAdapter(WantedHold)


@dataclass(frozen=True)
class RetentionApi:
    """GET /v1/retention, POST /v1/retention/run, and the holds."""

    ledger: Books
    keeper: Keeper
    gate: Gate
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """The routes, all for operators."""
        holds = "/v1/retention/holds"
        return [
            Keyed("GET", "/v1/retention", self.gate, "operate", self.show),
            Keyed("POST", "/v1/retention/run", self.gate, "operate", self.run),
            Keyed("POST", holds, self.gate, "operate", self.hold),
            Keyed("DELETE", f"{holds}/{{notice_id}}", self.gate, "operate", self.release),
        ]

    async def show(self, _: Request) -> Response:
        """The periods, what would go now (`more`: at least so many), and what is held back."""
        due, more = await self.keeper.sweep(_COUNTED, dry_run=True)
        holds = [plain(each) for each in await self.ledger.holds()]
        return JSONResponse({"keep_days": self._days(), "due": due, "more": more, "holds": holds})

    async def run(self, request: Request) -> Response:
        """Purge what is due, 2,000 of a kind or for 20 s a call; `more` says to call again."""
        wanted = await read(request, _RUN, _LARGEST)
        most = _COUNTED if wanted.dry_run else _AT_ONCE
        purged, more = await self.keeper.sweep(most, dry_run=wanted.dry_run)
        if not wanted.dry_run:
            done = deed(request, "retention.run", self.clock(), f"{wanted.author}: {wanted.reason}")
            await self.ledger.note([done.on(None, _counted(purged))])
        return JSONResponse({"purged": purged, "more": more, "dry_run": wanted.dry_run})

    async def hold(self, request: Request) -> Response:
        """Hold a notice back: 201, or 200 where it was before."""
        wanted, now = await read(request, _HOLD, _LARGEST), self.clock()
        if not (await self.ledger.evidence(wanted.notice_id, None, 1)).copies:
            remedy = "give the notice_id, as 'noinhan trace' shows it"
            raise Refusal(404, "unknown_notice", "no copy of such a notice came in here", remedy)
        done = deed(request, "notice.held", now, f"{wanted.author}: {wanted.reason}")
        new = await self.ledger.hold(Hold(wanted.notice_id, wanted.reason, wanted.author, now), done)
        if new:
            self.log.info("notice.held", notice_id=wanted.notice_id, author=wanted.author)
        standing = next(each for each in await self.ledger.holds() if each.notice_id == wanted.notice_id)
        return JSONResponse(plain(standing), status_code=201 if new else 200)

    async def release(self, request: Request) -> Response:
        """Let it go with the next walk from the beginning."""
        notice_id, now = request.path_params["notice_id"], self.clock()
        if not await self.ledger.release_hold(notice_id, deed(request, "notice.released", now)):
            raise Refusal(404, "not_held", "this notice is not held back", "GET /v1/retention lists those that are")
        self.log.info("notice.released", notice_id=notice_id)
        return JSONResponse({"notice_id": notice_id, "released_at": now.isoformat()})

    def _days(self) -> dict[str, Any]:
        periods = {what: self.keeper.periods.of(what) for what in WHATS}
        return {what: period.total_seconds() / 86_400 if period else None for what, period in periods.items()}


def _counted(purged: Mapping[Any, int]) -> str:
    return ", ".join(f"{what} {count}" for what, count in purged.items())
