"""`noinhan parse`: what the reader sees in a file. Nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.answer import NO, WORDS, err, fail, out, print_json
from cli.documents import Read, files, read_all
from cli.explain import explain
from cli.explain_page import explain_page
from cli.marked import fields_of
from contracts.notices import NoticeParsed
from services.ingest.formats.show_pages import show_pages

_SHOWN = 100


def parse(
    paths: Annotated[list[Path], typer.Argument(help="files, or folders of files")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line per notice")] = False,
    explained: Annotated[
        bool, typer.Option("--explain", help="the document, each field marked where it was read")
    ] = False,
    page: Annotated[Path | None, typer.Option("--html", help="write that as a page; for one document")] = None,
) -> None:
    """Read notices and show what was found in them."""
    found = files(paths)
    if page is not None and len(found) != 1:
        fail(f"--html shows one document, and {len(found)} were given", WORDS)
    unread = 0
    for read in read_all(found):
        unread += read.error is not None
        if page is not None and read.error is None:
            _write_page(read, page)
        _show(read, as_json=as_json, explained=explained)
    if unread:
        raise typer.Exit(NO)


def _write_page(read: Read, page: Path) -> None:
    fields = [fields_of(notice, notice.position) for notice in read.notices]
    pages = show_pages(read.path.read_bytes()) if read.paged else []
    page.write_text(explain_page(read.path.name, read.notices, fields, read.text, pages), encoding="utf-8")
    err.print(f"{page}: written", markup=False)


def _show(read: Read, *, as_json: bool, explained: bool) -> None:
    if read.error is not None:
        place = f" ({read.error.where})" if read.error.where else ""
        err.print(
            f"{read.path.name}: {read.error.reason.rstrip('.')}{place}. {read.error.remedy}", style="red", markup=False
        )
    if explained and not as_json:
        explain(read.text, [fields_of(notice, notice.position) for notice in read.notices])
        return
    for notice in read.notices:
        if as_json:
            print_json(notice.model_dump(mode="json") | {"source": read.path.name})
        else:
            _print(read.path.name, notice)


def _print(source: str, notice: NoticeParsed) -> None:
    out.rule(f"{source}", style="dim")
    table = Table(show_header=False, box=None, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, value in _rows(notice):
        table.add_row(name, value)
    out.print(table, markup=False)


def _rows(notice: NoticeParsed) -> list[tuple[str, str]]:
    header = ("number", "doc_type", "issuer", "place", "issued_on", "subject", "urgency", "archive")
    rows = [(name, str(getattr(notice, name))) for name in header if getattr(notice, name) is not None]
    rows += [("addressee", each.text) for each in notice.addressees]
    for line in notice.recipients:
        marks = [mark for mark in (line.purpose, line.channel) if mark]
        rows.append(("recipient", line.text + (f"  [{', '.join(marks)}]" if marks else "")))
    for task in notice.tasks:
        until = f" ({task.deadline_text})" if task.deadline_text else ""
        short = task.text if len(task.text) <= _SHOWN else task.text[:_SHOWN] + "…"
        rows.append((task.task_id, f"{'; '.join(task.assignees)}: {short}{until}"))
    for each in notice.warnings:
        rows.append(("warning", f"{each.message} (line {each.line})" if each.line else each.message))
    return rows
