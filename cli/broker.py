"""`noinhan broker`: the local Apache Kafka broker."""

from __future__ import annotations

import time

import typer

from cli.answer import NO, UNREACHABLE, fail, out
from deploy.local import broker
from deploy.local.jars import JarsNotTrusted
from deploy.local.state import state

commands = typer.Typer(help="The local Apache Kafka broker (NOINHAN_KAFKA names another).", no_args_is_help=True)


@commands.command()
def start() -> None:
    """Start the broker where it does not run, and create the declared topics."""
    began = time.monotonic()
    try:
        running = broker.start(state())
    except (broker.BrokerFailed, JarsNotTrusted) as error:
        fail(str(error), UNREACHABLE)
    whose = f"pid {running.pid}" if running.ours else "not ours: NOINHAN_KAFKA"
    out.print(f"Kafka at {running.bootstrap} ({whose}), ready in {time.monotonic() - began:.1f} s")


@commands.command()
def stop() -> None:
    """Stop the broker that was started here."""
    out.print("stopped" if broker.stop(state()) else "no broker of ours is running")


@commands.command()
def status() -> None:
    """Say where the broker is; exit 1 where none runs or it does not answer."""
    running = broker.status(state())
    if running is None:
        fail("no broker is running: run 'noinhan broker start'", NO)
    where = f"Kafka at {running.bootstrap} ({f'pid {running.pid}' if running.ours else 'not ours: NOINHAN_KAFKA'})"
    if not broker.answers(running):
        fail(f"{where} does not answer", NO)
    out.print(where)
