"""Writes share transactions: all that wait when the writer is free go to the disk with one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")

_MOST: Final = 16
"""Calls of one transaction: the first of them waits for the last."""


@dataclass(frozen=True)
class _Write:
    """A call that waits for its turn, and whoever waits for it."""

    call: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class GroupCommit:
    """One writer thread. A call may be made twice, the first time undone: it changes nothing but the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="ledger-writer")
        self._waiting: deque[_Write] = deque()
        self.commits = 0
        """How many there were."""

    async def run(self, call: Callable[[Connection], T]) -> T:
        """What the call answers, once that is durable. Whatever it raises is its own: the others are not undone."""
        write = _Write(call)
        self._waiting.append(write)
        self._writer.submit(self._write_waiting)
        answer: T = await asyncio.wrap_future(write.done)
        return answer

    def stop(self) -> None:
        """Finish what waits. Blocks."""
        self._writer.shutdown()

    def _write_waiting(self) -> None:
        """Take what waits; whoever handed it over but finds it taken has nothing to do."""
        group: list[_Write] = []
        while self._waiting and len(group) < _MOST:
            write = self._waiting.popleft()
            if write.done.set_running_or_notify_cancel():
                group.append(write)
        if not group:
            return
        try:
            answers = self._together(group)
        except BaseException as error:
            self._singly(group, error)
            return
        for write, answer in zip(group, answers, strict=True):
            write.done.set_result(answer)

    def _together(self, group: list[_Write]) -> list[Any]:
        with self._engine.begin() as conn:
            answers = [write.call(conn) for write in group]
        self.commits += 1
        return answers

    def _singly(self, group: list[_Write], error: BaseException) -> None:
        """After a failure, which undid them all: the failure of one is no reason for the others to fail."""
        if len(group) == 1:
            group[0].done.set_exception(error)
            return
        for write in group:
            try:
                write.done.set_result(self._together([write])[0])
            except BaseException as its_own:
                write.done.set_exception(its_own)
