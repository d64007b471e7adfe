"""A service's life: start in order, run, let work in, until told to stop or something fails; stop in reverse order."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import uvloop

from services.runtime.logging import Log

EXIT_FAILED = 70
"""Exit status after a failure that only a fresh process can mend (EX_SOFTWARE of sysexits.h)."""

_COLLECTOR = (20_000, 20, 50)
"""The thresholds of the three generations."""
_HEAP = {-8: 1, -3: 1_048_576, -1: 1_048_576}
"""M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of malloc.h (bytes)."""
_SHARE_OF_ONE = 0.4
"""Of the time for a graceful stop, what one part of it may take."""


@dataclass
class Process:
    """What a service starts and runs.

    `starts` and `stops` are pairs in order; `loops` run until the stop, and the last starts, `doors`, are made when
    they do: work that comes in finds everybody at their place. A loop that ends or raises ends the process with
    status 70, so that a supervisor starts it anew. A stop first runs `first_stops`, then the stops in reverse order.
    """

    service: str
    log: Log
    stop_timeout_s: float
    starts: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    stops: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    first_stops: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    doors: int = 0
    loops: dict[str, Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=dict)

    def part(self, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]) -> None:
        """Add something that is started in this order and stopped in the reverse one."""
        self.starts.append(start)
        self.stops.append(stop)

    def door(self, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]) -> None:
        """Add something through which work comes in: it is started after all parts and loops, and stopped before."""
        self.part(start, stop)
        self.doors += 1

    def stops_first(self, stop: Callable[[], Awaitable[None]]) -> None:
        """Add a stop that runs before those of the parts."""
        self.first_stops.append(stop)

    def loop(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Add a loop that runs for the whole life of the process."""
        self.loops[name] = run


def run(make: Callable[[], Process]) -> int:
    """Run the process that `make` builds (inside the event loop) and return its exit status."""
    _share_one_heap()

    async def main() -> int:
        return await _live(make())

    return uvloop.run(main())


def _share_one_heap() -> None:
    """Let all threads allocate from one heap, and large blocks go back to the system when they are freed.

    The GNU C library gives every thread a heap of its own, for threads that run at the same time; under Python's lock
    they take turns, and each heap only keeps what the others could use. Elsewhere nothing is changed.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in _HEAP.items():
            mallopt(parameter, value)


def settle() -> None:
    """Look for cycles in garbage less often, and not in what was loaded at the start: it stays as long as the process.

    The router's directory alone makes a collection, of which ten thousand assignments cause several, take a multiple;
    at a thousand deliveries a second the notifier's took a quarter of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTOR)


async def _live(process: Process) -> int:
    asked = _on_signals()
    started = 0
    tasks: list[asyncio.Task[None]] = []
    status = 0
    try:
        doors = len(process.starts) - process.doors
        for place, start in enumerate([*process.starts, None]):
            if place == doors:
                settle()
                tasks = [asyncio.create_task(loop(), name=name) for name, loop in process.loops.items()]
            if start is not None:
                await start()
                started += 1
        process.log.info("service.started")
        status = await _until_stop(process.log, asked, tasks)
    except Exception as error:
        process.log.error("service.failed", error=repr(error), exc_info=error)
        status = EXIT_FAILED
    if not await _wind_down(process, tasks, started):
        status = EXIT_FAILED
    process.log.info("service.stopped", status=status)
    return status


async def _until_stop(log: Log, asked: asyncio.Event, tasks: list[asyncio.Task[None]]) -> int:
    waiting = asyncio.create_task(asked.wait())
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    if waiting in done:
        log.info("service.stopping")
        return 0
    waiting.cancel()
    for task in (each for each in tasks if each in done):
        log.error("task.failed", task=task.get_name(), error=repr(task.exception() or "it ended"))
    return EXIT_FAILED


async def _wind_down(process: Process, tasks: list[asyncio.Task[None]], started: int) -> bool:
    """Stop everything; one stop that hangs does not keep the others from their turn. Whether all went well."""
    well = True
    for stop in (*process.first_stops, *reversed(process.stops[:started])):
        try:
            await asyncio.wait_for(stop(), process.stop_timeout_s * _SHARE_OF_ONE)
        except Exception as error:
            well = False
            process.log.error("task.failed", task=f"stop {stop!r}", error=repr(error))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return well


def _on_signals() -> asyncio.Event:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked
