"""`noinhan audit`: who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from cli.answer import out, print_json
from cli.services import ask


def audit(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], help="local time")
    ] = None,
    who: Annotated[str | None, typer.Option(help="name or id of a key; operator, link, ingest")] = None,
    what: Annotated[str | None, typer.Option(help="endpoint.added, delivery.retried, key.revoked, …")] = None,
    most: Annotated[int, typer.Option(help="how many at most")] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show who changed what in the notifier, newest first."""
    asked = {"since": since.astimezone().isoformat() if since else None, "who": who, "what": what, "limit": most}
    given = {name: value for name, value in asked.items() if value is not None}
    rows = ask("notifier", "GET", "/v1/audit", params=given)["audit"]
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(box=None, padding=(0, 2))
    for heading in ("when", "who", "what", "on", "detail"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        when = datetime.fromisoformat(row["at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        who_ = f"{row['who']} ({row['who_id']})" if row["who"] != row["who_id"] else row["who"]
        table.add_row(when, who_, row["what"], row["on"] or "", row["detail"] or "")
    out.print(table)
