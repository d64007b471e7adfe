"""The loop of retention: walks what is over, and lets the ledger purge it in small transactions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from services.notifier.ports import Retention
from services.notifier.retention import WHATS, Mark, Periods, What
from services.runtime import metrics
from services.runtime.logging import Log

_STEP: Final = 500
"""Deliveries of one look: some milliseconds of the reader."""
_AT_ONCE: Final = 100
"""Rows of one transaction: deliveries wait for it."""
_REST: Final = 9
"""So many times as long as a step took is the ledger left to deliveries."""
_WITHIN_S: Final = 20.0
_EVERY_S: Final = 3_600.0
_WHOLE_WALK: Final = timedelta(days=7)
"""So often a walk begins at the beginning, for what could not go when it was passed: a clock ran, a notice was held."""


class Keeper:
    """Purges what is older than its period."""

    def __init__(self, ledger: Retention, periods: Periods, *, clock: Callable[[], datetime], log: Log) -> None:
        self._ledger = ledger
        self.periods = periods
        self._clock = clock
        self._log = log
        self._reached: dict[What, Mark] = {}
        self._cut_off: dict[What, Mark] = {}
        self._whole_at: datetime | None = None

    async def run(self) -> None:
        """Purge for ever, every hour; where that fails, again with the next hour."""
        while True:
            try:
                await self.look()
            except Exception as error:
                self._log.error("task.failed", task="retention", error=repr(error))
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> Mapping[What, int]:
        """Go on from where the last look ended, and once a week from the beginning; how many were purged."""
        now = self._clock()
        if self._whole_at is None or now - self._whole_at >= _WHOLE_WALK:
            self._reached, self._whole_at = {}, now
        return {what: await self._look(what, now) for what in WHATS}

    async def sweep(self, most: int, *, dry_run: bool = False) -> tuple[Mapping[What, int], bool]:
        """Purge now, `most` of each kind or so, for 20 s at most; how many, and whether not all was looked at.

        What was cut off goes on with the next call. `dry_run` only counts, from the beginning.
        """
        now, until = self._clock(), time.monotonic() + _WITHIN_S
        counts: dict[What, int] = dict.fromkeys(WHATS, 0)
        more = False
        for what in WHATS:
            begun = None if dry_run else self._cut_off.pop(what, None)
            async for ids, mark in self._walk(what, now, begun):
                counts[what] += len(ids) if dry_run else await self._purge(what, ids, now)
                if mark is not None and (counts[what] >= most or time.monotonic() >= until):
                    more = True
                    if not dry_run:
                        self._cut_off[what] = mark
                    break
        return counts, more

    async def _look(self, what: What, now: datetime) -> int:
        gone = 0
        began = time.monotonic()
        async for ids, mark in self._walk(what, now, self._reached.get(what)):
            await asyncio.sleep((time.monotonic() - began) * _REST)
            gone += await self._purge(what, ids, now)
            if mark is not None:
                self._reached[what] = mark
            began = time.monotonic()
        return gone

    async def _walk(
        self, what: What, now: datetime, after: Mark | None
    ) -> AsyncIterator[tuple[Sequence[str], Mark | None]]:
        """What can go, step by step, with the mark behind each step."""
        before = self.periods.before(what, now)
        while before is not None:
            due = await self._ledger.due(what, before, after, _STEP)
            yield due.ids, due.after
            after = due.after
            if after is None:
                return

    async def _purge(self, what: What, ids: Sequence[str], now: datetime) -> int:
        before = self.periods.before(what, now)
        gone = 0
        for start in range(0, len(ids), _AT_ONCE) if before else ():
            began = time.monotonic()
            gone += await self._ledger.purge(what, ids[start : start + _AT_ONCE], before or now, now)
            await asyncio.sleep((time.monotonic() - began) * _REST)
        if gone:
            metrics.PURGED.labels(what).inc(gone)
            self._log.info("retention.purged", what=what, rows=gone)
        return gone
