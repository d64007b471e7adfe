"""Records handed to the producer: one by one, or packed here into its batches, which spares a future for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from services.runtime.records import RawRecord, partition_of

_Place = tuple[str, int]
"""Topic and partition."""


async def send_each(producer: Any, records: Iterable[RawRecord]) -> list[Awaitable[Any]]:
    """Hand each record to an AIOKafkaProducer, which fills its batches with whatever is sent at one time."""
    return [await producer.send(r.topic, value=r.value, key=r.key, headers=list(r.headers)) for r in records]


async def send_packed(producer: Any, records: Iterable[RawRecord], batch_bytes: int) -> list[Awaitable[Any]]:
    """Hand the records to an AIOKafkaProducer with batches of `batch_bytes`; its confirmations, one a batch.

    Records of one partition keep their order. A batch leaves while the next is filled, so that `records` is best made
    as it is read. Raises what the producer's `send` raises.
    """
    packing = _Packing(producer, batch_bytes)
    for record in records:
        await packing.add(record)
    return await packing.end()


class _Packing:
    """A batch being filled for each partition, and the confirmations of those that left."""

    def __init__(self, producer: Any, batch_bytes: int) -> None:
        self._producer = producer
        self._batch_bytes = batch_bytes
        self._partitions: dict[str, list[int]] = {}
        self._filling: dict[_Place, Any] = {}
        self._confirmations: list[Awaitable[Any]] = []

    async def add(self, record: RawRecord) -> None:
        """Put the record into its partition's batch, after the batch that has no room for it has left."""
        place = await self._place(record)
        if len(record.value or b"") > self._batch_bytes:
            await self._send_alone(record, place)
        elif not self._fits(record, place):
            await self._leave(place)
            self._fits(record, place)

    async def end(self) -> list[Awaitable[Any]]:
        """Let go what is not full either."""
        for place in tuple(self._filling):
            await self._leave(place)
        return self._confirmations

    async def _place(self, record: RawRecord) -> _Place:
        if record.topic not in self._partitions:
            self._partitions[record.topic] = sorted(await self._producer.partitions_for(record.topic))
        partitions = self._partitions[record.topic]
        return record.topic, partition_of(record.key, partitions, partitions)

    def _fits(self, record: RawRecord, place: _Place) -> bool:
        batch = self._filling.get(place)
        if batch is None:
            batch = self._filling[place] = self._producer.create_batch()
        added = batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
        return added is not None

    async def _leave(self, place: _Place) -> None:
        batch = self._filling.pop(place, None)
        if batch is None:
            return
        batch.close()
        topic, partition = place
        self._confirmations.append(await self._producer.send_batch(batch, topic, partition=partition))
        await asyncio.sleep(0)  # the producer's own task sends it

    async def _send_alone(self, record: RawRecord, place: _Place) -> None:
        """Leave a record that is larger than a batch to the producer, which knows how large one may be."""
        await self._leave(place)
        topic, partition = place
        sent = self._producer.send(
            topic, value=record.value, key=record.key, partition=partition, headers=list(record.headers)
        )
        self._confirmations.append(await sent)
