"""Messages out: idempotent, acknowledged by all replicas, keyed, with their envelope."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    IllegalOperation,
    InvalidProducerEpoch,
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
)

from contracts import envelope
from contracts.message import Message, Written, kind_of
from contracts.topics import topic_of
from services.runtime.records import RawRecord, partition_of
from services.runtime.send import send_each, send_packed
from services.runtime.tracing import new_trace

LARGEST = 4_194_304
"""Bytes that a message may have; dead letters have ROOM for further headers."""
ROOM = 262_144
_BATCH = 262_144
_MANY = 100
"""Fewer messages than these are left to the producer, which puts what is published at one time into one batch."""
_FATAL = (ProducerFenced, OutOfOrderSequenceNumber, InvalidProducerEpoch, ProducerClosed, IllegalOperation)


class NotPublished(Exception):
    """Kafka did not confirm. The record may still appear: publish the same message again."""


class TooLarge(Exception):
    """A message is larger than its topic takes. It never will be taken."""


class ProducerDead(Exception):
    """The producer cannot send any more. The process must end and be started anew."""


class Outgoing(NamedTuple):
    """A message and the trace it belongs to."""

    message: Message | Written
    traceparent: str | None = None


class Publisher:
    """Publishes messages to their declared topics. One per process."""

    def __init__(self, bootstrap: str, *, source: str) -> None:
        self._source = source
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._dead = asyncio.Event()
        self._death: ProducerDead | None = None

    async def start(self) -> None:
        """Connect. Raises KafkaError where no broker answers."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=f"noinhan-{self._source}",
            acks="all",
            enable_idempotence=True,
            linger_ms=1,
            max_batch_size=_BATCH,
            max_request_size=LARGEST + ROOM,
            partitioner=partition_of,
        )
        try:
            await self._producer.start()
        except BaseException:
            await self._producer.stop()
            raise

    async def stop(self) -> None:
        """Send what waits, then disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def watch(self) -> None:
        """Wait until the producer is dead, then raise ProducerDead: a loop for the whole life of a process."""
        await self._dead.wait()
        raise self._death or ProducerDead("unknown")

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Publish all and return when every one is confirmed.

        Raises NotPublished (try again), TooLarge (give up) or ProducerDead (end the process); some may have gone out.
        """
        await (await self.hand_over(outgoing))

    async def hand_over(self, outgoing: Iterable[Outgoing]) -> Awaitable[None]:
        """Put all in line, and return what to wait for until every one is confirmed; both raise what `publish` raises.

        What is handed over next comes after it, partition by partition, though nobody waited in between.
        """
        now = datetime.now(UTC)
        records = (self._record(each, now) for each in outgoing)
        first = tuple(islice(records, _MANY))
        return await self._send(chain(first, records), packed=len(first) == _MANY)

    async def park(self, records: Sequence[RawRecord]) -> None:
        """Write records as they are, with the same guarantees as `publish`."""
        await (await self._send(records))

    async def reachable(self) -> str | None:
        """None where the cluster answers, else what is wrong: a readiness check."""
        if self._producer is None:
            return "the producer is not started"
        try:
            await asyncio.wait_for(self._producer.client.fetch_all_metadata(), 5)
        except (KafkaError, TimeoutError) as error:
            return f"Kafka does not answer: {error!r}"
        return None

    def _record(self, outgoing: Outgoing, now: datetime) -> RawRecord:
        message = outgoing.message
        headers = envelope.headers(
            message, source=self._source, time=now, traceparent=outgoing.traceparent or new_trace()
        )
        return RawRecord(topic_of(kind_of(message)).name, message.key.encode(), message.to_bytes(), tuple(headers))

    async def _send(self, records: Iterable[RawRecord], *, packed: bool = False) -> Awaitable[None]:
        if self._producer is None:
            raise ProducerDead("publish was called before start")
        with self._telling_what_to_do():
            if packed:
                return self._confirmed(await send_packed(self._producer, records, _BATCH))
            return self._confirmed(await send_each(self._producer, records))

    async def _confirmed(self, confirmations: Iterable[Awaitable[Any]]) -> None:
        with self._telling_what_to_do():
            await asyncio.gather(*confirmations)

    @contextmanager
    def _telling_what_to_do(self) -> Iterator[None]:
        """Kafka's errors, as what the caller must do about them."""
        try:
            yield
        except _FATAL as error:
            self._death = ProducerDead(repr(error))
            self._dead.set()
            raise self._death from error
        except MessageSizeTooLargeError as error:
            raise TooLarge(f"a message has more than {LARGEST} bytes") from error
        except KafkaError as error:
            raise NotPublished(repr(error)) from error
