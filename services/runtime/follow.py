"""A compacted topic as a table: read whole before anything else begins, then followed. Every replica reads it all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import ValidationError

from contracts.message import Message
from contracts.topics import topic_of
from services.runtime.health import Progress
from services.runtime.logging import Log

M = TypeVar("M", bound=Message)

_POLL_MS = 500


class Follower(Generic[M]):
    """Hands every message of one topic to `take`, in order, those that are there already before `start` returns."""

    def __init__(
        self, bootstrap: str, message: type[M], take: Callable[[list[M]], None], *, progress: Progress, log: Log
    ) -> None:
        self._bootstrap = bootstrap
        self._message = message
        self._take = take
        self._progress = progress
        self._log = log
        self._consumer: Any = None
        self._asking: Any = None
        self._taken: dict[TopicPartition, int] = {}
        self._polled = asyncio.Event()

    async def start(self) -> None:
        """Read what the topic holds. Raises aiokafka's KafkaError where the broker does not answer."""
        self._consumer = AIOKafkaConsumer(
            topic_of(self._message).name,
            bootstrap_servers=self._bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await self._consumer.start()
        # On the connection of the other, a question waits until the fetch that is always under way has timed out.
        self._asking = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, group_id=None)
        await self._asking.start()
        while await self._is_behind():
            await self._poll()

    async def stop(self) -> None:
        """Stop reading."""
        for each in (self._asking, self._consumer):
            if each is not None:
                await each.stop()

    async def caught_up(self) -> None:
        """Wait until everything is taken that was published before this call; `follow` must run."""
        while await self._is_behind():
            self._polled.clear()
            await self._polled.wait()

    async def follow(self) -> None:
        """Hand on what comes, for ever."""
        while True:
            self._progress.beat(f"follow {topic_of(self._message).name}")
            await self._poll()

    async def _poll(self) -> None:
        found: list[M] = []
        for records in (await self._consumer.getmany(timeout_ms=_POLL_MS)).values():
            found += (read for record in records if (read := self._read(record)) is not None)
        if found:
            await asyncio.to_thread(self._take, found)
        self._taken = {each: await self._consumer.position(each) for each in self._consumer.assignment()}
        self._polled.set()

    async def _is_behind(self) -> bool:
        ends = await self._asking.end_offsets(self._consumer.assignment())
        return any(self._taken.get(partition, 0) < end for partition, end in ends.items())

    def _read(self, record: ConsumerRecord) -> M | None:
        """The message; None for a tombstone, and for what cannot be read, which the log tells with its place."""
        if record.value is None:
            return None
        try:
            return self._message.from_bytes(record.value)
        except ValidationError as error:
            self._log.error(
                "entry.unreadable",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                reason=str(error)[:500],
            )
            return None
