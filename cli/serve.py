"""`noinhan serve`: run one service in the foreground, as a container does."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from cli.answer import NO, UNREACHABLE, fail
from deploy.local import broker, services
from deploy.local.jars import JarsNotTrusted
from deploy.local.processes import write_pid
from deploy.local.state import State, state


class Service(StrEnum):
    """What can be served."""

    ingest = "ingest"
    router = "router"
    notifier = "notifier"


def serve(service: Annotated[Service, typer.Argument(help="which service")]) -> None:
    """Run one service until SIGTERM. Settings come from NOINHAN_… variables."""
    if "NOINHAN_HTTP_PORT" in os.environ:
        raise typer.Exit(_main(service))
    with _as_on_this_machine(state(), service):
        raise typer.Exit(_main(service))


def _main(service: str) -> int:
    status: int = importlib.import_module(f"services.{service}.app").main()
    return status


@contextmanager
def _as_on_this_machine(home: State, service: str) -> Iterator[None]:
    """With the ports, keys and broker of the state folder. Ends the command where the service runs already."""
    try:
        running = broker.status(home) or broker.start(home)
    except (broker.BrokerFailed, JarsNotTrusted) as error:
        fail(str(error), UNREACHABLE)
    _take(home, service)
    os.environ.update(services.environment(home, service, running.bootstrap))
    try:
        yield
    finally:
        services.pid_file(home, service).unlink(missing_ok=True)


def _take(home: State, service: str) -> None:
    with home.locked():
        pid = services.pid(home, service)
        if pid is not None:
            fail(f"{service} runs already (pid {pid}): stop it with 'noinhan down', or end that process", NO)
        services.choose_ports(home)
        write_pid(services.pid_file(home, service), os.getpid())
