"""Publishing: confirmed, tried again, or the end of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber, ProducerFenced
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from contracts import generate
from contracts.directory import DirectoryEntry
from services.runtime.publish import NotPublished, Outgoing, ProducerDead, Publisher
from services.runtime.records import partition_of

ENTRY = DirectoryEntry.from_bytes((generate.EXAMPLES / "directory.entries.v1" / "alias.json").read_bytes())


class Failing:
    """A producer whose sends fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, *_: Any, **__: Any) -> Awaitable[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_exception(self.error)
        return future


def publisher(error: Exception) -> Publisher:
    made = Publisher("127.0.0.1:1", source="test")
    made._producer = Failing(error)
    return made


async def test_a_time_out_means_unknown_and_may_be_tried_again() -> None:
    """The producer lives on."""
    made = publisher(KafkaTimeoutError())
    with pytest.raises(NotPublished):
        await made.publish([Outgoing(ENTRY)])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(made.watch(), 0.05)


@pytest.mark.parametrize("error", [ProducerFenced(), OutOfOrderSequenceNumber()])
async def test_a_fatal_error_ends_the_process(error: Exception) -> None:
    """The caller is told, and so is the loop that ends the process."""
    made = publisher(error)
    with pytest.raises(ProducerDead):
        await made.publish([Outgoing(ENTRY)])
    with pytest.raises(ProducerDead):
        await asyncio.wait_for(made.watch(), 1)


async def test_publishing_before_the_start_is_an_error() -> None:
    """It is told, not forgotten."""
    with pytest.raises(ProducerDead, match="before start"):
        await Publisher("127.0.0.1:1", source="test").publish([Outgoing(ENTRY)])


@given(st.binary(), st.integers(1, 50))
def test_a_key_goes_to_the_partition_that_every_kafka_client_chooses(key: bytes, partitions: int) -> None:
    """Remembering hashes changes no choice, so that one office's records stay in one order."""
    numbers = list(range(partitions))
    assert partition_of(key, numbers, numbers) == DefaultPartitioner()(key, numbers, numbers)
    assert partition_of(None, numbers, numbers) in numbers
