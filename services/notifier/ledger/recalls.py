"""Recalls: copies on their way are stopped, and offices that have theirs are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from contracts.notices import NoticeRecalled
from services.notifier.audit import row_of_recall
from services.notifier.ledger.bulk import BulkSelect, BulkUpdate, micros
from services.notifier.ledger.cancel import DELIVERIES, cancel
from services.notifier.ledger.items import store, unknown
from services.notifier.ledger.plan import Start
from services.notifier.ledger.receipts import receive
from services.notifier.ledger.rows import AnyRow, chunks, open_lanes, upsert
from services.notifier.ledger.stop_clocks import stop_for_recall
from services.notifier.ledger.tables import assignments, deliveries, recalls
from services.notifier.ledger.trail import write
from services.notifier.parcel import decode, encode_recall
from services.notifier.ports import Claim, Recalled, Taken
from services.notifier.recall import NOT_DELIVERED, taken_back

_SAID: Final = BulkSelect(recalls, "notice_id", "body", "at", "recall_id")
_ONE: Final = select(recalls.c.body, recalls.c.traceparent).where(recalls.c.recall_id == bindparam("id"))
_COPIES: Final = DELIVERIES.where(
    assignments.c.notice_id == bindparam("notice"),
    assignments.c.revision <= bindparam("revision"),
    assignments.c.recall_id.is_(None),
    assignments.c.about.is_(None),
)
_OF_ASSIGNMENTS: Final = DELIVERIES.where(assignments.c.assignment_id.in_(bindparam("ids", expanding=True)))
_NOT_BEGUN: Final = DELIVERIES.where(
    assignments.c.recalled_assignment_id.in_(bindparam("ids", expanding=True)),
    assignments.c.recall_id.is_not(None),
    deliveries.c.status.in_(("queued", "held")),
    deliveries.c.fence == 0,
)
_BODIES: Final = select(assignments.c.body).where(assignments.c.assignment_id.in_(bindparam("ids", expanding=True)))
_HASTEN: Final = BulkUpdate(deliveries, "delivery_id", "due_at")
_OPEN: Final = frozenset({"queued", "retrying", "held"})


@dataclass(frozen=True)
class Ended:
    """An attempt to deliver an assignment that was recalled has ended."""

    claim: Claim
    delivered: bool
    said: Sequence[NoticeRecalled]


def said_of(conn: Connection, notices: Iterable[str]) -> Mapping[str, Sequence[NoticeRecalled]]:
    """What was said of these notices, oldest first; notices of which nothing was said are left out."""
    found: dict[str, list[NoticeRecalled]] = defaultdict(list)
    for row in sorted(_SAID.run(conn, list(notices)), key=lambda row: (row.at, row.recall_id)):
        recall = NoticeRecalled.from_bytes(row.body)
        found[recall.notice_id].append(recall)
    return found


def listed(conn: Connection, notice_id: str, revision: int) -> list[NoticeRecalled]:
    """What was said of one revision of a notice, oldest first."""
    return [each for each in said_of(conn, [notice_id]).get(notice_id, ()) if each.means(revision)]


def carry_out(conn: Connection, said: Sequence[Recalled], now: datetime) -> int:
    """Carry out recalls; answer how many were new."""
    new = [each for each in said if _is_new(conn, each)]
    for each in new:
        recall = each.recall
        asked = {"notice": recall.notice_id, "revision": recall.revision}
        rows = conn.execute(_COPIES, asked).all()
        if recall.ends:
            cancel(conn, [row for row in rows if row.status in _OPEN], recall.action, now)
            stop_for_recall(conn, recall, now)
        _tell_offices(conn, each, _moments(rows, recall, now), now)
    write(conn, [row_of_recall(each.recall, now) for each in new])
    return len(new)


def after_attempts(conn: Connection, ended: Sequence[Ended], now: datetime) -> None:
    """Tell those who have their copy after all, and drop word for those whose attempt came to nothing."""
    for each in (each for each in ended if each.delivered):
        for recall in each.said:
            trace = conn.execute(_ONE, {"id": recall.recall_id}).one().traceparent
            _tell_offices(conn, Recalled(recall, trace), {each.claim.assignment_id: now}, now)
    delivered = {each.claim.assignment_id for each in ended if each.delivered}
    _hasten(conn, delivered, now)
    _drop(conn, {each.claim.assignment_id for each in ended} - delivered, now)


def after_release(conn: Connection, given_back: Iterable[Claim], now: datetime) -> None:
    """Drop word of a recall where the copy's attempt was never begun."""
    copies = [each for each in given_back if each.recall_id is None]
    said = said_of(conn, {each.notice_id for each in copies})
    _drop(conn, {each.assignment_id for each in copies if each.notice_id in said}, now)


def record_taken_back(conn: Connection, told: Iterable[Claim]) -> None:
    """Write a receipt 13 for every office that was now told that its copy is no longer in force."""
    for claim in told:
        row = conn.execute(_ONE, {"id": claim.recall_id}).one()
        recall = NoticeRecalled.from_bytes(row.body)
        if recall.ends:
            office = claim.parcel.endpoint.recipient_id
            receive(conn, taken_back(recall, claim.assignment_id, office, claim.revision), row.traceparent)


def _is_new(conn: Connection, said: Recalled) -> bool:
    recall = said.recall
    row = {
        "recall_id": recall.recall_id,
        "notice_id": recall.notice_id,
        "revision": recall.revision,
        "body": recall.to_bytes(),
        "traceparent": said.traceparent,
        "at": recall.at,
    }
    added = upsert(conn, recalls).values(row).on_conflict_do_nothing().returning(recalls.c.recall_id)
    return conn.execute(added).first() is not None


def _moments(rows: Sequence[AnyRow], recall: NoticeRecalled, now: datetime) -> dict[str, datetime]:
    """When each assignment's office is told: now where it has its copy, at the lease's end where it may get it yet.

    Where a lease ended and nobody ever learned of the attempt, it may have its copy too.
    """
    found: dict[str, datetime] = {}
    for row in rows:
        if row.status == "delivered":
            found[row.assignment_id] = now
        elif recall.ends and row.lease_until is not None:
            found[row.assignment_id] = max(row.lease_until, found.get(row.assignment_id, now))
    has_it = {row.assignment_id for row in rows if row.status == "delivered"}
    return {assignment: now if assignment in has_it else at for assignment, at in found.items()}


def _tell_offices(conn: Connection, said: Recalled, moments: Mapping[str, datetime], now: datetime) -> None:
    """Store the message for each of these assignments, due at its moment."""
    for part in chunks(moments):
        found = (_message(said, body) for body in conn.execute(_BODIES, {"ids": part}).scalars())
        new = unknown(conn, (each for each in found if each))
        queued = [(each, Start("queued", said.recall.action, moments[each.assignment.assignment_id])) for each in new]
        store(conn, queued, now)


def _message(said: Recalled, body: bytes) -> Taken | None:
    contents = decode(body)
    if contents is None:
        return None
    told = encode_recall(contents.assignment, contents.acknowledge_url, said.recall)
    return Taken(contents.assignment, told, said.traceparent, said.recall.recall_id)


def _hasten(conn: Connection, assignments_told: Iterable[str], now: datetime) -> None:
    """Word that waited for an attempt's end goes out at once."""
    rows = [row for part in chunks(assignments_told) for row in conn.execute(_NOT_BEGUN, {"ids": part})]
    late = [row for row in rows if row.status == "queued" and row.due_at is not None and row.due_at > now]
    _HASTEN.run(conn, [(row.delivery_id, micros(now)) for row in late])
    open_lanes(conn, [(row.endpoint_id, row.kind, row.rank) for row in late], now)


def _drop(conn: Connection, undelivered: Iterable[str], now: datetime) -> None:
    """Word of a recall is cancelled where no copy has arrived, and of no attempt nobody knows how it ended."""
    for part in chunks(undelivered):
        copies = conn.execute(_OF_ASSIGNMENTS, {"ids": part}).all()
        live = {row.assignment_id for row in copies if row.status == "delivered" or row.lease_until is not None}
        rows = conn.execute(_NOT_BEGUN, {"ids": [each for each in part if each not in live]}).all()
        cancel(conn, rows, NOT_DELIVERED, now)
