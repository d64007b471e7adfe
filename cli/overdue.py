"""`noinhan overdue`: offices that owe word or work, and whether the issuer was told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from cli.answer import out, print_json
from cli.services import ask

_OWES: Final = {"word": "a receipt", "done": "receipt 06 (done)"}


def overdue(
    notice: Annotated[str | None, typer.Option(help="only of this notice_id")] = None,
    office: Annotated[str | None, typer.Option(help="only of this recipient_id")] = None,
    issuer: Annotated[str | None, typer.Option(help="only owed to this recipient_id")] = None,
    most: Annotated[int, typer.Option(help="how many at most")] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List offices that have their copy and owe word of it, or the end of its task; longest overdue first."""
    asked = {"notice_id": notice, "recipient_id": office, "issuer_id": issuer, "limit": most}
    given = {name: value for name, value in asked.items() if value is not None}
    rows = ask("notifier", "GET", "/v1/overdue", params=given)["overdue"]
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(box=None, padding=(0, 2))
    for name in ("notice", "office", "owes", "since", "issuer"):
        table.add_column(name, overflow="fold")
    for row in rows:
        since = datetime.fromisoformat(row["since"]).astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(row["number"] or row["notice_id"], row["recipient_name"], _OWES[row["owes"]], since, _issuer(row))
    out.print(table, markup=False)


def _issuer(row: dict[str, Any]) -> str:
    """Who answers for the notice, and whether it was told."""
    if row["issuer_id"] is None:
        return "nobody is known"
    return f"{row['issuer_id']}, {'told' if row['digest_id'] else 'not told yet'}"
