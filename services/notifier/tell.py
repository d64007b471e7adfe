"""The outbox loop: what the ledger decided reaches Kafka, in order, and is then forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final, Protocol

from contracts.deliveries import DeliveryStatus
from contracts.receipts import ReceiptRecorded
from services.notifier.ports import LedgerUnavailable, Outbox, Waiting
from services.notifier.turns import HANDED_OVER
from services.runtime import metrics
from services.runtime.health import Progress
from services.runtime.logging import Log
from services.runtime.publish import NotPublished, Outgoing

_AT_ONCE: Final = 1_000
_IDLE_S: Final = 0.1
_GATHER_S: Final = 0.05
_PAUSE_S: Final = 1.0
_HANDED_OVER: Final = f'"reason":"{HANDED_OVER}"'.encode()


class Publishes(Protocol):
    """Confirms messages with Kafka."""

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Return when all are confirmed. Raises NotPublished (try again) or ProducerDead (end the process)."""
        ...


class Teller:
    """Publishes the outbox. A failed batch is published again whole: its messages carry the same ids."""

    def __init__(self, outbox: Outbox, publisher: Publishes, *, progress: Progress, log: Log) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._progress = progress
        self._log = log
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stopped.set()

    async def run(self) -> None:
        """Publish until stopped. Raises ProducerDead."""
        self._stopped.clear()
        try:
            while not self._stopping.is_set():
                await self._pause(await self._step())
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """Publish what is still waiting, then end."""
        self._stopping.set()
        await self._stopped.wait()
        while await self._publish_some() >= _AT_ONCE:
            continue

    async def _step(self) -> float:
        """Publish once; answer how many seconds to wait."""
        try:
            count = await self._publish_some()
        except (NotPublished, LedgerUnavailable) as error:
            self._log.warning("batch.retried", topic="outbox", error=str(error), pause_s=_PAUSE_S)
            return _PAUSE_S
        self._progress.beat("outbox")
        if count >= _AT_ONCE:
            return 0.0
        return _GATHER_S if count else _IDLE_S

    async def _pause(self, seconds: float) -> None:
        if seconds:
            try:
                await asyncio.wait_for(self._stopping.wait(), seconds)
            except TimeoutError:
                return

    async def _publish_some(self) -> int:
        waiting = await self._outbox.waiting(_AT_ONCE)
        if waiting:
            await self._publisher.publish([Outgoing(each.written, each.traceparent) for each in waiting])
            await self._outbox.published(sorted({each.page for each in waiting}))
            self._count(waiting)
        return len(waiting)

    def _count(self, published: Iterable[Waiting]) -> None:
        messages = list(published)
        for each in messages:
            if _HANDED_OVER in each.written.body:
                self._say_who_takes_over(DeliveryStatus.from_bytes(each.written.body))
            if each.written.kind is ReceiptRecorded:
                metrics.RECEIPTS.labels(ReceiptRecorded.from_bytes(each.written.body).code).inc()
        self._log.debug("statuses.published", messages=len(messages))

    def _say_who_takes_over(self, status: DeliveryStatus) -> None:
        """Tell the operator, once, by the status of the endpoint that takes over."""
        if status.status == "queued":
            self._log.warning(
                "delivery.handed_over",
                delivery_id=status.delivery_id,
                assignment_id=status.assignment_id,
                notice_id=status.notice_id,
                recipient_id=status.recipient_id,
                to_endpoint=status.endpoint_id,
                kind=status.endpoint_kind,
            )
