"""Originals go after their period, and with them what was read in documents that a person decided of.

Ids, numbers and subjects stay: a later notice recalls an earlier one by them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from services.ingest.ports import Files, Holds, Register, Reviews
from services.runtime import metrics
from services.runtime.logging import Log

What = Literal["originals", "inbox", "reviews"]
_AT_ONCE: Final = 100
_REST_S: Final = 0.05
_EVERY_S: Final = 6 * 3_600.0


@dataclass(frozen=True)
class Keeper:
    """Purges what is older than `period`; None: nothing. `inbox`: files that were taken from the watched folder."""

    originals: Files
    inbox: Files
    reviews: Reviews
    register: Register
    holds: Holds
    period: timedelta | None
    clock: Callable[[], datetime]
    log: Log

    async def run(self) -> None:
        """Purge for ever, four times a day; where that fails, again with the next time."""
        while True:
            try:
                await self.sweep()
            except Exception as error:
                self.log.error("task.failed", task="retention", error=repr(error))
            await asyncio.sleep(_EVERY_S)

    async def sweep(self, *, dry_run: bool = False) -> Mapping[What, int]:
        """Purge what is due; how many of each. `dry_run` only counts."""
        counts: dict[What, int] = {"originals": 0, "inbox": 0, "reviews": 0}
        if self.period is None:
            return counts
        before = self.clock() - self.period
        spared = await asyncio.to_thread(self._spared)
        stores: dict[What, Files] = {"originals": self.originals, "inbox": self.inbox}
        for what, files in stores.items():
            old = await asyncio.to_thread(_old, files, before)
            for start in range(0, len(old), _AT_ONCE):
                part = old[start : start + _AT_ONCE]
                counts[what] += await asyncio.to_thread(_remove, files, part, spared, dry_run=dry_run)
                await asyncio.sleep(0 if dry_run else _REST_S)
        counts["reviews"] = await asyncio.to_thread(self.reviews.purge, before, spared, dry_run=dry_run)
        self._tell({} if dry_run else counts)
        return counts

    def _spared(self) -> frozenset[str]:
        """Documents that are held back, or wait for a person."""
        held = self.register.documents_of([each.notice_id for each in self.holds.all()])
        return frozenset({*held, *(each.document_id for each in self.reviews.waiting())})

    def _tell(self, counts: Mapping[What, int]) -> None:
        for what, count in counts.items():
            if count:
                metrics.PURGED.labels(what).inc(count)
                self.log.info("retention.purged", what=what, rows=count)


def _old(files: Files, before: datetime) -> list[str]:
    return list(files.older(before))


def _remove(files: Files, names: Sequence[str], spared: frozenset[str], *, dry_run: bool) -> int:
    """Remove those that are not spared; how many. A file's document is asked for only where any is spared."""
    gone = [name for name in names if not spared or files.document_of(name) not in spared]
    for name in () if dry_run else gone:
        files.remove(name)
    return len(gone)
