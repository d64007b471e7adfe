"""Own processes, known by a pid file, ended by pid and never by name."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path


def is_running(pid_file: Path, marker: str) -> int | None:
    """The pid in `pid_file` where that process lives and its command line holds `marker`, else None.

    The marker keeps a pid that the system gave to somebody else from being taken for ours.
    """
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        os.kill(pid, 0)
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and marker.encode() not in command.read_bytes():
            return None
    except (OSError, ValueError):
        return None
    return pid


def end(pid: int, *, patience_s: float) -> None:
    """Ask a process to stop (SIGTERM), and end it (SIGKILL) where it has not after `patience_s`."""
    os.kill(pid, signal.SIGTERM)
    if not _gone(pid, patience_s):
        os.kill(pid, signal.SIGKILL)
        _gone(pid, 5)


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def listens(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


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
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
