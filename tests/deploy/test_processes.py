"""Own processes and their ports, and two makers of one state folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local import processes, services, supervisor
from deploy.local.processes import end, free_ports, is_free, is_running, write_pid
from deploy.local.state import State

_SLEEPS = "print(flush=True); import time; time.sleep(60)"


@pytest.fixture
def home(tmp_path: Path) -> State:
    made = State(tmp_path / "state")
    services.choose_ports(made)
    return made


@pytest.fixture
def router() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose command line is that of the router."""
    command = [sys.executable, "-c", _SLEEPS, "cli.main", "serve", "router"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def ports(home: State) -> dict[str, int]:
    return {service: int(services.url(home, service).rpartition(":")[2]) for service in services.SERVICES}


def test_a_process_that_started_at_another_time_is_not_ours(tmp_path: Path, router: subprocess.Popen[bytes]) -> None:
    """The same pid with the right command line, in another process."""
    file = tmp_path / "pid"
    write_pid(file, router.pid)
    assert is_running(file, "serve router") == router.pid
    file.write_text(f"{router.pid} 1")
    assert is_running(file, "serve router") is None


def test_another_service_is_not_taken_for_ours(home: State, router: subprocess.Popen[bytes]) -> None:
    """A pid file of ingest that names the router's process counts for nothing."""
    write_pid(services.pid_file(home, "ingest"), router.pid)
    assert services.pid(home, "ingest") is None


def test_ending_a_process_that_is_gone_is_no_fault() -> None:
    """It died between the question and the signal."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    end(gone.pid, patience_s=1)


def test_a_bound_port_is_not_free_though_nobody_listens() -> None:
    """A connection could not tell it from a free one."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert not is_free(held.getsockname()[1])
    (port,) = free_ports(1)
    assert is_free(port)


def test_a_port_that_is_taken_moves_its_own_service_only(home: State) -> None:
    """The others keep theirs."""
    before = ports(home)
    with socket.socket() as held:
        held.bind(("127.0.0.1", before["ingest"]))
        services.choose_ports(home)
    after = ports(home)
    assert after.pop("ingest") != before.pop("ingest")
    assert after == before


def test_a_running_service_keeps_its_port(home: State, router: subprocess.Popen[bytes]) -> None:
    """Its port is taken because it listens there."""
    before = ports(home)
    write_pid(services.pid_file(home, "router"), router.pid)
    with socket.socket() as held:
        held.bind(("127.0.0.1", before["router"]))
        services.choose_ports(home)
        services.choose_port(home, "router", another=True)
    assert ports(home) == before


@pytest.mark.parametrize(("status", "moves"), [(1, True), (-9, False)])
async def test_a_service_that_fails_twice_at_its_start_gets_another_port(
    home: State, monkeypatch: pytest.MonkeyPatch, status: int, moves: bool
) -> None:
    """Somebody may hold its port; a service that was killed keeps its own."""
    seen: list[int] = []

    async def run_once(home: State, bootstrap: str, service: str, stopping: supervisor.asyncio.Event) -> int:
        seen.append(ports(home)[service])
        if len(seen) == 3:
            stopping.set()
        return status

    monkeypatch.setattr(supervisor, "_run_once", run_once)
    monkeypatch.setattr(supervisor, "_LONGEST_PAUSE_S", 0.01)
    await supervisor._keep(home, "127.0.0.1:1", "ingest", supervisor.asyncio.Event())
    assert seen[0] == seen[1]
    assert (seen[2] != seen[1]) is moves


def test_two_makers_of_the_keys_agree(tmp_path: Path) -> None:
    """Whoever comes second takes what the first made; the folder is the owner's alone."""
    home = State(tmp_path / "state")
    with ThreadPoolExecutor(max_workers=8) as pool:
        made = list(pool.map(lambda _: home.keys(), range(8)))
    assert all(each == made[0] for each in made)
    assert home.home.stat().st_mode & 0o077 == 0


def test_a_lock_is_held_by_one_at_a_time(home: State) -> None:
    """A second command waits until the first is done."""
    waiter = "from deploy.local.state import state\nwith state().locked(): print('in')"
    environment = {**os.environ, "NOINHAN_HOME": str(home.home)}
    with home.locked():
        process = subprocess.Popen([sys.executable, "-c", waiter], stdout=subprocess.PIPE, text=True, env=environment)
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=1)
    assert process.communicate(timeout=10)[0] == "in\n"


def test_a_start_time_is_kept_with_the_pid(tmp_path: Path) -> None:
    """Where /proc tells it."""
    write_pid(tmp_path / "pid", os.getpid())
    began = processes._started(os.getpid())
    assert (tmp_path / "pid").read_text() == (f"{os.getpid()} {began}" if began else str(os.getpid()))
