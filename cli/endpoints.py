"""`noinhan endpoints`: where offices want their copies, and how."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answer import NO, WORDS, fail, out, print_fields, print_json
from cli.endpoint_choices import (
    Body,
    Ca,
    Certificate,
    CredentialsFile,
    Gathering,
    Key,
    Only,
    Ordered,
    PerMinute,
    Quiet,
    Schedule,
    Signature,
    Timeout,
    credentials,
    options,
)
from cli.endpoint_files import export, import_
from cli.endpoint_health import health
from cli.services import ask

commands = typer.Typer(help="Where offices want their copies: webhooks and mailboxes.", no_args_is_help=True)
commands.command("export")(export)
commands.command("import")(import_)
commands.command("health")(health)

Json = Annotated[bool, typer.Option("--json")]
Place = Annotated[
    int | None,
    typer.Option(min=0, help="its turn: 0 (default) goes first, a later one takes over; one place: in parallel"),
]
Endpoint = Annotated[str, typer.Argument(help="endpoint id, as 'noinhan endpoints list' shows it")]


@commands.command()
def add(  # noqa: PLR0917 - each is an option of the command
    recipient: Annotated[str, typer.Argument(help="recipient_id of the office, as 'noinhan plan --json' shows it")],
    webhook: Annotated[str | None, typer.Option(help="URL that takes Standard Webhooks")] = None,
    email: Annotated[str | None, typer.Option(help="mailbox")] = None,
    name: Annotated[str | None, typer.Option(help="a name for people")] = None,
    place: Place = None,
    signature: Signature = None,
    body: Body = None,
    timeout: Timeout = None,
    schedule: Schedule = None,
    only: Only = None,
    quiet: Quiet = None,
    per_minute: PerMinute = None,
    ordered: Ordered = None,
    digest: Gathering = None,
    file: CredentialsFile = None,
    certificate: Certificate = None,
    key: Key = None,
    ca: Ca = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="it is to prove itself first; with a key without 'operate' always so")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add an endpoint; what was held for the office is delivered to it. A webhook's secret is shown once."""
    if (webhook is None) == (email is None):
        raise typer.BadParameter("give one of --webhook and --email")
    wanted: dict[str, Any] = {"kind": "webhook", "url": webhook} if webhook else {"kind": "email", "address": email}
    wanted |= {"recipient_id": recipient, "name": name, "credentials": credentials(file, certificate, key, ca)}
    chosen = options(
        signature=signature,
        body=body,
        timeout=timeout,
        schedule=schedule,
        only=only,
        quiet=quiet,
        per_minute=per_minute,
        ordered=ordered,
        digest=digest,
    )
    wanted |= {"options": chosen, "place": place or 0, "verify": verify}
    print_fields(ask("notifier", "POST", "/v1/endpoints", json=wanted), as_json=as_json)


@commands.command("set")
def set_(  # noqa: PLR0917 - each is an option of the command
    endpoint: Endpoint,
    name: Annotated[str | None, typer.Option(help="a name for people")] = None,
    place: Place = None,
    body: Body = None,
    timeout: Timeout = None,
    schedule: Schedule = None,
    only: Only = None,
    quiet: Quiet = None,
    per_minute: PerMinute = None,
    ordered: Ordered = None,
    digest: Gathering = None,
    file: CredentialsFile = None,
    certificate: Certificate = None,
    key: Key = None,
    ca: Ca = None,
    no_credentials: Annotated[bool, typer.Option("--no-credentials", help="drop those that it has")] = False,
    default: Annotated[
        list[str] | None,
        typer.Option(help="put back: body, timeout_s, schedule_s, quiet, per_minute, digest"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change an endpoint; what is not given stays. Credentials are replaced whole."""
    chosen = options(
        body=body,
        timeout=timeout,
        schedule=schedule,
        only=only,
        quiet=quiet,
        per_minute=per_minute,
        ordered=ordered,
        digest=digest,
    ) | dict.fromkeys(default or [])
    held = credentials(file, certificate, key, ca)
    given = {"name": name, "place": place, "options": chosen or None, "credentials": held}
    change: dict[str, Any] = {each: value for each, value in given.items() if value is not None}
    if no_credentials:
        change["credentials"] = None
    if not change:
        fail("say what to change: see 'noinhan endpoints set --help'", WORDS)
    print_fields(ask("notifier", "PATCH", f"/v1/endpoints/{endpoint}", json=change), as_json=as_json)


@commands.command("list")
def list_(
    recipient: Annotated[str | None, typer.Option(help="only of this recipient_id")] = None,
    as_json: Json = False,
) -> None:
    """List endpoints."""
    rows = ask("notifier", "GET", "/v1/endpoints", params={"recipient_id": recipient} if recipient else {})["endpoints"]
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(box=None, padding=(0, 2))
    for name in ("endpoint", "recipient", "kind", "state", "takes", "failing since"):
        table.add_column(name, overflow="fold")
    for row in rows:
        takes = "all" if row["information"] else "no copies for information"
        known = (row["endpoint_id"], row["recipient_id"], row["kind"], row["state"], takes)
        table.add_row(*known, row["failing_since"] or "")
    out.print(table)


@commands.command()
def show(endpoint: Endpoint, as_json: Json = False) -> None:
    """Show an endpoint: its choices, its public key, which credentials it has, and how it fares."""
    print_fields(ask("notifier", "GET", f"/v1/endpoints/{endpoint}"), as_json=as_json)


@commands.command("test")
def try_(endpoint: Endpoint, as_json: Json = False) -> None:
    """Send a signed test message and show what came back; exits 1 where it was not taken."""
    _try(f"/v1/endpoints/{endpoint}/test", as_json=as_json)


@commands.command()
def verify(endpoint: Endpoint, as_json: Json = False) -> None:
    """Ask an unverified endpoint now to prove itself; exits 1 where a webhook does not, or a mail was not taken."""
    _try(f"/v1/endpoints/{endpoint}/verify", as_json=as_json)


@commands.command()
def vouch(
    endpoint: Endpoint,
    reason: Annotated[str, typer.Option(help="how you know that it is the office's; it stands in the audit trail")],
    as_json: Json = False,
) -> None:
    """Let an endpoint count as verified without a proof; what was held is delivered. Needs the scope 'operate'."""
    told = ask("notifier", "POST", f"/v1/endpoints/{endpoint}/vouch", json={"reason": reason})
    print_fields(told, as_json=as_json)


@commands.command()
def rotate(
    endpoint: Endpoint,
    grace_hours: Annotated[float, typer.Option(help="how long the old secret signs as well; 0: no longer")] = 24.0,
    signature: Signature = None,
    as_json: Json = False,
) -> None:
    """Give a webhook a new secret, which is shown once."""
    asked = {"grace_hours": grace_hours, "signature": signature}
    print_fields(ask("notifier", "POST", f"/v1/endpoints/{endpoint}/rotate", json=asked), as_json=as_json)


@commands.command()
def reseal(as_json: Json = False) -> None:
    """Seal all secrets with the newest key of NOINHAN_SECRETS_KEY; exits 1 where one can be opened by none."""
    told = ask("notifier", "POST", "/v1/endpoints/reseal")
    print_fields(told, as_json=as_json)
    if told["unreadable"]:
        raise typer.Exit(NO)


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


def _try(path: str, *, as_json: bool) -> None:
    told = ask("notifier", "POST", path)
    print_fields(told, as_json=as_json)
    if not told["ok"]:
        raise typer.Exit(NO)
