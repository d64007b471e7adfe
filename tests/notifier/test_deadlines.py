"""Deadlines of many exchanges share one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from services.notifier.channels.deadlines import Deadlines


class Loop:
    """A loop whose clock is set by hand, and which counts the timers that were made."""

    def __init__(self) -> None:
        self.now = 0.0
        self.made = 0
        self._timers: list[tuple[float, Callable[[], None], asyncio.Event]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, moment: float, call: Callable[[], None]) -> Any:
        self.made += 1
        cancelled = asyncio.Event()
        self._timers.append((moment, call, cancelled))
        return type("Handle", (), {"cancel": staticmethod(cancelled.set)})

    def pass_to(self, now: float) -> None:
        self.now = now
        due = [each for each in self._timers if each[0] <= now]
        self._timers = [each for each in self._timers if each[0] > now]
        for _, call, cancelled in due:
            if not cancelled.is_set():
                call()


class Exchange:
    def __init__(self) -> None:
        self.told = 0

    def late(self) -> None:
        self.told += 1


def _four() -> tuple[Any, Deadlines, list[Exchange]]:
    loop: Any = Loop()
    return loop, Deadlines(loop), [Exchange() for _ in range(4)]


def test_each_is_told_when_its_own_time_is_up() -> None:
    """In whatever order they were added, once each, and nobody who was removed."""
    loop, deadlines, exchanges = _four()
    for exchange, until in zip(exchanges, (5.0, 2.0, 3.0, 2.0), strict=True):
        deadlines.add(exchange, until)
    deadlines.remove(exchanges[3])
    seen = []
    for now in (1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 9.0):
        loop.pass_to(now)
        seen.append([each.told for each in exchanges])
    assert seen == [
        [0, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 1, 0, 0],
        [0, 1, 1, 0],
        [0, 1, 1, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 0],
    ]


def test_a_thousand_exchanges_one_after_the_other_need_one_timer() -> None:
    """Those that end in time set and cancel nothing; one that does not is told nevertheless."""
    loop, deadlines, exchanges = _four()
    for _ in range(1_000):
        deadlines.add(exchanges[0], loop.now + 15)
        loop.pass_to(loop.now + 0.001)
        deadlines.remove(exchanges[0])
    assert loop.made == 1
    deadlines.add(exchanges[1], loop.now + 15)
    loop.pass_to(loop.now + 14.9)
    assert exchanges[1].told == 0
    loop.pass_to(loop.now + 0.2)
    assert (exchanges[0].told, exchanges[1].told) == (0, 1)


def test_after_the_stop_nobody_is_told() -> None:
    """Its timer goes off for nothing at most."""
    loop, deadlines, exchanges = _four()
    deadlines.add(exchanges[0], 1.0)
    deadlines.stop()
    loop.pass_to(2.0)
    assert exchanges[0].told == 0
