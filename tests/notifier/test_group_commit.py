"""Writes that wait share a transaction, and each has its own answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError

from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.group_commit import GroupCommit


class Desk:
    """A group commit over a table of numbers, whose writer can be kept busy."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writes = GroupCommit(engine)
        self.commits = 0
        self._go_on = threading.Event()
        event.listen(engine, "commit", self._count)

    async def together(self, *calls: Callable[[Connection], Any]) -> list[Any]:
        """What came of calls that all waited while the writer was busy: answers and exceptions."""
        self._go_on.clear()
        busy = asyncio.create_task(self.writes.run(lambda _: self._go_on.wait()))
        await asyncio.sleep(0.05)
        self.commits = 0
        waiting = [asyncio.create_task(self.writes.run(each)) for each in calls]
        await asyncio.sleep(0.05)
        self._go_on.set()
        await busy
        return await asyncio.gather(*waiting, return_exceptions=True)

    def numbers(self) -> list[int]:
        """What is in the table."""
        with self.engine.begin() as conn:
            return list(conn.execute(text("SELECT n FROM numbers ORDER BY n")).scalars())

    def _count(self, _: Connection) -> None:
        self.commits += 1


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    engine = open_engine(f"sqlite:///{folder}/numbers.sqlite3")
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    made = Desk(engine)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.writes.stop)
        engine.dispose()


def put(number: int) -> Callable[[Connection], int]:
    """Writes a number and answers it doubled."""

    def call(conn: Connection) -> int:
        conn.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})
        return 2 * number

    return call


async def test_calls_that_wait_go_to_the_disk_with_one_commit(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        assert await at.together(put(1), put(2), put(3)) == [2, 4, 6]
        assert at.commits == 2, "that of the busy one, and that of the three"
        assert at.numbers() == [1, 2, 3]


async def test_a_call_that_fails_undoes_only_itself(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        first, failed, last = await at.together(put(1), put(1), put(2))
        assert (first, last) == (2, 4)
        assert isinstance(failed, IntegrityError)
        assert at.numbers() == [1, 2]


async def test_nobody_is_told_that_a_write_is_durable_before_it_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:

        def no_commit(_: Connection) -> None:
            if at.commits > 1:
                raise OSError("the disk is full, but for what kept the writer busy")

        event.listen(at.engine, "commit", no_commit)
        answers = await at.together(put(1), put(2))
        event.remove(at.engine, "commit", no_commit)
        assert [type(each) for each in answers] == [OSError, OSError]
        assert at.numbers() == []


async def test_a_caller_that_went_away_takes_nobody_with_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        gone = asyncio.create_task(at.writes.run(put(1)))
        gone.cancel()
        assert await at.writes.run(put(2)) == 4
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert 2 in at.numbers()
