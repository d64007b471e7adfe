"""`noinhan balance`: do the books balance, per notice and overall?"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import typer
from rich.table import Table

from cli.answer import NO, UNREACHABLE, err, fail, out, print_json
from cli.books import Ledger, NoticeBooks
from cli.history import Unreachable, history
from cli.services import client
from contracts.assignments import AssignmentRouted
from contracts.deliveries import PRECEDENCE, DeliveryStatus
from contracts.notices import NoticeParsed, NoticeRouted
from contracts.topics import topic_of
from deploy.local import broker, services
from deploy.local.state import state

_TOLD = (NoticeParsed, NoticeRouted, AssignmentRouted, DeliveryStatus)
_KEPT = timedelta(days=min(topic_of(message).retention_days or 36_500 for message in _TOLD))
_ON_ITS_WAY_S = 3.0
"""How long a notice may take from one topic, or ledger, to the next before a difference counts."""


@dataclass(frozen=True)
class Findings:
    """The books, what is wrong with them, and what could not be told."""

    books: list[NoticeBooks]
    wrong: list[str]
    untold: list[str]


def balance(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Compare what was expanded with what became of it.

    Exits 1 where the books do not balance, 3 where the notifier has yet to say something or cannot be asked.
    """
    with err.status("reading the topics …"):
        found = _settled()
    if as_json:
        rows = [_row(each) for each in found.books]
        balanced = not found.wrong and not found.untold
        print_json({"balanced": balanced, "notices": rows, "wrong": found.wrong, "untold": found.untold})
    else:
        _print(found)
    if found.wrong:
        raise typer.Exit(NO)
    if found.untold:
        raise typer.Exit(UNREACHABLE)


def _settled() -> Findings:
    """What stands once everything on its way had time to arrive."""
    until = time.monotonic() + _ON_ITS_WAY_S
    while True:
        ledger = gather()
        found = compare(ledger, _notifiers(ledger))
        if time.monotonic() > until or not (found.wrong or found.untold):
            return found
        time.sleep(0.5)


def compare(ledger: Ledger, notifiers: dict[str, dict[str, Any]] | None) -> Findings:
    """The topics' books, against what the notifier's ledger says of each notice; None where it could not be asked."""
    books = ledger.books()
    wrong = [f"{each.number or each.notice_id}: {says}" for each in books for says in each.wrong]
    wrong += [f"a status speaks of assignment {each}, which nobody made" for each in ledger.strays()]
    untold = []
    if notifiers is None:
        untold.append("the notifier's ledger could not be asked: see 'noinhan status'")
    untaken = {each.notice_id: each.untaken for each in books if each.untaken}
    if untaken:
        untold.append(f"{sum(untaken.values())} assignments were not taken up yet")
    taken = {notice_id: own for notice_id, own in (notifiers or {}).items() if notice_id not in untaken}
    return Findings(books, wrong + _differences(ledger.whole(), taken), untold)


def gather() -> Ledger:
    """All that is surely still on every topic, or the end of the command where no broker answers."""
    running = broker.status(state())
    if running is None:
        fail("no broker is running: run 'noinhan up'", UNREACHABLE)
    try:
        return asyncio.run(_gather(running.bootstrap))
    except Unreachable as error:
        fail(str(error), UNREACHABLE)


async def _gather(bootstrap: str) -> Ledger:
    # Kafka removes old records at its leisure, on one topic sooner than on the next: those count on none.
    kept_since = datetime.now(UTC) - _KEPT
    ledger = Ledger()
    async for entry in history(bootstrap, _TOLD):
        if entry.at >= kept_since:
            ledger.add(entry.message)
    return ledger


def _notifiers(ledger: Ledger) -> dict[str, dict[str, Any]] | None:
    """What the notifier's own ledger says of each notice, by notice_id; None where it cannot be asked."""
    try:
        services.url(state(), "notifier")
        with client("notifier") as http:
            http.get("/v1/balance").raise_for_status()
            return {notice_id: _notifiers_of(http, notice_id) for notice_id in ledger.whole()}
    except (FileNotFoundError, httpx.HTTPError):
        return None


def _notifiers_of(http: httpx.Client, notice_id: str) -> dict[str, Any]:
    answer = http.get("/v1/balance", params={"notice_id": notice_id}).raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def _differences(expanded: dict[str, int], notifiers: dict[str, dict[str, Any]]) -> list[str]:
    wrong = []
    for notice_id, own in notifiers.items():
        if own["assignments"] != expanded[notice_id]:
            told = f"{expanded[notice_id]} assignments were expanded, the notifier's ledger holds {own['assignments']}"
            wrong.append(f"{notice_id}: {told}")
        if not own["balanced"]:
            wrong.append(f"{notice_id}: the notifier's own ledger does not balance")
    return wrong


def _row(books: NoticeBooks) -> dict[str, Any]:
    return {
        "notice_id": books.notice_id,
        "revision": books.revision,
        "number": books.number,
        "lines": books.lines,
        "unresolved": books.unresolved,
        "expanded": books.expanded,
        "untaken": books.untaken,
        **{name: books.states[name] for name in PRECEDENCE},
        "balanced": not books.wrong,
    }


def _print(found: Findings) -> None:
    out.print(_table(found.books))
    for says in found.wrong:
        out.print(says, style="red", markup=False)
    for says in found.untold:
        out.print(says, style="yellow", markup=False)
    if found.wrong:
        out.print("the books do not balance", style="bold")
    else:
        out.print("it cannot be told yet" if found.untold else "the books balance", style="bold")


def _table(books: list[NoticeBooks]) -> Table:
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
    return table
