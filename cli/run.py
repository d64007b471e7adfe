"""`noinhan up`, `down`, `status`: the broker and the services of this machine."""

from __future__ import annotations

import time
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from cli.answer import NO, UNREACHABLE, err, fail, out, print_json
from deploy.local import broker, services, supervisor
from deploy.local.jars import JarsNotTrusted
from deploy.local.state import State, state

_READY_WITHIN_S = 60.0


def up() -> None:
    """Start the broker and the services, and return when they are ready."""
    home = state()
    with err.status("starting Kafka and the services …"):
        try:
            running = broker.start(home)
        except (broker.BrokerFailed, JarsNotTrusted) as error:
            fail(str(error), UNREACHABLE)
        supervisor.up(home, running.bootstrap)
        late = await_ready(home)
    if late:
        fail(f"not ready after {_READY_WITHIN_S:.0f} s: {', '.join(late)}. See the logs in {home.logs}", UNREACHABLE)
    out.print(f"Kafka at {running.bootstrap}")
    for service in services.SERVICES:
        out.print(f"{service} at {services.url(home, service)}")


def down() -> None:
    """Stop the services and the broker that were started here."""
    home = state()
    ran = supervisor.down(home)
    stopped = broker.stop(home)
    out.print("stopped" if ran or stopped else "nothing of ours was running")


def status(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show what runs and whether it is ready; exit 1 where something is not."""
    home = state()
    rows = [_broker_row(home), *(_service_row(home, service) for service in services.SERVICES)]
    if as_json:
        print_json(rows)
    else:
        table = Table("what", "where", "pid", "state", box=None, padding=(0, 2))
        for row in rows:
            table.add_row(row["what"], row["where"], str(row["pid"] or "-"), row["state"])
        out.print(table)
    if any(row["state"] != "ready" for row in rows):
        raise typer.Exit(NO)


def _broker_row(home: State) -> dict[str, Any]:
    running = broker.status(home)
    if running is None:
        return {"what": "kafka", "where": "-", "pid": None, "state": "stopped"}
    answers = "ready" if broker.answers(running) else "does not answer"
    return {"what": "kafka", "where": running.bootstrap, "pid": running.pid, "state": answers}


def _service_row(home: State, service: str) -> dict[str, Any]:
    pid = services.pid(home, service)
    where = services.url(home, service) if pid else "-"
    return {"what": service, "where": where, "pid": pid, "state": _state(where) if pid else "stopped"}


def _state(base: str) -> str:
    try:
        alive = httpx.get(f"{base}/livez", timeout=5, trust_env=False)
        if alive.status_code != httpx.codes.OK:
            return f"stalled: {alive.json()['stalled']}"
        ready = httpx.get(f"{base}/readyz", timeout=10, trust_env=False)
    except httpx.TransportError:
        return "starting"
    return "ready" if ready.status_code == httpx.codes.OK else f"not ready: {ready.json()['not_ready']}"


def await_ready(home: State) -> list[str]:
    """Wait until every service is ready, a minute at most; those that are not."""
    until = time.monotonic() + _READY_WITHIN_S
    late = list(services.SERVICES)
    while late and time.monotonic() < until:
        late = [service for service in late if _service_row(home, service)["state"] != "ready"]
        time.sleep(0.2 if late else 0)
    return late
