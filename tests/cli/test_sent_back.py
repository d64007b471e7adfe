"""What offices sent back, and what closes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.sent_back import MISADDRESSED, misaddressed, sent_back
from contracts import generate
from contracts.assignments import AssignmentRouted
from contracts.directory import DirectoryEntry
from contracts.message import Message
from contracts.receipts import ReceiptRecorded

NOW = datetime(2024, 3, 5, 3, tzinfo=UTC)


def copy(**changes: Any) -> AssignmentRouted:
    path = generate.EXAMPLES / "assignments.routed.v1" / "lead.json"
    return AssignmentRouted(**{**json.loads(path.read_text(encoding="utf-8")), **changes})


def said(code: str = "02", *, back: bool = True, minutes: int = 0) -> ReceiptRecorded:
    path = generate.EXAMPLES / "receipts.recorded.v1" / "misaddressed.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    changes = {"code": code, "misaddressed": back, "at": NOW + timedelta(minutes=minutes)}
    return ReceiptRecorded(**{**told, "assignment_id": copy().assignment_id, **changes})


def entry(minutes: int = 1, **changes: Any) -> DirectoryEntry:
    name = copy().because[0].meant or copy().recipient.name
    fields = {"entry_id": "alias:x", "kind": "alias", "name": name, "recipient_ids": ("vn.bo-y-te",)}
    said_by = {"author": "Lan", "reason": "thử", "at": NOW + timedelta(minutes=minutes)}
    return DirectoryEntry(**{**fields, **said_by, "notice_id": copy().notice_id, **changes})


def parts(receipts: list[ReceiptRecorded], *messages: Message) -> list[tuple[str, str]]:
    found = sent_back(misaddressed(receipts), [copy(), *messages])
    return [(each.part.line, each.part.reason) for group in found.values() for each in group]


def test_what_an_office_sent_back_is_open_with_its_line() -> None:
    """The line that named it, under the name that the line means."""
    assert parts([said()]) == [(copy().because[0].line, MISADDRESSED)]


@pytest.mark.parametrize(
    ("receipts", "open_"),
    [
        ([said(back=False)], False),
        ([said(), said("03", back=False, minutes=1)], False),
        ([said("03", back=False, minutes=1), said(minutes=2)], True),
        ([said(), said("01", back=False, minutes=1)], True),
        ([], False),
    ],
)
def test_what_the_office_says_last_counts(receipts: list[ReceiptRecorded], open_: bool) -> None:
    """A refusal for another reason sends nothing back; who takes it after all closes it."""
    assert bool(parts(receipts)) == open_


@pytest.mark.parametrize(
    ("entries", "open_"),
    [
        ([entry()], False),
        ([entry(recipient_ids=(), settled="dropped")], False),
        ([entry(minutes=-1)], True),
        ([entry(), entry(minutes=2, withdrawn=True)], True),
        ([entry(notice_id=None)], True),
        ([entry(notice_id="another")], True),
    ],
)
def test_an_operators_word_for_this_notice_closes_it(entries: list[DirectoryEntry], open_: bool) -> None:
    """One said before, taken back, or for other notices does not."""
    assert bool(parts([said()], *entries)) == open_
