"""Where the ledger's machine runs: two notifiers on one database, which die at any moment."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import event

from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.ports import Ledger
from tests.notifier.memory_ledger import MemoryLedger

REPLICAS = (0, 1)


class Cut(Exception):
    """The process died in the middle of a transaction."""


class World(Protocol):
    """Two notifiers on one ledger."""

    leases_end_with_all: bool
    """Whether leases end when all notifiers have died: the next one knows that it is alone."""

    def replica(self, number: int) -> Ledger: ...

    async def open(self) -> None: ...

    async def die(self, numbers: Collection[int]) -> None:
        """These die without a word, and others start in their place."""

    def cut(self, statement: int | None) -> None:
        """Die before that statement (from 1) of what is to come; the commit counts as one. None: do not."""

    async def close(self) -> None: ...


class MemoryWorld:
    """The ledger in memory: nothing can be killed without the test itself."""

    leases_end_with_all = False

    def __init__(self) -> None:
        self._ledger = MemoryLedger()

    def replica(self, number: int) -> Ledger:
        return self._ledger

    async def open(self) -> None:
        pass

    async def die(self, numbers: Collection[int]) -> None:
        pass

    def cut(self, statement: int | None) -> None:
        pass

    async def close(self) -> None:
        pass


class SqlWorld:
    """A database that is there already."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        self.leases_end_with_all = url.startswith("sqlite")
        self._url = url
        self._clock = clock
        self._replicas: dict[int, SqlLedger] = {}
        self._left: int | None = None

    def replica(self, number: int) -> Ledger:
        return self._replicas[number]

    async def open(self) -> None:
        for each in REPLICAS:
            self._replicas[each] = await self._started()

    async def die(self, numbers: Collection[int]) -> None:
        for each in numbers:
            _kill(self._replicas[each])
        for each in numbers:
            self._replicas[each] = await self._started()

    def cut(self, statement: int | None) -> None:
        self._left = statement

    async def close(self) -> None:
        for each in self._replicas.values():
            await each.stop()

    async def _started(self) -> SqlLedger:
        engine = open_engine(self._url)
        event.listen(engine, "before_cursor_execute", self._count)
        event.listen(engine, "commit", self._count)
        if self.leases_end_with_all:
            event.listen(engine, "connect", _do_not_sync)
        ledger = SqlLedger(engine, self._clock)
        await ledger.start()
        return ledger

    def _count(self, *_: Any) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left == 0:
            self._left = None
            raise Cut


def _do_not_sync(connection: Any, _: Any) -> None:
    """No power fails here: the file need not reach the disk."""
    connection.execute("PRAGMA synchronous = OFF")


def _kill(ledger: SqlLedger) -> None:
    """What the system does for a dead process: its connections and its lock are gone."""
    ledger._engine.dispose()
    ledger._claimant.leave()
    ledger._writer.stop()
    ledger._reader.shutdown()
