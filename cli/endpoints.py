"""`noinhan endpoints`: where offices want their copies."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from cli.answer import out, print_fields, print_json
from cli.services import ask

commands = typer.Typer(help="Where offices want their copies: webhooks and mailboxes.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json")]
Endpoint = Annotated[str, typer.Argument(help="endpoint id, as 'noinhan endpoints list' shows it")]


@commands.command()
def add(
    recipient: Annotated[str, typer.Argument(help="recipient_id of the office, as 'noinhan plan --json' shows it")],
    webhook: Annotated[str | None, typer.Option(help="URL that takes Standard Webhooks")] = None,
    email: Annotated[str | None, typer.Option(help="mailbox")] = None,
    as_json: Json = False,
) -> None:
    """Add an endpoint; what was held for the office is delivered to it. A webhook's secret is shown once."""
    if (webhook is None) == (email is None):
        raise typer.BadParameter("give one of --webhook and --email")
    kind = {"kind": "webhook", "url": webhook} if webhook else {"kind": "email", "address": email}
    print_fields(ask("notifier", "POST", "/v1/endpoints", json={"recipient_id": recipient, **kind}), as_json=as_json)


@commands.command("list")
def list_(
    recipient: Annotated[str | None, typer.Option(help="only of this recipient_id")] = None,
    as_json: Json = False,
) -> None:
    """List endpoints."""
    found = ask("notifier", "GET", "/v1/endpoints", params={"recipient_id": recipient} if recipient else {})
    rows = found["endpoints"] if isinstance(found, dict) else found
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(box=None, padding=(0, 2))
    for name in ("endpoint", "recipient", "kind", "state", "takes"):
        table.add_column(name, overflow="fold")
    for row in rows:
        takes = "all" if row["information"] else "no copies for information"
        table.add_row(row["endpoint_id"], row["recipient_id"], row["kind"], row["state"], takes)
    out.print(table)


@commands.command("test")
def try_(endpoint: Endpoint, as_json: Json = False) -> None:
    """Send a signed test message and show what came back."""
    print_fields(ask("notifier", "POST", f"/v1/endpoints/{endpoint}/test"), as_json=as_json)


@commands.command()
def pause(endpoint: Endpoint, as_json: Json = False) -> None:
    """Hold everything for this endpoint."""
    print_fields(ask("notifier", "POST", f"/v1/endpoints/{endpoint}/pause"), as_json=as_json)


@commands.command()
def resume(endpoint: Endpoint, as_json: Json = False) -> None:
    """Deliver to this endpoint again, what was held first."""
    print_fields(ask("notifier", "POST", f"/v1/endpoints/{endpoint}/resume"), as_json=as_json)


@commands.command()
def unsubscribe(endpoint: Endpoint, as_json: Json = False) -> None:
    """Send this endpoint no more copies for information only; what has tasks or is urgent still goes."""
    print_fields(ask("notifier", "POST", f"/v1/endpoints/{endpoint}/unsubscribe"), as_json=as_json)


@commands.command()
def subscribe(endpoint: Endpoint, as_json: Json = False) -> None:
    """Send this endpoint copies for information only again, from the next notice on."""
    print_fields(ask("notifier", "POST", f"/v1/endpoints/{endpoint}/subscribe"), as_json=as_json)


@commands.command()
def remove(endpoint: Endpoint, as_json: Json = False) -> None:
    """Remove an endpoint; what waits for it is held for the office."""
    print_fields(ask("notifier", "DELETE", f"/v1/endpoints/{endpoint}"), as_json=as_json)
