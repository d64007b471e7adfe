"""What an office says, and what its issuer takes back, stops clocks and the reminders that are on their way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptCode, ReceiptRecorded
from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.cancel import DELIVERIES, cancel
from services.notifier.ledger.tables import assignments, clocks, deliveries
from services.notifier.owed import REMINDERS_OF, Track, settled

_NOT_OVER: Final = ("queued", "retrying", "held", "failed")
"""A reminder that failed is stopped too: an operator would replay it."""
# A clock that has not begun asks the receipts itself: with the word it begins what is owed by the deadline.
_SETTLE: Final = (
    update(clocks)
    .where(
        clocks.c.assignment_id == bindparam("b_assignment_id"),
        clocks.c.track.in_(bindparam("b_tracks", expanding=True)),
        clocks.c.step != "begin",
        clocks.c.settled.is_(None),
    )
    .values(settled=bindparam("b_why"), due_at=None)
)
_SETTLE_NOTICE: Final = (
    update(clocks)
    .where(
        clocks.c.notice_id == bindparam("b_notice_id"),
        clocks.c.revision <= bindparam("b_revision"),
        clocks.c.settled.is_(None),
    )
    .values(settled=bindparam("b_why"), due_at=None)
)
_REMINDERS: Final = DELIVERIES.where(
    assignments.c.recalled_assignment_id == bindparam("id"),
    assignments.c.about.in_(bindparam("reminders", expanding=True)),
    deliveries.c.status.in_(_NOT_OVER),
)
_OF_NOTICE: Final = DELIVERIES.where(
    assignments.c.notice_id == bindparam("notice"),
    assignments.c.revision <= bindparam("revision"),
    assignments.c.about.is_not(None),
    deliveries.c.status.in_(_NOT_OVER),
)
_DELIVERED_AT: Final = select(func.min(clocks.c.delivered_at)).where(clocks.c.assignment_id == bindparam("id"))
_BEGIN: Final = BulkInsert(
    clocks,
    "assignment_id",
    "track",
    "notice_id",
    "revision",
    "recipient_id",
    "delivered_at",
    "step",
    "due_at",
    "detail",
)


def heed_receipt(conn: Connection, receipt: ReceiptRecorded, said_before: Sequence[ReceiptCode]) -> None:
    """Stop what the receipt settles; begin anew what it opens again, and tell the issuer of a misaddressed notice."""
    before, now = settled(said_before), settled([*said_before, receipt.code])
    _settle(conn, receipt, now - before)
    if before - now:
        _begin(conn, receipt, "done")
        _settle(conn, receipt, ["misaddressed"])
    if receipt.misaddressed:
        _begin(conn, receipt, "misaddressed")


def stop_for_recall(conn: Connection, recall: NoticeRecalled, now: datetime) -> None:
    """Nothing is owed of a notice that is out of force, and nobody is reminded of it."""
    stopped = {"b_notice_id": recall.notice_id, "b_revision": recall.revision, "b_why": recall.action}
    conn.execute(_SETTLE_NOTICE, stopped)
    rows = conn.execute(_OF_NOTICE, {"notice": recall.notice_id, "revision": recall.revision}).all()
    cancel(conn, rows, recall.action, now)


def _settle(conn: Connection, receipt: ReceiptRecorded, tracks: Iterable[Track]) -> None:
    over = sorted(tracks)
    if not over:
        return
    ident = receipt.assignment_id
    conn.execute(_SETTLE, {"b_assignment_id": ident, "b_tracks": over, "b_why": receipt.code})
    reminders = [name for track in over for name in REMINDERS_OF[track]]
    rows = conn.execute(_REMINDERS, {"id": ident, "reminders": reminders}).all()
    cancel(conn, rows, f"receipt_{receipt.code}", receipt.at)


def _begin(conn: Connection, receipt: ReceiptRecorded, track: Track) -> None:
    """Begin one track anew, whatever became of it before."""
    ident = receipt.assignment_id
    delivered_at = conn.execute(_DELIVERED_AT, {"id": ident}).scalar() or receipt.at
    conn.execute(delete(clocks).where(clocks.c.assignment_id == ident, clocks.c.track == track))
    row = (
        ident,
        track,
        receipt.notice_id,
        receipt.revision,
        receipt.recipient_id,
        micros(delivered_at),
        "begin",
        micros(receipt.at),
        receipt.reason,
    )
    _BEGIN.run(conn, [row])
