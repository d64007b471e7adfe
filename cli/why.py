"""`noinhan why`: why an office gets a notice, or why not; one answer an office, from the topics or from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.answer import NO, UNREACHABLE, err, fail, out, print_json
from cli.documents import read_all
from cli.history import Entry, Unreachable, history, is_called, recall_in_words, recalls_of
from contracts.assignments import AssignmentRouted, Reason
from contracts.deliveries import DeliveryStatus
from contracts.message import Message
from contracts.notices import NoticeParsed, NoticeRecalled, NoticeRouted
from contracts.receipts import MEANINGS, ReceiptRecorded
from deploy.local import broker
from deploy.local.state import state
from services.router.directory import Directory, Office, load_directory
from services.router.expand import expand
from services.router.why_not import offices_called, reasons_against, rule_in_words

_TOLD = (NoticeParsed, NoticeRouted, NoticeRecalled, AssignmentRouted, DeliveryStatus, ReceiptRecorded)
_BOXES = {"addressees": "Kính gửi", "recipients": "Nơi nhận", "body": "the body"}


@dataclass(frozen=True)
class _Case:
    """A notice, its rollup, its assignments, and what happened to each of them since, by assignment_id."""

    notice: NoticeParsed
    routed: NoticeRouted
    assignments: tuple[AssignmentRouted, ...]
    since: dict[str, list[str]]
    recalls: tuple[NoticeRecalled, ...] = ()


def why(
    notice: Annotated[str, typer.Argument(help="a number, notice_id or document_id on the topics; or a file")],
    offices: Annotated[list[str], typer.Argument(help="offices by name or recipient_id: who got it and who did not")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Say why each office gets the notice, or why not: the line, the rule, the group, the successor, the status."""
    directory = load_directory()
    case = _of_file(Path(notice), directory) if Path(notice).is_file() else _of_topics(notice)
    told = [answer for office in offices for answer in _answers(office, case, directory)]
    if as_json:
        recalls = [each.model_dump(mode="json") for each in case.recalls]
        print_json(
            {"notice_id": case.notice.notice_id, "number": case.notice.number, "recalls": recalls, "offices": told}
        )
    else:
        _print(case, told)


def _of_file(path: Path, directory: Directory) -> _Case:
    notice = next((notice for read in read_all([path]) for notice in read.notices), None)
    if notice is None:
        fail(f"{path} holds no notice that can be read: 'noinhan parse {path}' says why", NO)
    routing = expand(notice, directory, carried_to=datetime.now().astimezone().date())
    return _Case(notice, routing.routed, routing.assignments, {})


def _of_topics(wanted: str) -> _Case:
    running = broker.status(state())
    if running is None:
        fail("no broker is running: run 'noinhan up', or give a file", UNREACHABLE)
    try:
        with err.status("reading the topics …"):
            entries = asyncio.run(_entries(running.bootstrap))
    except Unreachable as error:
        fail(str(error), UNREACHABLE)
    messages = [entry.message for entry in entries]
    found = [each for each in messages if isinstance(each, NoticeParsed) and is_called(each, wanted)]
    if not found:
        fail(f"no notice {wanted!r} is on the topics: give its number as 'noinhan balance' shows it", NO)
    return _case(max(found, key=lambda each: each.revision), messages)


async def _entries(bootstrap: str) -> list[Entry]:
    return [entry async for entry in history(bootstrap, _TOLD)]


def _case(notice: NoticeParsed, messages: Sequence[Message]) -> _Case:
    same = [each for each in messages if _revision(each) == (notice.notice_id, notice.revision)]
    routed = next((each for each in same if isinstance(each, NoticeRouted)), None)
    if routed is None:
        fail(f"notice {notice.number or notice.notice_id} was read and not routed yet: ask again in a moment", NO)
    assignments = {each.assignment_id: each for each in same if isinstance(each, AssignmentRouted)}
    since: dict[str, list[str]] = {}
    for each in same:
        if isinstance(each, DeliveryStatus | ReceiptRecorded):
            since.setdefault(each.assignment_id, []).append(_step(each))
    return _Case(notice, routed, tuple(assignments.values()), since, recalls_of(notice, messages))


def _revision(message: Message) -> tuple[str, int]:
    return message.notice_id, message.revision  # type: ignore[attr-defined]


def _step(message: DeliveryStatus | ReceiptRecorded) -> str:
    at = message.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(message, ReceiptRecorded):
        return f"{at} receipt {message.code} {MEANINGS[message.code]}"
    way = f" by {message.endpoint_kind}" if message.endpoint_kind else ", no endpoint reaches it"
    what = "word of its recall " if message.recall_id else f"reminder {message.reminder} " if message.reminder else ""
    return f"{at} {what}{message.status}{way}{f': {message.reason}' if message.reason else ''}"


def _answers(wanted: str, case: _Case, directory: Directory) -> Iterator[dict[str, Any]]:
    """One answer for each office that the words mean, the office named first, its successor in the answer."""
    known = directory.find(wanted)
    named = offices_called(wanted, case.notice, directory)
    offices = (known,) if known else named.offices
    if not offices:
        near = f"; perhaps {', '.join(named.candidates)}" if named.candidates else ""
        yield {"asked": wanted, "office": None, "gets_it": None, "against": [f"no office is called so{near}"]}
    for office in offices:
        yield {
            "asked": wanted,
            "office": office.name,
            "recipient_id": office.recipient_id,
            **_answer(office, case, directory),
        }


def _answer(office: Office, case: _Case, directory: Directory) -> dict[str, Any]:
    for assignment in case.assignments:
        meant = [reason for reason in assignment.because if _means(reason, assignment, office)]
        if meant:
            return {
                "gets_it": True,
                "delivered_to": assignment.recipient.name,
                "since": next((reason.succeeded_on for reason in meant), None),
                "role": assignment.role,
                "tasks": [task.task_id for task in assignment.tasks],
                "because": [reason.model_dump(mode="json") for reason in meant],
                "directory_version": assignment.directory_version,
                "status": case.since.get(assignment.assignment_id, []),
            }
    return {"gets_it": False, "against": list(reasons_against(office, case.notice, case.routed, directory))}


def _means(reason: Reason, assignment: AssignmentRouted, office: Office) -> bool:
    """Whether a reason speaks of this office: as the one meant, or as the one that gets it."""
    return office.recipient_id in {reason.meant_id, assignment.recipient.recipient_id}


def _print(case: _Case, told: Sequence[dict[str, Any]]) -> None:
    notice = case.notice
    issued = f", {notice.issued_on}" if notice.issued_on else ""
    out.rule(
        f"{notice.number or notice.notice_id}, revision {notice.revision}: {notice.issuer or '?'}{issued}", style="dim"
    )
    for recall in case.recalls:
        out.print(recall_in_words(recall), style="yellow", markup=False)
    for each in told:
        out.print(f"[bold]{each['office'] or each['asked']}[/bold]")
        for line in _got(each) if each["gets_it"] else _not(each, case):
            out.print(f"  {line}", markup=False)


def _got(told: dict[str, Any]) -> Iterator[str]:
    if told["delivered_to"] != told["office"]:
        since = f" since {told['since']}" if told["since"] else ""
        yield f"gets it; delivered to {told['delivered_to']}, its successor{since}"
    else:
        yield "gets it"
    for reason in told["because"]:
        purpose = f" ({reason['purpose']})" if reason["purpose"] else ""
        rule = f"{rule_in_words(reason['rule'])} [{reason['rule']}]"
        yield f"because line '{reason['line']}' in {_BOXES[reason['box']]}{purpose}: {rule}"
    yield f"role {told['role']}; tasks {', '.join(told['tasks']) or 'none'}; directory {told['directory_version']}"
    yield from told["status"] or ["nothing was sent yet"]


def _not(told: dict[str, Any], case: _Case) -> Iterator[str]:
    yield "does not get it"
    yield from (f"because {reason}" for reason in told["against"])
    if told["office"]:
        yield from (f"line '{line.line}' means {_count(line.count)} ({line.rule})" for line in case.routed.lines)


def _count(count: int) -> str:
    return "nobody" if count == 0 else f"{count} other{'s' if count > 1 else ''}"
