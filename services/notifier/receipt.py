"""What makes a receipt: who says what, when, and why it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from contracts.assignments import AssignmentRouted
from contracts.identity import receipt_id
from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptCode, ReceiptRecorded
from services.notifier.outcome import Said
from services.notifier.recall import ended_by
from services.notifier.redact import legible

REFUSED: Final[ReceiptCode] = "02"
NEEDS_REASON: Final[frozenset[ReceiptCode]] = frozenset({"02", "16"})
ANSWERS_RECALL: Final[frozenset[ReceiptCode]] = frozenset({"15", "16"})
FROM_PAGE: Final[tuple[ReceiptCode, ...]] = ("02", "03", "04", "05", "06", "15", "16")
"""What a person can say on the page; 15 and 16 only of a notice that was taken back."""
FROM_ANSWER: Final[tuple[ReceiptCode, ...]] = ("01", "02", "03", "04", "05")
"""What the answer to a webhook can say; 02 with a reason."""
_SAYS_AGAIN: Final = frozenset({"link", "webhook"})
_ACTOR_LENGTH: Final = 200
_REASON_LENGTH: Final = 2_000


class CopyIds(NamedTuple):
    """The copy that a receipt is about, and the office that has it."""

    assignment_id: str
    notice_id: str
    revision: int
    recipient_id: str


def check_asked(code: ReceiptCode, revision: int, recalls: Iterable[NoticeRecalled]) -> None:
    """Raise NotRecalled where the office answers whether it gives back a copy that nobody takes back."""
    if code in ANSWERS_RECALL and ended_by(revision, recalls) is None:
        raise NotRecalled(f"code {code} answers a recall, and this notice was not recalled or replaced")


def repeats(said: ReceiptRecorded, last: ReceiptRecorded | None) -> bool:
    """Whether a link or a webhook says again what it said last: a reloaded page, an attempt that was made twice."""
    if last is None or said.via not in _SAYS_AGAIN:
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


class BadWord(Exception):
    """An answer carries what is no receipt. The message says why."""


def from_answer(said: Said, copy: CopyIds, office: str, now: datetime) -> ReceiptRecorded:
    """The receipt that a webhook's answer carries; `office` says it where no person is named. Raises BadWord."""
    code = next((each for each in FROM_ANSWER if each == said.code), None)
    if code is None:
        raise BadWord(f"noinhan-receipt is one of {', '.join(FROM_ANSWER)}")
    actor = legible(said.actor)[:_ACTOR_LENGTH] or office
    try:
        return _made(copy, code, actor, now, reason=legible(said.reason)[:_REASON_LENGTH], via="webhook")
    except ReasonMissing as error:
        raise BadWord(f"{error}: noinhan-reason") from None


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
    ids = CopyIds(
        assignment.assignment_id, assignment.notice_id, assignment.revision, assignment.recipient.recipient_id
    )
    return _made(ids, code, actor, now, reason=reason, via=via, misaddressed=misaddressed)


def _made(
    copy: CopyIds,
    code: ReceiptCode,
    actor: str,
    now: datetime,
    *,
    reason: str | None,
    via: str,
    misaddressed: bool = False,
) -> ReceiptRecorded:
    if misaddressed and code != REFUSED:
        raise NoRefusal(f"code {code} does not refuse, so the notice is not misaddressed")
    why = (reason or "").strip() or None
    if code in NEEDS_REASON and why is None:
        raise ReasonMissing(f"code {code} refuses and needs a reason")
    at = now.replace(microsecond=0)
    return ReceiptRecorded(
        receipt_id=receipt_id(copy.assignment_id, code, actor, at.isoformat()),
        assignment_id=copy.assignment_id,
        notice_id=copy.notice_id,
        revision=copy.revision,
        recipient_id=copy.recipient_id,
        code=code,
        actor=actor,
        reason=why,
        misaddressed=misaddressed,
        via=via,
        at=at,
    )
