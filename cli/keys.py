"""`noinhan keys`: who else may call the notifier, and for what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from cli.answer import out, print_fields, print_json
from cli.services import ask

commands = typer.Typer(help="API keys: who else may call the notifier, and for what.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json")]


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="whose it is; it stands in the audit trail")],
    scope: Annotated[
        list[str],
        typer.Option(help="read; receipts: also returned mail; endpoints; operate: also keys; submit. More: repeat it"),
    ],
    expires_days: Annotated[
        float | None, typer.Option(help="how long it opens anything; default: until revoked")
    ] = None,
    per_minute: Annotated[int | None, typer.Option(help="requests a minute; default: any number")] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown once, here."""
    asked = {"name": name, "scopes": sorted(set(scope)), "expires_days": expires_days, "per_minute": per_minute}
    print_fields(ask("notifier", "POST", "/v1/keys", json=asked), as_json=as_json)


@commands.command("list")
def list_(as_json: Json = False) -> None:
    """List keys, those that open nothing any more too."""
    rows = ask("notifier", "GET", "/v1/keys")["keys"]
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(box=None, padding=(0, 2))
    for heading in ("key", "name", "scopes", "a minute", "last used", "expires", "revoked"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        known = (row["key_id"], row["name"], " ".join(row["scopes"]), str(row["per_minute"] or ""))
        table.add_row(*known, *(_local(row[each]) for each in ("last_used", "expires_at", "revoked_at")))
    out.print(table)


@commands.command()
def revoke(
    key: Annotated[str, typer.Argument(help="key id, as 'noinhan keys list' shows it")], as_json: Json = False
) -> None:
    """Let a key open nothing any more, from the next request on."""
    print_fields(ask("notifier", "DELETE", f"/v1/keys/{key}"), as_json=as_json)


def _local(moment: str | None) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""
