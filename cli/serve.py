"""`noinhan serve`: run one service in the foreground, as a container does."""

from __future__ import annotations

import importlib
import os
from enum import StrEnum
from typing import Annotated

import typer

from deploy.local import broker, services
from deploy.local.state import state


class Service(StrEnum):
    """What can be served."""

    ingest = "ingest"
    router = "router"
    notifier = "notifier"


def serve(service: Annotated[Service, typer.Argument(help="which service")]) -> None:
    """Run one service until SIGTERM. Settings come from NOINHAN_… variables."""
    if "NOINHAN_HTTP_PORT" not in os.environ:
        _as_on_this_machine(service)
    main = importlib.import_module(f"services.{service}.app").main
    raise typer.Exit(main())


def _as_on_this_machine(service: str) -> None:
    home = state()
    running = broker.status(home) or broker.start(home)
    services.choose_ports(home)
    os.environ.update(services.environment(home, service, running.bootstrap))
