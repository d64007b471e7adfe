"""`noinhan unresolved`: lines that found nobody, or the wrong office, and what an operator says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answer import NO, WORDS, fail, out, print_json
from cli.corrections import Author, Reason, directory_now, entry_slug, publish, say, signed, told
from cli.history import is_called, recalls_of
from cli.sent_back import MISADDRESSED, SentBack, misaddressed, sent_back
from contracts.assignments import AssignmentRouted
from contracts.directory import DirectoryEntry
from contracts.message import Message
from contracts.notices import NoticeParsed, NoticeRecalled, NoticeRouted, Unresolved
from contracts.receipts import ReceiptRecorded
from services.router.directory.fold import fold

commands = typer.Typer(
    help="Lines of notices that nobody could be found for, or whose office sent the notice back.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json")]
Notice = Annotated[str, typer.Argument(help="number, notice_id or document_id; its beginning will do")]
_OF_TASKS = frozenset({"tasked_not_listed", "task_unassigned"})


@dataclass(frozen=True)
class _Open:
    """A notice as it was last read and routed; its open parts are numbered from 1."""

    parsed: NoticeParsed
    routed: NoticeRouted
    back: Sequence[SentBack] = ()

    @property
    def parts(self) -> tuple[Unresolved, ...]:
        """What is open: parts of the list of recipients, tasks that found nobody, and what offices sent back."""
        return (*self.routed.unresolved, *(each.part for each in self.back))

    def said(self, number: int) -> ReceiptRecorded | None:
        """What the office of an open part said when it sent the notice back; None where it did not."""
        place = number - 1 - len(self.routed.unresolved)
        return self.back[place].receipt if place >= 0 else None


@commands.command("list")
def list_(as_json: Json = False) -> None:
    """List every open part of every notice."""
    table = Table("notice", "no.", "part", "why", "perhaps", box=None, padding=(0, 1))
    for each in _notices():
        for number, part in enumerate(each.parts, start=1):
            if as_json:
                print_json(_told(each, number, part))
            table.add_row(
                each.routed.number or each.routed.notice_id,
                str(number),
                part.part,
                _why(each, number, part),
                ", ".join(part.candidates),
            )
    if not as_json:
        out.print(table, markup=False)


@commands.command()
def show(notice: Notice) -> None:
    """Show what is open in a notice, and what was settled, as JSON."""
    each = _one(notice)
    for number, part in enumerate(each.parts, start=1):
        print_json(_told(each, number, part))
    for settled in each.routed.settled:
        print_json({"notice_id": each.routed.notice_id, **settled.model_dump(mode="json")})


@commands.command()
def resolve(  # noqa: PLR0917 - each is an option of the command
    notice: Notice,
    number: Annotated[int, typer.Argument(help="which open part, as 'list' numbers them")],
    reason: Reason,
    office: Annotated[list[str] | None, typer.Option(help="recipient_id of whom it means")] = None,
    always: Annotated[bool, typer.Option("--always", help="these words mean it in every notice")] = False,
    paper: Annotated[bool, typer.Option("--paper", help="it gets its copy on paper")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="nobody is to get it")] = False,
    author: Author = None,
) -> None:
    """Say whom an open part means, or that nobody gets it this way; the notice is routed again for what was missing.

    Who has it gets nothing again: an office's assignment keeps its id. 'noinhan directory undo' takes it back.
    """
    if [bool(office), paper, drop].count(True) != 1:
        fail("say one of --office ID, --paper, --drop", WORDS)
    each = _one(notice)
    if not 1 <= number <= len(each.parts):
        fail(f"notice {notice} has {len(each.parts)} open parts: 'noinhan unresolved show {notice}' numbers them", NO)
    part = each.parts[number - 1]
    if part.reason in _OF_TASKS:
        fail(f"{part.part!r} has a task but stands in no line: add it to the notice's list and submit it again", NO)
    if always and part.reason == MISADDRESSED:
        fail(f"{part.part!r} is an office's own name: what it sent back can only be settled for its notice", WORDS)
    scope = None if always else each.routed.notice_id
    entry = DirectoryEntry(
        entry_id=f"alias:{entry_slug(part.part)}{f'@{scope}' if scope else ''}",
        kind="alias",
        name=part.part,
        recipient_ids=tuple(office or ()),
        notice_id=scope,
        settled="paper" if paper else "dropped" if drop else None,
        **signed(author, reason),
    )
    say([entry], directory_now())
    again = {one.routed.notice_id: one.parsed for one in (each, *_affected(part.part, scope))}
    publish(list(again.values()))
    out.print(f"{entry.entry_id} published; the notices that it concerns are routed again", markup=False)


def _affected(part: str, scope: str | None) -> Iterator[_Open]:
    """The notices in which these words are open: one, or all that have them."""
    for each in _notices():
        if scope in {None, each.routed.notice_id} and any(fold(open_.part) == fold(part) for open_ in each.parts):
            yield each


def _notices() -> Sequence[_Open]:
    """Every notice in force with open or settled parts, as it was last read and routed."""
    parsed: dict[str, NoticeParsed] = {}
    routed: dict[str, NoticeRouted] = {}
    messages = [entry.message for entry in told([NoticeParsed, NoticeRouted, NoticeRecalled, ReceiptRecorded])]
    back = _sent_back(messages)
    for message in messages:
        if isinstance(message, NoticeParsed):
            parsed[message.notice_id] = max(parsed.get(message.notice_id, message), message, key=lambda m: m.revision)
        elif isinstance(message, NoticeRouted):
            routed[message.notice_id] = message
    both = (_Open(parsed[key], each, back.get(key, ())) for key, each in routed.items() if key in parsed)
    standing = (each for each in both if not any(said.ends for said in recalls_of(each.parsed, messages)))
    return [each for each in standing if each.parts or each.routed.settled]


def _sent_back(messages: Sequence[Message]) -> Mapping[str, Sequence[SentBack]]:
    """What offices sent back, by notice. The copies are many, and read only where there is any."""
    said = misaddressed(each for each in messages if isinstance(each, ReceiptRecorded))
    if not said:
        return {}
    return sent_back(said, (entry.message for entry in told([AssignmentRouted, DirectoryEntry])))


def _why(each: _Open, number: int, part: Unresolved) -> str:
    receipt = each.said(number)
    return f"{part.reason}: {receipt.reason}" if receipt else part.reason


def _one(wanted: str) -> _Open:
    found = [each for each in _notices() if is_called(each.parsed, wanted)]
    if not found:
        fail(f"no notice {wanted!r} has an open part: 'noinhan unresolved list' shows them", NO)
    return found[-1]


def _told(each: _Open, number: int, part: Unresolved) -> dict[str, Any]:
    return {
        "notice_id": each.routed.notice_id,
        "notice": each.routed.number,
        "number": number,
        **part.model_dump(mode="json"),
        **_answer(each.said(number)),
    }


def _answer(receipt: ReceiptRecorded | None) -> dict[str, Any]:
    if receipt is None:
        return {}
    told = {"recipient_id": receipt.recipient_id, "said": receipt.reason, "by": receipt.actor}
    return {**told, "said_at": receipt.at.isoformat()}
