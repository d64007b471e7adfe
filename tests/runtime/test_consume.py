"""Consuming on a real broker: nothing is skipped, nothing blocks, nothing is lost."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts import generate
from contracts.directory import DirectoryEntry
from contracts.notices import NoticeRecalled
from services.runtime.consume import Consumer, Received, Unprocessable
from services.runtime.health import Progress
from services.runtime.logging import get_log
from services.runtime.publish import Outgoing, Publisher, TooLarge
from services.runtime.records import RawRecord

pytestmark = pytest.mark.kafka

TOPIC = "directory.entries.v1"
BODY = (generate.EXAMPLES / TOPIC / "alias.json").read_bytes()
ENTRY = DirectoryEntry.from_bytes(BODY)


def entry(name: str) -> DirectoryEntry:
    return ENTRY.model_copy(update={"entry_id": name, "name": name})


@asynccontextmanager
async def consuming(kafka: str, handler: Any, service: str | None = None) -> Any:
    """A consumer of the directory topic in a group of its own, with its publisher."""
    publisher = Publisher(kafka, source="test")
    await publisher.start()
    consumer = Consumer(
        kafka,
        service=service or f"test-{uuid.uuid4()}",
        publisher=publisher,
        progress=Progress(60),
        log=get_log("test"),
    )
    consumer.on(DirectoryEntry, handler)
    await consumer.start()
    try:
        yield publisher
    finally:
        await consumer.stop()
        await publisher.stop()


async def eventually(check: Any, seconds: float = 20) -> None:
    """Wait until `check()` holds."""
    async with asyncio.timeout(seconds):
        while not check():  # noqa: ASYNC110 (what is awaited is another's doing)
            await asyncio.sleep(0.05)


async def produce_raw(
    kafka: str, records: Sequence[tuple[bytes | None, list[tuple[str, Any]]]], largest: int = 1_000_000
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=largest)
    await producer.start()
    for value, headers in records:
        await producer.send_and_wait(TOPIC, value, key=b"raw", headers=headers)
    await producer.stop()


async def dead_letters(kafka: str) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    partition = TopicPartition(f"{TOPIC}.dlq", 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    found: list[Any] = []
    while len(found) < end:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found += records
    await consumer.stop()
    return found


async def test_records_that_cannot_be_read_are_parked_whole_and_later_ones_arrive(kafka: str) -> None:
    """Each lies in the dead letters with its key, value, headers and the reason; the good one after them is handled."""
    handled: list[str] = []

    async def handler(batch: Sequence[Received[DirectoryEntry]]) -> list[Any]:
        handled.extend(each.message.entry_id for each in batch)
        return []

    mark = uuid.uuid4().hex
    bad = [
        (f"not json {mark}".encode(), []),
        (BODY, [("mark", mark.encode()), ("nothing", None)]),
        (BODY, [("mark", mark.encode()), ("latin", b"\xe9\xff")]),
        (b'{"entry_id": "' + mark.encode() + b'"}', []),
        (b"\xff\xfe" + mark.encode(), []),
    ]
    await produce_raw(kafka, bad)
    async with consuming(kafka, handler) as publisher:
        await publisher.publish([Outgoing(entry(mark))])
        await eventually(lambda: mark in handled)
    parked = [
        each
        for each in await dead_letters(kafka)
        if mark.encode() in each.value or ("mark", mark.encode()) in each.headers
    ]
    assert [each.value for each in parked] == [value for value, _ in bad]
    for record, (_, headers) in zip(parked, bad, strict=True):
        assert list(record.headers[: len(headers)]) == headers
        told = dict(record.headers)
        assert record.key == b"raw"
        assert told["dlq_reason"] == b"unreadable"
        assert told["dlq_topic"].decode() == TOPIC
        assert told["dlq_detail"]


async def test_a_message_that_can_never_succeed_is_parked_and_the_rest_goes_on(kafka: str) -> None:
    """A handler gives a message up; it is parked with the handler's reason, and its neighbours are handled."""
    mark = uuid.uuid4().hex
    handled: list[str] = []

    async def handler(batch: Sequence[Received[DirectoryEntry]]) -> list[Any]:
        handled.extend(each.message.entry_id for each in batch)
        return [(each, Unprocessable("no such office")) for each in batch if each.message.entry_id == f"{mark}-bad"]

    async with consuming(kafka, handler) as publisher:
        await publisher.publish([Outgoing(entry(f"{mark}-bad")), Outgoing(entry(f"{mark}-good"))])
        await eventually(lambda: f"{mark}-good" in handled and f"{mark}-bad" in handled)
        await asyncio.sleep(0.5)
    told = [dict(each.headers) for each in await dead_letters(kafka) if f"{mark}-bad".encode() in each.value]
    assert [each["dlq_detail"] for each in told] == [b"no such office"]


async def test_a_failing_batch_is_tried_again_until_it_succeeds(kafka: str) -> None:
    """A handler that raises gets the same messages again; nothing is committed past them."""
    mark = uuid.uuid4().hex
    tries: list[int] = []

    async def handler(batch: Sequence[Received[DirectoryEntry]]) -> list[Any]:
        if any(each.message.entry_id == mark for each in batch):
            tries.append(len(batch))
            if len(tries) < 3:
                raise ConnectionError("the database is away")
        return []

    async with consuming(kafka, handler) as publisher:
        await publisher.publish([Outgoing(entry(mark))])
        await eventually(lambda: len(tries) == 3)
    assert not [each for each in await dead_letters(kafka) if mark.encode() in each.value]


async def test_what_was_not_finished_is_handed_to_the_next_consumer_of_the_group(kafka: str) -> None:
    """A consumer that stops in mid-batch leaves its messages to its successor; what was finished is not repeated."""
    group = f"test-{uuid.uuid4()}"
    mark = uuid.uuid4().hex
    first: list[str] = []
    second: list[str] = []

    async def failing(batch: Sequence[Received[DirectoryEntry]]) -> list[Any]:
        first.extend(each.message.entry_id for each in batch)
        if any(each.message.entry_id == f"{mark}-2" for each in batch):
            raise ConnectionError("never")
        return []

    async def working(batch: Sequence[Received[DirectoryEntry]]) -> list[Any]:
        second.extend(each.message.entry_id for each in batch)
        return []

    async with consuming(kafka, failing, group) as publisher:
        await publisher.publish([Outgoing(entry(f"{mark}-1"))])
        await eventually(lambda: f"{mark}-1" in first)
        await asyncio.sleep(0.5)
        await publisher.publish([Outgoing(entry(f"{mark}-2"))])
        await eventually(lambda: f"{mark}-2" in first)
    async with consuming(kafka, working, group):
        await eventually(lambda: f"{mark}-2" in second)
    assert f"{mark}-1" not in second


async def test_the_trace_of_a_message_reaches_its_handler(kafka: str) -> None:
    """The traceparent that was published is the one that the handler sees."""
    mark = uuid.uuid4().hex
    trace = f"00-{mark}-00f067aa0ba902b7-01"
    seen: list[str | None] = []

    async def handler(batch: Sequence[Received[DirectoryEntry]]) -> list[Any]:
        seen.extend(each.traceparent for each in batch if each.message.entry_id == mark)
        return []

    async with consuming(kafka, handler) as publisher:
        await publisher.publish([Outgoing(entry(mark), trace)])
        await eventually(lambda: bool(seen))
    assert seen == [trace]


async def test_a_record_too_large_to_park_is_parked_by_its_place(kafka: str) -> None:
    """Its headers say where it lies and why; the records after it are handled."""
    mark = uuid.uuid4().hex
    handled: list[str] = []

    async def handler(batch: Sequence[Received[DirectoryEntry]]) -> list[Any]:
        handled.extend(each.message.entry_id for each in batch)
        return []

    await produce_raw(kafka, [(b"x" * 4_190_000, [("mark", mark.encode())])], largest=4_194_304)
    async with consuming(kafka, handler) as publisher:
        publisher.park = _small_only(publisher)
        await publisher.publish([Outgoing(entry(mark))])
        await eventually(lambda: mark in handled)
    told = [dict(each.headers) for each in await dead_letters(kafka) if ("mark", mark.encode()) in each.headers]
    assert [each["dlq_reason"] for each in told] == [b"unreadable"]
    assert told[0]["dlq_offset"]


def _small_only(publisher: Publisher) -> Any:
    """A cluster whose dead letters take no record of a megabyte."""
    park = publisher.park

    async def small(records: Sequence[RawRecord]) -> None:
        if any(len(record.value or b"") > 1_000_000 for record in records):
            raise TooLarge("larger than this cluster takes")
        await park(records)

    return small


async def test_consumers_of_two_topics_do_not_make_each_other_join_anew(kafka: str) -> None:
    """Each has a group of its own: the first one's bears the service's name, as it always did."""
    service = f"test-{uuid.uuid4()}"
    publisher = Publisher(kafka, source="test")
    await publisher.start()
    consumer = Consumer(kafka, service=service, publisher=publisher, progress=Progress(60), log=get_log("test"))

    async def nothing(_: Sequence[Received[Any]]) -> Sequence[tuple[Received[Any], Unprocessable]]:
        return ()

    consumer.on(DirectoryEntry, nothing)
    consumer.on(NoticeRecalled, nothing)
    await consumer.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        groups = {name for name, _ in await admin.list_consumer_groups() if service in name}
        assert groups == {f"noinhan-{service}", f"noinhan-{service}-notices.recalled.v1"}
    finally:
        await admin.close()
        await consumer.stop()
        await publisher.stop()
