"""What a recall does to the copies of a notice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.identity import receipt_id
from contracts.notices import NoticeRecalled, RecallAction
from contracts.receipts import ReceiptRecorded

NOT_DELIVERED: Final = "not_delivered"
"""The reason with which word of a recall is dropped: the copy that it speaks of never arrived."""


def ended_by(revision: int, said: Iterable[NoticeRecalled]) -> RecallAction | None:
    """What took this revision out of force; None where nothing did."""
    return next((each.action for each in said if each.ends and each.means(revision)), None)


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
