"""Gauges of the books, counted now and then."""

from __future__ import annotations

import asyncio
from typing import Final, get_args

from contracts.deliveries import Status
from services.notifier.ports import LedgerUnavailable, Reports
from services.runtime import metrics
from services.runtime.logging import Log

_EVERY_S: Final = 5.0


async def keep_gauges(reports: Reports, log: Log) -> None:
    """Set the gauges of deliveries and of the outbox every 5 s, for ever."""
    while True:
        try:
            by_status, waiting = await reports.counts()
        except LedgerUnavailable as error:
            log.warning("task.failed", task="gauges", error=str(error))
        else:
            for status in get_args(Status):
                metrics.DELIVERIES.labels(status).set(by_status.get(status, 0))
            metrics.OUTBOX_WAITING.set(waiting)
        await asyncio.sleep(_EVERY_S)
