"""Keeps the services running: starts each again when it ends, waiting longer while it keeps failing.

Runs in the background as `python -m deploy.local.supervisor BOOTSTRAP`; `up` and `down` start and stop it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.processes import end, is_running, write_pid
from deploy.local.services import SERVICES, choose_port, choose_ports, command, environment, pid, pid_file
from deploy.local.state import State, state

_MARKER = "deploy.local.supervisor"
_STEADY_AFTER_S = 30.0
_EARLY_S = 5.0
_LONGEST_PAUSE_S = 10.0
_STOP_WITHIN_S = 30.0


def up(home: State, bootstrap: str) -> int:
    """Start the supervisor in the background where none runs; its pid. Services that run without one are ended."""
    with home.locked():
        running = is_running(_pid(home), _MARKER)
        if running:
            return running
        _end_leftovers(home)
        choose_ports(home)
        return _launch(home, bootstrap)


def _launch(home: State, bootstrap: str) -> int:
    home.logs.mkdir(parents=True, exist_ok=True)
    with (home.logs / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", _MARKER, bootstrap],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "NOINHAN_HOME": str(home.home), "NOINHAN_KAFKA": bootstrap},
        )
    write_pid(_pid(home), process.pid)
    return process.pid


def down(home: State) -> bool:
    """Stop the supervisor and its services; False where it did not run."""
    with home.locked():
        running = is_running(_pid(home), _MARKER)
        if running:
            end(running, patience_s=_STOP_WITHIN_S + 5)
        _end_leftovers(home)
        _pid(home).unlink(missing_ok=True)
        return running is not None


async def supervise(home: State, bootstrap: str) -> None:
    """Run the services until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await asyncio.gather(*(_keep(home, bootstrap, service, stopping) for service in SERVICES))


async def _keep(home: State, bootstrap: str, service: str, stopping: asyncio.Event) -> None:
    pause_s, early = 0.2, 0
    while not stopping.is_set():
        began = time.monotonic()
        status = await _run_once(home, bootstrap, service, stopping)
        if stopping.is_set():
            return
        lasted_s = time.monotonic() - began
        early = early + 1 if status > 0 and lasted_s < _EARLY_S else 0
        if early and early % 2 == 0:
            # Perhaps somebody took its port between two starts.
            choose_port(home, service, another=True)
        pause_s = 0.2 if lasted_s > _STEADY_AFTER_S else min(pause_s * 2, _LONGEST_PAUSE_S)
        print(f"{service} ended with status {status}; starting it again in {pause_s:.1f} s", flush=True)
        await _pause(stopping, pause_s)


async def _run_once(home: State, bootstrap: str, service: str, stopping: asyncio.Event) -> int:
    with (home.logs / f"{service}.log").open("ab") as log:
        child = await asyncio.create_subprocess_exec(
            *command(service),
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            env={**environment(home, service, bootstrap)},
        )
    write_pid(pid_file(home, service), child.pid)
    ended = asyncio.create_task(child.wait())
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not ended.done():
        await _stop(child.terminate, child.kill, ended)
    pid_file(home, service).unlink(missing_ok=True)
    return await ended


async def _stop(terminate: Callable[[], None], kill: Callable[[], None], ended: asyncio.Task[int]) -> None:
    terminate()
    done, _ = await asyncio.wait({ended}, timeout=_STOP_WITHIN_S)
    if not done:
        kill()


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


def _end_leftovers(home: State) -> None:
    for service in SERVICES:
        left = pid(home, service)
        if left:
            end(left, patience_s=_STOP_WITHIN_S)
        pid_file(home, service).unlink(missing_ok=True)


def _pid(home: State) -> Path:
    return home.run / "supervisor.pid"


if __name__ == "__main__":
    asyncio.run(supervise(state(), sys.argv[1]))
