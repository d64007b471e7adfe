"""Notices that offices sent back as none of their business, and that nobody has settled yet. Pure: messages in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.assignments import AssignmentRouted
from contracts.directory import DirectoryEntry
from contracts.message import Message
from contracts.notices import Unresolved
from contracts.receipts import ReceiptRecorded

MISADDRESSED: Final = "misaddressed"
_TAKES_IT: Final = frozenset({"03", "04", "05", "06"})


@dataclass(frozen=True)
class SentBack:
    """An office that a line reached, and what it says of the notice; `name` is the office that the line means."""

    receipt: ReceiptRecorded
    line: str
    name: str

    @property
    def part(self) -> Unresolved:
        """The same as an open part of its notice."""
        return Unresolved(line=self.line, part=self.name, reason=MISADDRESSED)


def misaddressed(receipts: Iterable[ReceiptRecorded]) -> dict[str, ReceiptRecorded]:
    """The assignments of which their office said last that the notice is none of its business, with what it said."""
    open_: dict[str, ReceiptRecorded] = {}
    for each in sorted(receipts, key=lambda receipt: receipt.at):
        if each.misaddressed:
            open_[each.assignment_id] = each
        elif each.code in _TAKES_IT:
            open_.pop(each.assignment_id, None)
    return open_


def sent_back(said: Mapping[str, ReceiptRecorded], messages: Iterable[Message]) -> dict[str, list[SentBack]]:
    """What is open, by notice_id: assignments say which line named the office, entries what was settled since."""
    found: dict[str, list[SentBack]] = defaultdict(list)
    copies: dict[str, AssignmentRouted] = {}
    settled: dict[tuple[str | None, str], DirectoryEntry] = {}
    for each in messages:
        if isinstance(each, AssignmentRouted) and each.assignment_id in said:
            copies[each.assignment_id] = each
        elif isinstance(each, DirectoryEntry):
            settled[each.notice_id, each.name] = each
    for key, copy in copies.items():
        because = copy.because[0] if copy.because else None
        one = SentBack(said[key], because.line if because else "", (because and because.meant) or copy.recipient.name)
        entry = settled.get((copy.notice_id, one.name))
        if entry is None or entry.withdrawn or entry.at < one.receipt.at:
            found[copy.notice_id].append(one)
    return found
