"""What the ledger knows of a notice's way, put together from its rows; bodies may have been purged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, or_, select

from contracts.receipts import ReceiptRecorded
from services.notifier.evidence import Carried, CopyEvidence, EvidencePage, Owed, Told, Tried, target_sha256, told_of
from services.notifier.kept import facts_of_copy
from services.notifier.ledger.recalls import said_of
from services.notifier.ledger.rows import AnyRow, chunks
from services.notifier.ledger.tables import assignments, attempts, clocks, deliveries, endpoints, receipts
from services.notifier.owed import DIGEST

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_COPIES: Final = (
    select(assignments)
    .where(
        assignments.c.notice_id == bindparam("notice"),
        assignments.c.recall_id.is_(None),
        assignments.c.about.is_(None),
        assignments.c.assignment_id > bindparam("after"),
    )
    .order_by(assignments.c.assignment_id)
    .limit(bindparam("most"))
)
_DIGESTS: Final = (
    select(assignments.c.assignment_id, assignments.c.recipient_id)
    .where(assignments.c.notice_id == bindparam("notice"), assignments.c.about == DIGEST)
    .order_by(assignments.c.assignment_id)
)
_DELIVERIES: Final = (
    select(
        deliveries,
        endpoints.c.kind,
        endpoints.c.target,
        assignments.c.recall_id,
        assignments.c.about,
        assignments.c.recalled_assignment_id,
        assignments.c.taken_at,
    )
    .join(assignments)
    .outerjoin(endpoints, endpoints.c.endpoint_id == deliveries.c.endpoint_id)
    .where(or_(assignments.c.assignment_id.in_(_IDS), assignments.c.recalled_assignment_id.in_(_IDS)))
)
_ATTEMPTS: Final = (
    select(attempts.c.delivery_id, attempts.c.attempt, attempts.c.at, attempts.c.result, attempts.c.reason)
    .where(attempts.c.delivery_id.in_(_IDS))
    .order_by(attempts.c.at, attempts.c.attempt_id)
)
_RECEIPTS: Final = (
    select(receipts.c.assignment_id, receipts.c.body)
    .where(receipts.c.assignment_id.in_(_IDS))
    .order_by(receipts.c.at, receipts.c.receipt_id)
)
_CLOCKS: Final = select(clocks).where(clocks.c.assignment_id.in_(_IDS)).order_by(clocks.c.track)
_LATE: Final = "tell"


def evidence(conn: Connection, notice_id: str, after: str | None, most: int) -> EvidencePage:
    """One page of copies; recalls and digests with the first."""
    rows = conn.execute(_COPIES, {"notice": notice_id, "after": after or "", "most": most}).all()
    ids = [row.assignment_id for row in rows]
    carried = _carried(conn, ids)
    said = _grouped(conn, _RECEIPTS, ids)
    owed = _grouped(conn, _CLOCKS, ids)
    copies = [_copy(row, carried[row.assignment_id], said[row.assignment_id], owed[row.assignment_id]) for row in rows]
    last = ids[-1] if len(ids) == most else None
    if after is not None:
        return EvidencePage(notice_id, copies, (), (), last)
    told = [told_of(each) for each in said_of(conn, [notice_id]).get(notice_id, ())]
    return EvidencePage(notice_id, copies, told, _digests(conn, notice_id), last)


def _digests(conn: Connection, notice_id: str) -> list[Told]:
    rows = conn.execute(_DIGESTS, {"notice": notice_id}).all()
    carried = _carried(conn, [row.assignment_id for row in rows])
    return [Told(row.assignment_id, row.recipient_id, tuple(carried[row.assignment_id])) for row in rows]


def _carried(conn: Connection, ids: Sequence[str]) -> Mapping[str, list[Carried]]:
    """The deliveries of these copies, and of what was said about them, by the copy."""
    found = [row for part in chunks(ids) for row in conn.execute(_DELIVERIES, {"ids": part})]
    tried = _grouped(conn, _ATTEMPTS, [row.delivery_id for row in found])
    by_copy: dict[str, list[Carried]] = defaultdict(list)
    for row in sorted(found, key=_in_order):
        by_copy[row.recalled_assignment_id or row.assignment_id].append(_delivery(row, tried[row.delivery_id]))
    return by_copy


def _in_order(row: AnyRow) -> tuple[datetime, str, str, str]:
    """As the copy, and what was said about it, came in."""
    return row.taken_at, row.about or "", row.recall_id or "", row.delivery_id


def _grouped(conn: Connection, query: Select[Any], ids: Iterable[str]) -> Mapping[str, list[AnyRow]]:
    """Rows by their first column."""
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for part in chunks(ids):
        for row in conn.execute(query, {"ids": part}):
            found[row[0]].append(row)
    return found


def _delivery(row: AnyRow, tried: Sequence[AnyRow]) -> Carried:
    return Carried(
        delivery_id=row.delivery_id,
        about=row.about,
        recall_id=row.recall_id,
        endpoint_id=row.endpoint_id,
        kind=row.kind,
        target_sha256=target_sha256(row.target),
        status=row.status,
        reason=row.reason,
        at=row.changed_at,
        attempts=tuple(Tried(each.attempt, each.at, each.result, each.reason) for each in tried),
    )


def _copy(row: AnyRow, carried: Sequence[Carried], said: Sequence[AnyRow], owed: Sequence[AnyRow]) -> CopyEvidence:
    return CopyEvidence(
        assignment_id=row.assignment_id,
        notice_id=row.notice_id,
        revision=row.revision,
        recipient_id=row.recipient_id,
        recipient_name=row.recipient_name,
        taken_at=row.taken_at,
        purged_at=row.purged_at,
        facts=facts_of_copy(row.body),
        deliveries=tuple(carried),
        receipts=tuple(ReceiptRecorded.from_bytes(each.body) for each in said),
        owed=tuple(
            Owed(each.track, each.owed_at, each.step == _LATE, each.settled, each.digest_id)
            for each in owed
            if each.step != "begin"
        ),
    )
