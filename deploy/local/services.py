"""The services of this machine: their ports, environment and pids."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.processes import free_ports, is_free, is_running
from deploy.local.state import State, write_whole

SERVICES = ("ingest", "router", "notifier")


def command(service: str) -> list[str]:
    """The command that runs a service."""
    return [sys.executable, "-m", "cli.main", "serve", service]


def pid_file(state: State, service: str) -> Path:
    """Where a service's pid stands."""
    return state.run / f"{service}.pid"


def pid(state: State, service: str) -> int | None:
    """The pid of a running service, else None."""
    return is_running(pid_file(state, service), f"serve {service}")


def url(state: State, service: str) -> str:
    """The base of a service's HTTP address. Raises FileNotFoundError where nothing was ever started."""
    override = os.environ.get(f"NOINHAN_{service.upper()}_URL")
    return override or f"http://127.0.0.1:{_ports(state)[service]}"


def choose_ports(state: State) -> None:
    """A port for every service."""
    for service in SERVICES:
        choose_port(state, service)


def choose_port(state: State, service: str, *, another: bool = False) -> None:
    """Keep the port of a service that runs, and last time's where it is free and not to be `another`; else choose."""
    with state.locked("ports.lock"):
        ports = _ports(state) if _ports_file(state).exists() else {}
        kept = ports.get(service)
        if kept is not None and (pid(state, service) or (not another and is_free(kept))):
            return
        taken = set(ports.values())
        ports[service] = next(port for port in free_ports(len(SERVICES) + 1) if port not in taken)
        state.run.mkdir(exist_ok=True)
        write_whole(_ports_file(state), json.dumps(ports))


def environment(state: State, service: str, bootstrap: str) -> Mapping[str, str]:
    """The environment a service runs in; what the caller has set already wins, but for its port."""
    keys = state.keys()
    sealing = {"NOINHAN_SECRETS_KEY": keys["secrets_key"]} if service == "notifier" else {}
    defaults = {
        **sealing,
        "NOINHAN_API_KEY": keys["api_key"],
        "NOINHAN_LINK_KEY": keys["link_key"],
        "NOINHAN_PUBLIC_URL": f"http://127.0.0.1:{_ports(state)['notifier']}",
        "NOINHAN_ORIGINALS_URL": f"http://127.0.0.1:{_ports(state)['ingest']}",
    }
    fixed = {
        "NOINHAN_HOME": str(state.home),
        "NOINHAN_KAFKA": bootstrap,
        "NOINHAN_HTTP_PORT": str(_ports(state)[service]),
    }
    return {**defaults, **os.environ, **fixed}


def api_key(state: State) -> str:
    """What the command line sends to the services."""
    return os.environ.get("NOINHAN_API_KEY") or state.keys()["api_key"]


def _ports(state: State) -> dict[str, int]:
    ports: dict[str, int] = json.loads(_ports_file(state).read_text(encoding="ascii"))
    return ports


def _ports_file(state: State) -> Path:
    return state.run / "ports.json"
