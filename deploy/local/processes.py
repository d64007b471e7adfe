"""Own processes, known by a pid file, ended by pid and never by name."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from pathlib import Path

from deploy.local.state import write_whole


def write_pid(pid_file: Path, pid: int) -> None:
    """Keep a pid and when its process started, which together are never given to another."""
    write_whole(pid_file, f"{pid} {_started(pid) or ''}".rstrip())


def is_running(pid_file: Path, marker: str) -> int | None:
    """The pid in `pid_file` where that process lives and its command line holds `marker`, else None.

    The start time and the marker keep a pid that the system gave to somebody else from being taken for ours.
    """
    try:
        number, *started = pid_file.read_text(encoding="ascii").split()
        pid = int(number)
        os.kill(pid, 0)
        same = not started or _started(pid) in {None, started[0]}
        return pid if same and _holds(pid, marker) else None
    except (OSError, ValueError):
        return None


def end(pid: int, *, patience_s: float) -> None:
    """Ask a process to stop (SIGTERM), and end it (SIGKILL) where it has not after `patience_s`."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        if not _gone(pid, patience_s):
            os.kill(pid, signal.SIGKILL)
            _gone(pid, 5)


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody holds now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_free(port: int) -> bool:
    """Whether a server could take this loopback port; a socket that is bound and does not listen holds it too.

    With SO_REUSEADDR, as servers bind: else the remains of a dead server's connections would hold it for a minute.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listens(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _started(pid: int) -> str | None:
    """When a process started, in clock ticks since boot (proc(5), field 22 of stat); None where /proc does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def _holds(pid: int, marker: str) -> bool:
    command = Path(f"/proc/{pid}/cmdline")
    return not command.exists() or marker.encode() in command.read_bytes().replace(b"\0", b" ")


def _gone(pid: int, patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if not _alive(pid):
            return True
        time.sleep(0.05)
    return not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        reaped, _ = os.waitpid(pid, os.WNOHANG)
        if reaped:
            return False
    except ChildProcessError:  # not a child of this process: the signal below tells
        reaped = 0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
