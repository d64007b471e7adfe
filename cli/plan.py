"""`noinhan plan`: the dry run. Who would get it, because of which line, with which tasks. Nothing is sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answer import NO, err, out, print_json
from cli.documents import files, read_all
from contracts.notices import NoticeParsed
from services.router.directory import load_directory
from services.router.expand import Routing, expand


def plan(
    paths: Annotated[list[Path], typer.Argument(help="files, or folders of files")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="resolve as of this day")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line per notice")] = False,
) -> None:
    """Show to whom notices would go."""
    found = files(paths)
    directory = load_directory()
    unread = 0
    for read in read_all(found):
        if read.error is not None:
            unread += 1
            err.print(
                f"{read.path.name}: {read.error.reason.rstrip('.')}. {read.error.remedy}", style="red", markup=False
            )
        for notice in read.notices:
            routing = expand(notice, directory, as_of=as_of.date() if as_of else None)
            if as_json:
                print_json(_told(read.path.name, notice, routing))
            else:
                _print(read.path.name, notice, routing)
    if unread:
        raise typer.Exit(NO)


def _told(source: str, notice: NoticeParsed, routing: Routing) -> dict[str, Any]:
    return {
        "source": source,
        "number": notice.number,
        "notice_id": notice.notice_id,
        "directory_version": routing.routed.directory_version,
        "recipients": [
            {
                **each.recipient.model_dump(mode="json"),
                "because": [reason.model_dump(mode="json") for reason in each.because],
                "role": each.role,
                "tasks": [task.model_dump(mode="json") for task in each.tasks],
            }
            for each in routing.assignments
        ],
        "unresolved": [each.model_dump(mode="json") for each in routing.routed.unresolved],
    }


def _print(source: str, notice: NoticeParsed, routing: Routing) -> None:
    out.rule(f"{source}  {notice.number or ''}", style="dim")
    table = Table("line", "rule", "offices", box=None, padding=(0, 1))
    for line in routing.routed.lines:
        table.add_row(line.line, line.rule, str(line.count))
    out.print(table, markup=False)
    for missing in routing.routed.unresolved:
        candidates = f"; perhaps {', '.join(missing.candidates)}" if missing.candidates else ""
        out.print(
            f"unresolved: {missing.part or missing.line} ({missing.reason}{candidates})", style="yellow", markup=False
        )
    with_tasks = sum(bool(each.tasks) for each in routing.assignments)
    out.print(f"{len(routing.assignments)} offices, {with_tasks} with tasks of their own", style="bold")
