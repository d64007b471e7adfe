"""Health, traces and the life of a process."""

from __future__ import annotations

import asyncio
import os
import signal

import httpx
import pytest
from starlette.applications import Starlette

from services.runtime.health import Progress, health_routes
from services.runtime.http import make_server, serve
from services.runtime.logging import get_log
from services.runtime.process import EXIT_FAILED, Process, _live
from services.runtime.tracing import child_of, new_trace, trace_id


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def get(app: Starlette, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return await client.get(path)


async def test_a_loop_that_stops_moving_makes_livez_fail() -> None:
    """Liveness is progress: 200 while loops beat, 503 with the loop's name once one is silent too long."""
    clock = Clock()
    progress = Progress(10, clock)
    app = Starlette(routes=health_routes(progress, {}))
    progress.beat("deliver")
    clock.now = 9
    assert (await get(app, "/livez")).status_code == 200
    clock.now = 11
    answer = await get(app, "/livez")
    assert answer.status_code == 503
    assert answer.json() == {"stalled": {"deliver": 11.0}}
    progress.beat("deliver")
    assert (await get(app, "/livez")).status_code == 200


async def test_readyz_names_what_is_wrong() -> None:
    """One failing check makes the service not ready, and the answer says why."""

    async def well() -> str | None:
        return None

    async def ill() -> str | None:
        return "no broker"

    app = Starlette(routes=health_routes(Progress(10), {"kafka": ill, "ledger": well}))
    answer = await get(app, "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"not_ready": {"kafka": "no broker"}})


async def test_metrics_are_in_prometheus_text_format() -> None:
    """/metrics names the product's metrics with their types."""
    answer = await get(Starlette(routes=health_routes(Progress(10), {})), "/metrics")
    assert "# TYPE noinhan_documents_total counter" in answer.text


async def test_a_process_starts_in_order_and_stops_in_reverse_on_sigterm() -> None:
    """Doors close first, then parts stop in reverse order, and the exit status is 0."""
    happened: list[str] = []

    def note(what: str):
        async def do() -> None:
            happened.append(what)

        return do

    process = Process("test", get_log("test"), 5)
    process.part(note("start a"), note("stop a"))
    process.part(note("start b"), note("stop b"))
    process.stops_first(note("close doors"))
    process.loop("wait", lambda: asyncio.sleep(60))
    living = asyncio.create_task(_live(process))
    await asyncio.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await living == 0
    assert happened == ["start a", "start b", "close doors", "stop b", "stop a"]


async def test_a_loop_that_fails_ends_the_process_with_70() -> None:
    """A supervisor can tell a failure from a stop by the exit status."""

    async def fail() -> None:
        raise RuntimeError("the producer is fenced")

    process = Process("test", get_log("test"), 5)
    process.loop("produce", fail)
    assert await _live(process) == EXIT_FAILED


async def test_a_part_that_cannot_start_stops_those_before_it() -> None:
    """Only what was started is stopped."""
    stopped: list[str] = []

    async def fine() -> None:
        return

    async def fail() -> None:
        raise ConnectionError("no broker")

    async def stop() -> None:
        stopped.append("first")

    async def never() -> None:
        stopped.append("second")

    process = Process("test", get_log("test"), 5)
    process.part(fine, stop)
    process.part(fail, never)
    assert await _live(process) == EXIT_FAILED
    assert stopped == ["first"]


def test_a_child_stays_in_its_parents_trace() -> None:
    """The trace id goes on, the span is new; a malformed parent starts a new trace."""
    parent = new_trace()
    child = child_of(parent)
    assert trace_id(child) == trace_id(parent)
    assert child != parent
    for malformed in (None, "", "00-zz", "00-" + "0" * 32 + "-" + "1" * 16 + "-01"):
        assert trace_id(child_of(malformed)) != "0" * 32


async def test_a_stop_that_hangs_does_not_keep_the_others_from_stopping() -> None:
    """Every part has its turn, and the exit status says that the stop was cut."""
    stopped: list[str] = []

    async def fine() -> None:
        return

    async def note() -> None:
        stopped.append("first part")

    async def hang() -> None:
        await asyncio.sleep(60)

    async def end() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)

    process = Process("test", get_log("test"), 0.5)
    process.part(fine, note)
    process.part(fine, hang)
    process.loop("end", end)
    assert await _live(process) == EXIT_FAILED
    assert stopped == ["first part"]


async def test_a_port_that_is_taken_is_an_error_and_not_the_end() -> None:
    """The process can still stop its parts."""
    first = make_server(Starlette(), "127.0.0.1", 0)
    serving = asyncio.create_task(serve(first, None))
    while not first.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    second = make_server(Starlette(), "127.0.0.1", first.port)
    with pytest.raises(OSError, match="cannot listen"):
        await serve(second, None)
    await first.stop()
    await serving
