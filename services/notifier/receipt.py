"""What makes a receipt: who says what, when, and why it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from contracts.assignments import AssignmentRouted
from contracts.identity import receipt_id
from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptCode, ReceiptRecorded
from services.notifier.recall import ended_by

REFUSED: Final[ReceiptCode] = "02"
NEEDS_REASON: Final[frozenset[ReceiptCode]] = frozenset({"02", "16"})
ANSWERS_RECALL: Final[frozenset[ReceiptCode]] = frozenset({"15", "16"})
FROM_PAGE: Final[tuple[ReceiptCode, ...]] = ("02", "03", "04", "05", "06", "15", "16")
"""What a person can say on the page; 15 and 16 only of a notice that was taken back."""


def check_asked(code: ReceiptCode, revision: int, recalls: Iterable[NoticeRecalled]) -> None:
    """Raise NotRecalled where the office answers whether it gives back a copy that nobody takes back."""
    if code in ANSWERS_RECALL and ended_by(revision, recalls) is None:
        raise NotRecalled(f"code {code} answers a recall, and this notice was not recalled or replaced")


def repeats(said: ReceiptRecorded, last: ReceiptRecorded | None) -> bool:
    """Whether a link says again what it said last: a reloaded page, or somebody who presses for ever."""
    if last is None or said.via != "link":
        return False
    return _told(said) == _told(last)


def _told(each: ReceiptRecorded) -> tuple[object, ...]:
    return each.assignment_id, each.revision, each.via, each.code, each.actor, each.reason


class NotRecalled(Exception):
    """An answer to a recall that nobody made."""


class ReasonMissing(Exception):
    """A refusal says why."""


class NoRefusal(Exception):
    """Only a refusal sends a notice back as misaddressed."""


def receipt(
    assignment: AssignmentRouted,
    code: ReceiptCode,
    actor: str,
    now: datetime,
    *,
    reason: str | None,
    via: str,
    misaddressed: bool = False,
) -> ReceiptRecorded:
    """The receipt, timed to the second: a double click makes the same one. Raises ReasonMissing or NoRefusal."""
    if misaddressed and code != REFUSED:
        raise NoRefusal(f"code {code} does not refuse, so the notice is not misaddressed")
    why = (reason or "").strip() or None
    if code in NEEDS_REASON and why is None:
        raise ReasonMissing(f"code {code} refuses and needs a reason")
    at = now.replace(microsecond=0)
    return ReceiptRecorded(
        receipt_id=receipt_id(assignment.assignment_id, code, actor, at.isoformat()),
        assignment_id=assignment.assignment_id,
        notice_id=assignment.notice_id,
        revision=assignment.revision,
        recipient_id=assignment.recipient.recipient_id,
        code=code,
        actor=actor,
        reason=why,
        misaddressed=misaddressed,
        via=via,
        at=at,
    )
