"""The clock's loop: looks what is due, and lets the ledger remind offices and tell issuers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.notifier.calendar.vietnam import BadCalendar
from services.notifier.calendar.working_days import HANOI
from services.notifier.owed import Terms
from services.notifier.ports import Clocks, Rung
from services.runtime import metrics
from services.runtime.health import Progress
from services.runtime.logging import Log

_AT_ONCE: Final = 30
"""Clocks of one transaction: deliveries wait for it, so it is kept to a few milliseconds."""
_EVERY_S: Final = 2.0
_REST: Final = 9
"""So many times as long as a look at the clocks took is the ledger left to deliveries, where more is due at once."""


class Reminder:
    """Rings the clocks. `terms` gives the terms of a year and those around it; it is asked off the event loop."""

    def __init__(
        self,
        clocks: Clocks,
        terms: Callable[[int], Terms],
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        progress: Progress,
        log: Log,
    ) -> None:
        self._clocks = clocks
        self._terms = terms
        self._known: tuple[int, Terms] | None = None
        self._clock = clock
        self._wake = wake
        self._progress = progress
        self._log = log

    async def run(self) -> None:
        """Ring for ever; where that fails, again in a moment. Raises BadCalendar: the operator's file is wrong."""
        while True:
            self._progress.beat("clocks")
            began = time.monotonic()
            try:
                more = await self.ring()
            except BadCalendar:
                raise
            except Exception as error:
                self._log.error("task.failed", task="clocks", error=repr(error))
                more = False
            await asyncio.sleep((time.monotonic() - began) * _REST if more else _EVERY_S)

    async def ring(self) -> bool:
        """Ring once; whether more is due already. Raises LedgerUnavailable."""
        now = self._clock()
        rung = await self._clocks.ring(await self._terms_of(now.astimezone(HANOI).year), now, _AT_ONCE)
        if rung.reminded or rung.late or rung.digests:
            self._tell(rung)
            self._wake()
        return rung.taken >= _AT_ONCE

    async def _terms_of(self, year: int) -> Terms:
        if self._known is None or self._known[0] != year:
            self._known = year, await asyncio.to_thread(self._terms, year)
        return self._known[1]

    def _tell(self, rung: Rung) -> None:
        done = {"reminded": rung.reminded, "late": rung.late, "unheard": rung.unheard, "digests": rung.digests}
        for what, count in done.items():
            metrics.CLOCKS.labels(what).inc(count)
        tell = self._log.warning if rung.unheard else self._log.info
        tell("clocks.rung", **done)
