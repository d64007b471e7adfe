"""What a recall does to the copies of a notice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.identity import receipt_id
from contracts.notices import NoticeRecalled, RecallAction
from contracts.receipts import ReceiptRecorded

ENDS: Final[frozenset[RecallAction]] = frozenset({"recalled", "replaced"})
"""After these a notice is no longer in force: no copy of it may go out any more."""

NOT_DELIVERED: Final = "not_delivered"
"""The reason with which word of a recall is dropped: the copy that it speaks of never arrived."""


def applies(recall: NoticeRecalled, revision: int) -> bool:
    """Whether a recall means this revision: it means the one that it names and those before."""
    return revision <= recall.revision


def ended_by(revision: int, said: Iterable[NoticeRecalled]) -> RecallAction | None:
    """What took this revision out of force; None where nothing did."""
    return next((each.action for each in said if each.action in ENDS and applies(each, revision)), None)


def taken_back(recall: NoticeRecalled, assignment_id: str, recipient_id: str, revision: int) -> ReceiptRecorded:
    """The receipt 13 (QCVN 102: lấy lại): one office was asked to give its copy back."""
    return ReceiptRecorded(
        receipt_id=receipt_id(assignment_id, "13", recall.author, recall.recall_id),
        assignment_id=assignment_id,
        notice_id=recall.notice_id,
        revision=revision,
        recipient_id=recipient_id,
        code="13",
        actor=recall.author,
        reason=recall.reason,
        via="recall",
        at=recall.at,
    )
