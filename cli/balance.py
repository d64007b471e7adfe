"""`noinhan balance`: do the books balance, per notice and overall?"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answer import NO, UNREACHABLE, err, fail, out, print_json
from cli.books import Ledger, NoticeBooks
from cli.history import Unreachable, history
from cli.services import call, client
from contracts.assignments import AssignmentRouted
from contracts.deliveries import PRECEDENCE, DeliveryStatus
from contracts.notices import NoticeParsed, NoticeRouted
from deploy.local import broker, services
from deploy.local.state import state

_TOLD = (NoticeParsed, NoticeRouted, AssignmentRouted, DeliveryStatus)


def balance(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Compare what was expanded with what became of it; exit 1 where the books do not balance."""
    ledger = gather()
    books = ledger.books()
    wrong = [f"{each.number or each.notice_id}: {says}" for each in books for says in each.wrong]
    wrong += [f"a status speaks of assignment {each}, which nobody made" for each in ledger.strays()]
    wrong += _against_notifier(books)
    if as_json:
        print_json({"balanced": not wrong, "notices": [_row(each) for each in books], "wrong": wrong})
    else:
        _print(books, wrong)
    if wrong:
        raise typer.Exit(NO)


def gather() -> Ledger:
    """All the topics say, or the end of the command where no broker answers."""
    running = broker.status(state())
    if running is None:
        fail("no broker is running: run 'noinhan up'", UNREACHABLE)
    try:
        return asyncio.run(_gather(running.bootstrap))
    except Unreachable as error:
        fail(str(error), UNREACHABLE)


async def _gather(bootstrap: str) -> Ledger:
    ledger = Ledger()
    async for entry in history(bootstrap, _TOLD):
        ledger.add(entry.message)
    return ledger


def _against_notifier(books: list[NoticeBooks]) -> list[str]:
    """Where the notifier's own ledger disagrees with the topics; nothing where it does not run."""
    if services.pid(state(), "notifier") is None:
        err.print("the notifier does not run: its ledger was not compared", style="yellow")
        return []
    with client("notifier") as http:
        own = call(http, "GET", "/v1/balance").json()
    expanded = sum(each.expanded for each in books)
    if own["assignments"] != expanded:
        return [f"{expanded} assignments were expanded, the notifier's ledger holds {own['assignments']}"]
    return [] if own["balanced"] else ["the notifier's own ledger does not balance"]


def _row(books: NoticeBooks) -> dict[str, Any]:
    return {
        "notice_id": books.notice_id,
        "revision": books.revision,
        "number": books.number,
        "lines": books.lines,
        "unresolved": books.unresolved,
        "expanded": books.expanded,
        **{name: books.states[name] for name in PRECEDENCE},
        "balanced": not books.wrong,
    }


def _print(books: list[NoticeBooks], wrong: list[str]) -> None:
    states = (state.replace("_", " ") for state in PRECEDENCE)
    table = Table("notice", "lines", "unresolved", "expanded", *states, box=None, padding=(0, 1), show_footer=True)
    for index, name in enumerate(("lines", "unresolved", "expanded"), 1):
        table.columns[index].footer = str(sum(getattr(each, name) for each in books))
    for index, name in enumerate(PRECEDENCE, 4):
        table.columns[index].footer = str(sum(each.states[name] for each in books))
    for column in table.columns[1:]:
        column.justify = "right"
    for each in books:
        cells = [
            str(each.lines),
            str(each.unresolved),
            str(each.expanded),
            *(str(each.states[name]) for name in PRECEDENCE),
        ]
        table.add_row(each.number or each.notice_id[:13], *cells)
    out.print(table)
    for says in wrong:
        out.print(says, style="red", markup=False)
    out.print("the books balance" if not wrong else "the books do not balance", style="bold")
