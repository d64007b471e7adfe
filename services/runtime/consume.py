"""Messages in: batches, at least once; what cannot be read is parked whole and later records go on.

FastStream runs the consumer. Its own parser fails on a null or non-UTF-8 header before any handler
runs and then skips the record, so records pass through here untouched and are read one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from aiokafka import ConsumerRecord
from aiokafka.errors import IllegalStateError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from pydantic import ValidationError

from contracts.message import Message
from contracts.topics import Topic, topic_of
from services.runtime import metrics
from services.runtime.health import Progress
from services.runtime.logging import Log
from services.runtime.publish import Publisher, TooLarge
from services.runtime.records import RawRecord

M = TypeVar("M", bound=Message)

_FETCH_WAIT_MS = 50
"""aiokafka asks a broker for nothing more while a question to it is open: a partition that was read to its end waits
as long as the broker waits for news of the others."""
_FETCH_BYTES = 2_097_152
_LONGEST_PAUSE_S = 30.0
_WATCH_EVERY_S = 5.0
_REASON_LENGTH = 1_000


class Unprocessable(Exception):
    """Raised by a handler for one message that will never succeed: the record is parked with this reason."""


class Received(NamedTuple, Generic[M]):
    """A message that was read, with the trace it travels in."""

    message: M
    traceparent: str | None
    record: ConsumerRecord


Handler = Callable[[Sequence[Received[M]]], Awaitable[Sequence[tuple[Received[M], Unprocessable]]]]
"""Takes a batch, makes its effect durable, and returns the messages that can never succeed, each with why.

Any exception it raises means that the batch is tried again.
"""


class Consumer:
    """The consumers of one service, over a FastStream broker, each with a group of its own.

    In one group, a member that subscribes to another topic makes those that are there join anew, and a batch that is
    committed meanwhile throws its member out: then nobody gets anything until that one's session ends.
    """

    def __init__(self, bootstrap: str, *, service: str, publisher: Publisher, progress: Progress, log: Log) -> None:
        self._service = service
        self._publisher = publisher
        self._progress = progress
        self._log = log
        self._broker = KafkaBroker(
            bootstrap,
            client_id=f"noinhan-{service}",
            allow_auto_create_topics=False,
            consumer_only=True,
            apply_types=False,
            logger=None,
            graceful_timeout=15.0,
        )
        self._subscribers: list[Any] = []

    def on(self, message: type[M], handler: Handler[M], *, max_records: int = 512) -> None:
        """Hand every message of this class to `handler`, in batches of at most `max_records`.

        The first one's group bears the name of the service, those of others the topic's as well.
        """
        topic = topic_of(message)
        group = f"noinhan-{self._service}"
        subscriber = self._broker.subscriber(
            topic.name,
            group_id=f"{group}-{topic.name}" if self._subscribers else group,
            batch=True,
            max_records=max_records,
            batch_timeout_ms=100,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            fetch_max_bytes=_FETCH_BYTES,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            no_reply=True,
            parser=_untouched,
            decoder=_records,
        )
        loop = f"consume {topic.name}"
        pause = _Pause()

        async def on_batch(records: list[ConsumerRecord]) -> None:
            try:
                await self._handle(topic, message, handler, records)
            except Exception as error:
                seconds = pause.longer()
                told = {"topic": topic.name, "records": len(records), "error": repr(error), "pause_s": seconds}
                self._log.warning("batch.retried", **told)
                await asyncio.sleep(seconds)
                raise
            pause.over()
            self._progress.beat(loop)

        subscriber(on_batch)
        self._subscribers.append((loop, subscriber))

    async def start(self) -> None:
        """Join the group and start consuming."""
        for loop, _ in self._subscribers:
            self._progress.beat(loop)
        await self._broker.start()

    async def stop(self) -> None:
        """Finish the batch in hand, commit it, leave the group."""
        await self._broker.stop()

    async def watch(self) -> None:
        """Beat, for ever, for consumers that have nothing to do: a loop for the whole life of a process."""
        while True:
            for loop, subscriber in self._subscribers:
                if await _idle(subscriber):
                    self._progress.beat(loop)
            await asyncio.sleep(_WATCH_EVERY_S)

    async def _handle(self, topic: Topic, message: type[M], handler: Handler[M], records: list[ConsumerRecord]) -> None:
        read, parked = _read(message, records)
        unprocessable = await handler(read) if read else ()
        parked += [(each.record, "unprocessable", str(why)) for each, why in unprocessable]
        if parked:
            await self._park(topic, parked)

    async def _park(self, topic: Topic, parked: list[tuple[ConsumerRecord, str, str]]) -> None:
        for each in parked:
            letter = self._dead_letter(topic, *each)
            try:
                await self._publisher.park([letter])
            except TooLarge:
                # Its place is in the headers: the record itself stays where it is until its topic lets it go.
                await self._publisher.park([letter._replace(value=None)])
        for record, reason, why in parked:
            metrics.RECORDS_PARKED.labels(topic.name, reason).inc()
            place = f"{record.topic}/{record.partition}@{record.offset}"
            self._log.error("record.parked", topic=topic.name, place=place, reason=reason, why=why)

    def _dead_letter(self, topic: Topic, record: ConsumerRecord, reason: str, why: str) -> RawRecord:
        origin = {
            "dlq_consumer": self._service,
            "dlq_reason": reason,
            "dlq_detail": why[:_REASON_LENGTH],
            "dlq_topic": record.topic,
            "dlq_partition": str(record.partition),
            "dlq_offset": str(record.offset),
            "dlq_time": datetime.now(UTC).isoformat(),
        }
        headers = (*record.headers, *((name, value.encode()) for name, value in origin.items()))
        return RawRecord(topic.dead_letters, record.key, record.value, headers)


class _Pause:
    """Grows from 0.2 s to 30 s while a batch keeps failing."""

    def __init__(self) -> None:
        self._seconds = 0.1

    def longer(self) -> float:
        self._seconds = min(self._seconds * 2, _LONGEST_PAUSE_S)
        return self._seconds

    def over(self) -> None:
        self._seconds = 0.1


def _read(
    message: type[M], records: list[ConsumerRecord]
) -> tuple[list[Received[M]], list[tuple[ConsumerRecord, str, str]]]:
    read: list[Received[M]] = []
    parked: list[tuple[ConsumerRecord, str, str]] = []
    for record in records:
        try:
            read.append(Received(message.from_bytes(record.value or b""), _traceparent(record), record))
        except ValidationError as error:
            parked.append((record, "unreadable", _first_error(error)))
        except UnicodeDecodeError as error:
            parked.append((record, "unreadable", f"a header is not UTF-8: {error}"))
        except ValueError as error:
            parked.append((record, "unreadable", str(error)))
    return read, parked


def _traceparent(record: ConsumerRecord) -> str | None:
    """The trace of a record. Raises ValueError where one of its headers is null or not UTF-8."""
    found = None
    for name, value in record.headers:
        if value is None:
            raise ValueError(f"header {name!r} is null")
        if name == "traceparent":
            found = value.decode()
        elif not value.isascii():
            value.decode()
    return found


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "the body"
    return f"{place}: {first['msg']}"


async def _untouched(batch: tuple[ConsumerRecord, ...], original: Callable[..., Any]) -> KafkaAckableMessage:
    parser = original.__self__  # type: ignore[attr-defined]  # FastStream's own, which knows the consumer
    return KafkaAckableMessage(
        body=b"",
        headers={},
        batch_headers=[],
        raw_message=batch,
        consumer=parser._consumer,  # noqa: SLF001
    )


async def _records(message: KafkaAckableMessage, _original: Callable[..., Any]) -> list[ConsumerRecord]:
    batch = message.raw_message
    return list(batch) if isinstance(batch, tuple) else [batch]


async def _idle(subscriber: Any) -> bool:
    consumer = subscriber.consumer
    if consumer is None:
        return False
    try:
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            if end is not None and await consumer.position(partition) < end:
                return False
    except IllegalStateError:  # the partition was just given to another
        return False
    return True


__all__ = ["Consumer", "Handler", "Received", "Unprocessable"]
