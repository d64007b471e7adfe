"""A compacted topic as a table, on a real broker."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.directory import DirectoryEntry
from services.runtime.follow import Follower
from services.runtime.health import Progress
from services.runtime.logging import get_log
from services.runtime.publish import Outgoing, Publisher
from services.runtime.records import RawRecord
from tests.runtime.test_consume import TOPIC, entry

pytestmark = pytest.mark.kafka


async def test_what_is_there_is_taken_before_the_start_returns(kafka: str) -> None:
    """A replica that starts knows every entry; one that cannot be read, and a tombstone, stop nothing."""
    name = f"first-{uuid.uuid4()}"
    async with _publishing(kafka) as publisher:
        await publisher.park([RawRecord(TOPIC, b"bad", b"{", ()), RawRecord(TOPIC, b"gone", None, ())])
        await publisher.publish([Outgoing(entry(name))])
        taken: list[DirectoryEntry] = []
        follower = _follower(kafka, taken)
        await follower.start()
        await follower.stop()
    assert taken[-1].entry_id == name


async def test_caught_up_waits_for_what_was_published_before(kafka: str) -> None:
    """Whoever asks after an entry was published finds it taken."""
    name = f"later-{uuid.uuid4()}"
    taken: list[DirectoryEntry] = []
    follower = _follower(kafka, taken)
    await follower.start()
    following = asyncio.create_task(follower.follow())
    try:
        async with _publishing(kafka) as publisher:
            await publisher.publish([Outgoing(entry(name))])
            async with asyncio.timeout(20):
                await follower.caught_up()
        assert name in {each.entry_id for each in taken}
    finally:
        following.cancel()
        await follower.stop()


def _follower(kafka: str, taken: list[DirectoryEntry]) -> Follower[DirectoryEntry]:
    return Follower(kafka, DirectoryEntry, taken.extend, progress=Progress(60), log=get_log("test"))


@asynccontextmanager
async def _publishing(kafka: str) -> AsyncIterator[Publisher]:
    publisher = Publisher(kafka, source="test")
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()
