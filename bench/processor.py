"""How much is done in a second of the processor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psutil

_LEAST_S = 2.0


def per_second(count: int, work: Callable[[], None]) -> float:
    """How many of `count` things are done in a second of the processor; the first round only warms up.

    The processor is asked after twice as many rounds each time: asking takes a good part of a short round.
    """
    work()
    began, rounds = _cpu_s(), 0
    while (spent := _cpu_s() - began) < _LEAST_S:
        for _ in range(rounds or 1):
            work()
        rounds += rounds or 1
    return count * rounds / spent


def _cpu_s() -> float:
    """Seconds that this process and those it started have had of the processor."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def each(work: Callable[[bytes], Any], contents: Sequence[bytes]) -> None:
    """Do the work with each content."""
    for content in contents:
        work(content)
