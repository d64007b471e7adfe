"""`noinhan review`: notices that were read too unsurely to go out by themselves."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from rich.table import Table

from cli.answer import out, print_fields, print_json
from cli.services import ask

commands = typer.Typer(help="Notices that wait for a person, because they were read unsurely.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json")]
Document = Annotated[str, typer.Argument(help="document id as 'noinhan review list' shows it; its beginning will do")]
Author = Annotated[str | None, typer.Option(help="who decides; default: the user of this machine")]


@commands.command("list")
def list_(as_json: Json = False) -> None:
    """List what waits, oldest first."""
    rows = ask("ingest", "GET", "/v1/reviews")["reviews"]
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(box=None, padding=(0, 2))
    for name in ("document", "number", "urgency", "sure", "why"):
        table.add_column(name, overflow="fold")
    for row in rows:
        numbers = ", ".join(number or "–" for number in row["numbers"])
        sure = f"{row['confidence']:.0%}"
        table.add_row(row["document_id"][:12], numbers, row["urgency"], sure, "\n".join(row["reasons"]))
    out.print(table)


@commands.command()
def show(document: Document) -> None:
    """Show everything that was read of a document, as JSON."""
    print_json(ask("ingest", "GET", f"/v1/reviews/{document}"))


@commands.command()
def release(
    document: Document,
    change: Annotated[list[str] | None, typer.Option("--set", help="field=value; nothing after = empties it")] = None,
    reason: Annotated[str, typer.Option(help="why it may go out")] = "",
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Let a document go out, as it was read or with corrections to its header."""
    changes = dict(map(_change, change or []))
    said = {"author": author or getpass.getuser(), "reason": reason, "changes": changes}
    print_fields(ask("ingest", "POST", f"/v1/reviews/{document}/release", json=said), as_json=as_json)


@commands.command()
def refuse(
    document: Document,
    reason: Annotated[str, typer.Option(help="what is wrong with it")],
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Refuse a document; the reason is published."""
    print_fields(
        ask(
            "ingest",
            "POST",
            f"/v1/reviews/{document}/refuse",
            json={"author": author or getpass.getuser(), "reason": reason},
        ),
        as_json=as_json,
    )


def _change(said: str) -> tuple[str, str | None]:
    field, sign, value = said.partition("=")
    if not sign:
        raise typer.BadParameter(f"{said!r} is no field=value")
    return field.strip(), value.strip() or None
