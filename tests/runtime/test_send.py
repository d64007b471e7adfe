"""Many records at once: packed here, they arrive as if each had been sent alone."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, OutOfOrderSequenceNumber
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from contracts import generate
from contracts.assignments import AssignmentRouted
from contracts.message import Written
from services.runtime.publish import LARGEST, NotPublished, Outgoing, ProducerDead, Publisher, TooLarge
from services.runtime.records import RawRecord
from services.runtime.send import send_packed

TOPIC = "assignments.routed.v1"
TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
ROUTED = AssignmentRouted.from_bytes(next((generate.EXAMPLES / TOPIC).glob("*.json")).read_bytes())
MANY = 300


def assignment(key: str, number: int, subject: str = "") -> AssignmentRouted:
    recipient = ROUTED.recipient.model_copy(update={"recipient_id": key})
    return ROUTED.model_copy(update={"assignment_id": f"{number}", "recipient": recipient, "subject": subject})


async def arrived(kafka: str, mark: str) -> list[Any]:
    """Every record of the topic whose key begins with the mark, each partition's in order."""
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    ends = await consumer.end_offsets(consumer.assignment())
    found: list[Any] = []
    while any([await consumer.position(each) < ends[each] for each in ends]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            found += [record for record in records if record.key.startswith(mark.encode())]
    await consumer.stop()
    return found


@pytest.fixture
async def publisher(kafka: str) -> AsyncIterator[Publisher]:
    made = Publisher(kafka, source="test")
    await made.start()
    yield made
    await made.stop()


@pytest.mark.kafka
async def test_every_message_arrives_in_its_keys_partition_and_order(kafka: str, publisher: Publisher) -> None:
    """Several batches a partition: all arrive once, in the order of publishing, where any client would put them."""
    mark = uuid.uuid4().hex
    messages = [assignment(f"{mark}.{number % 7}", number, "x" * 4_000) for number in range(1_000)]
    await publisher.publish(Outgoing(each, TRACE) for each in messages)
    by_key: dict[str, list[bytes]] = defaultdict(list)
    for record in await arrived(kafka, mark):
        assert record.partition == DefaultPartitioner()(record.key, list(range(12)), list(range(12)))
        by_key[record.key.decode()].append(record.value)
    for key, values in by_key.items():
        assert values == [each.to_bytes() for each in messages if each.key == key]
    assert sum(map(len, by_key.values())) == len(messages)


@pytest.mark.kafka
async def test_a_written_message_is_the_record_that_its_model_makes(kafka: str, publisher: Publisher) -> None:
    """Key, value and headers but the time: alone or packed, from the model or written before."""
    marks = [uuid.uuid4().hex for _ in range(3)]
    alone, packed, written = ([assignment(mark, number) for number in range(MANY)] for mark in marks)
    for each in alone:
        await publisher.publish([Outgoing(each, TRACE)])
    await publisher.publish(Outgoing(each, TRACE) for each in packed)
    await publisher.publish(
        Outgoing(Written(AssignmentRouted, each.key, each.event_id, each.to_bytes()), TRACE) for each in written
    )
    told = []
    for mark in marks:
        records = await arrived(kafka, mark)
        headers = [[(name, value) for name, value in each.headers if name != "ce_time"] for each in records]
        told.append(str([(each.key, each.value, each.timestamp > 0) for each in records] + headers).replace(mark, ""))
    assert told[0] == told[1] == told[2]


@pytest.mark.kafka
async def test_a_message_larger_than_a_batch_keeps_its_place(kafka: str, publisher: Publisher) -> None:
    """It goes alone, between what was published before and after it."""
    mark = uuid.uuid4().hex
    large = {100: "x" * 1_000_000, 200: "x" * 300_000}
    await publisher.publish(Outgoing(assignment(mark, number, large.get(number, ""))) for number in range(MANY))
    found = [AssignmentRouted.from_bytes(each.value).assignment_id for each in await arrived(kafka, mark)]
    assert found == [str(number) for number in range(MANY)]


@pytest.mark.kafka
async def test_one_message_too_large_among_many_is_told(publisher: Publisher) -> None:
    """It is given up, and the producer lives on."""
    mark = uuid.uuid4().hex
    large = {200: "x" * 2 * LARGEST}
    with pytest.raises(TooLarge):
        await publisher.publish(Outgoing(assignment(mark, number, large.get(number, ""))) for number in range(MANY))
    await publisher.publish(Outgoing(assignment(mark, number)) for number in range(MANY))


class Failing:
    """A producer whose batches fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def partitions_for(self, topic: str) -> set[int]:
        return {0, 1, 2}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(10_000, 0)

    async def send_batch(self, *_: Any, **__: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_exception(self.error)
        return future


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KafkaTimeoutError(), NotPublished),
        (MessageSizeTooLargeError(), TooLarge),
        (OutOfOrderSequenceNumber(), ProducerDead),
    ],
)
async def test_a_failed_batch_is_told_as_a_failed_record_is(error: Exception, told: type[Exception]) -> None:
    """Try again, give up, or end the process: by the error, not by the way that the records went."""
    made = Publisher("127.0.0.1:1", source="test")
    made._producer = Failing(error)
    with pytest.raises(told):
        await made.publish(Outgoing(assignment("k", number)) for number in range(MANY))
    if told is ProducerDead:
        with pytest.raises(ProducerDead):
            await asyncio.wait_for(made.watch(), 1)


async def test_records_are_made_as_they_are_packed() -> None:
    """A batch leaves before the last record is made: thousands are not held at a time."""
    made, left_at = [], []

    class Keeping(Failing):
        async def send_batch(self, *_: Any, **__: Any) -> asyncio.Future[Any]:
            left_at.append(len(made))
            return asyncio.get_running_loop().create_future()

    def records() -> Any:
        for number in range(MANY):
            made.append(number)
            yield RawRecord(TOPIC, str(number % 9).encode(), b"x" * 1_000, ())

    await send_packed(Keeping(KafkaTimeoutError()), records(), 10_000)
    assert left_at[0] < 60
