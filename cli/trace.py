"""`noinhan trace`: a notice's way, step by step, with times."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, cast

import typer

from cli.answer import NO, UNREACHABLE, err, fail, out, print_json
from cli.history import Entry, Unreachable, history, is_called, recalls_of
from contracts.assignments import AssignmentRouted
from contracts.deliveries import DeliveryStatus
from contracts.notices import NoticeParsed, NoticeRecalled, NoticeRouted
from contracts.receipts import MEANINGS, ReceiptRecorded
from deploy.local import broker
from deploy.local.state import state

_TOLD = (NoticeParsed, NoticeRouted, NoticeRecalled, AssignmentRouted, DeliveryStatus, ReceiptRecorded)


def trace(
    notice: Annotated[str, typer.Argument(help="number, notice_id, or document_id (its beginning will do)")],
    office: Annotated[str | None, typer.Option(help="only offices whose name or id holds this")] = None,
    most: Annotated[int, typer.Option(help="how many offices to show at most")] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show when a notice was read and routed, and for every office when it was tried, delivered, acknowledged."""
    running = broker.status(state())
    if running is None:
        fail("no broker is running: run 'noinhan up'", UNREACHABLE)
    try:
        with err.status("reading the topics …"):
            entries = asyncio.run(_entries(running.bootstrap))
    except Unreachable as error:
        fail(str(error), UNREACHABLE)
    found = [each for each in entries if isinstance(each.message, NoticeParsed) and is_called(each.message, notice)]
    if not found:
        fail(f"no notice {notice!r} is on the topics: give its number as 'noinhan balance' shows it", NO)
    for parsed in _once(found):
        way = _way(parsed, entries, office)
        if as_json:
            print_json(way)
        else:
            _print(way, most)


async def _entries(bootstrap: str) -> list[Entry]:
    return [entry async for entry in history(bootstrap, _TOLD)]


def _once(parsed: Sequence[Entry]) -> Sequence[Entry]:
    """Each revision of a notice as it was first read: one that was routed again stands on the topic again."""
    return list({_revision(each): each for each in reversed(parsed)}.values())[::-1]


def _way(parsed: Entry, entries: Sequence[Entry], office: str | None) -> dict[str, Any]:
    notice = cast("NoticeParsed", parsed.message)
    same = [each for each in entries if _revision(each) == (notice.notice_id, notice.revision)]
    first = {e.message.assignment_id: e for e in reversed(same) if isinstance(e.message, AssignmentRouted)}
    offices = {key: _office(e, cast("AssignmentRouted", e.message)) for key, e in first.items()}
    for entry in sorted(same, key=_order):
        if isinstance(entry.message, DeliveryStatus | ReceiptRecorded):
            offices.get(entry.message.assignment_id, {"steps": []})["steps"].append(_step(entry.message))
    recalls = recalls_of(notice, (each.message for each in entries))
    routed = next((each.at for each in same if isinstance(each.message, NoticeRouted)), None)
    return {
        "notice_id": notice.notice_id,
        "number": notice.number,
        "revision": notice.revision,
        "received_at": notice.received_at,
        "parsed_at": parsed.at,
        "routed_at": routed,
        "recalls": [{"recall_id": each.recall_id, **each.model_dump()} for each in recalls],
        "offices": sorted((each for each in offices.values() if _matches(each, office)), key=lambda each: each["name"]),
    }


def _revision(entry: Entry) -> tuple[str, int]:
    return entry.message.notice_id, entry.message.revision  # type: ignore[attr-defined]


def _order(entry: Entry) -> datetime:
    return getattr(entry.message, "at", entry.at)


def _office(entry: Entry, assignment: AssignmentRouted) -> dict[str, Any]:
    return {
        "recipient_id": assignment.recipient.recipient_id,
        "name": assignment.recipient.name,
        "role": assignment.role,
        "assigned_at": entry.at,
        "steps": [],
    }


def _step(message: DeliveryStatus | ReceiptRecorded) -> dict[str, Any]:
    if isinstance(message, ReceiptRecorded):
        return {"at": message.at, "what": f"receipt {message.code} {MEANINGS[message.code]}", "by": message.actor}
    about = "word of its recall " if message.recall_id else f"reminder {message.reminder} " if message.reminder else ""
    what = f"{about}{message.status}"
    kind = message.endpoint_kind or "-"
    return {"at": message.at, "what": what, "by": kind, "reason": message.reason, "attempt": message.attempt}


def _matches(office: dict[str, Any], wanted: str | None) -> bool:
    return wanted is None or wanted.casefold() in f"{office['name']} {office['recipient_id']}".casefold()


def _print(way: dict[str, Any], most: int) -> None:
    out.rule(f"{way['number'] or way['notice_id']}, revision {way['revision']}", style="dim")
    for name in ("received_at", "parsed_at", "routed_at"):
        out.print(f"{_clock(way[name])}  {name.removesuffix('_at')}")
    for recall in way["recalls"]:
        by = f" by {recall['by_number']}" if recall["by_number"] else ""
        said = f"{recall['action']}{by} ({recall['author']}: {recall['reason']})"
        out.print(f"{_clock(recall['at'])}  {said}", markup=False)
    for office in way["offices"][:most]:
        out.print(f"{_clock(office['assigned_at'])}  [bold]{office['name']}[/bold] ({office['role']})")
        for step in office["steps"]:
            reason = f", {step['reason']}" if "reason" in step else ""
            attempt = f", attempt {step['attempt']}" if step.get("attempt") else ""
            out.print(f"{_clock(step['at'])}      {step['what']} ({step['by']}{reason}{attempt})", markup=False)
    left = len(way["offices"]) - most
    if left > 0:
        out.print(f"… and {left} offices more: --most or --office shows them")


def _clock(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if at else " " * 20 + "not"
