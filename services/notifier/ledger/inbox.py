"""Assignments come in: stored once, with one delivery per endpoint of the office, or one held for want of any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from contracts.deliveries import Status
from contracts.identity import delivery_id
from services.notifier.endpoints import HELD_BECAUSE
from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.rows import AnyRow, Told, chunks, open_lanes
from services.notifier.ledger.tables import assignments, deliveries, endpoints
from services.notifier.parcel import decode
from services.notifier.ports import Taken
from services.notifier.schedule import URGENCY_RANKS
from services.notifier.statuses import Change

_KNOWN: Final = select(assignments.c.assignment_id).where(
    assignments.c.assignment_id.in_(bindparam("ids", expanding=True))
)
_OF_OFFICES: Final = select(endpoints).where(
    endpoints.c.recipient_id.in_(bindparam("offices", expanding=True)), endpoints.c.state != "removed"
)
_ADD: Final = BulkInsert(
    assignments,
    "assignment_id",
    "notice_id",
    "revision",
    "recipient_id",
    "recipient_name",
    "rank",
    "body",
    "traceparent",
    "taken_at",
)
_ADD_DELIVERIES: Final = BulkInsert(
    deliveries,
    "delivery_id",
    "assignment_id",
    "endpoint_id",
    "rank",
    "status",
    "reason",
    "attempt",
    "due_at",
    "fence",
    "changed_at",
)
_ONE: Final = select(assignments.c.body, assignments.c.traceparent).where(
    assignments.c.assignment_id == bindparam("id")
)


def take(conn: Connection, arrived: Sequence[Taken], now: datetime) -> int:
    """Store what is new and its deliveries; answer how many assignments that were."""
    new = _unknown(conn, arrived)
    _ADD.run(conn, [_assignment_row(each, now) for each in new])
    at = _endpoints_of(conn, {each.assignment.recipient.recipient_id for each in new})
    planned = [pair for each in new for pair in _deliveries(each, at[each.assignment.recipient.recipient_id], now)]
    add_deliveries(conn, [(change, rank) for (change, _), rank in planned])
    open_lanes(conn, _due_lanes(new, at), now)
    tell(conn, [told for told, _ in planned])
    return len(new)


def taken(conn: Connection, assignment_id: str) -> Taken | None:
    """An assignment that came in."""
    row = conn.execute(_ONE, {"id": assignment_id}).one_or_none()
    contents = decode(row.body) if row else None
    return Taken(contents.assignment, row.body, row.traceparent) if row and contents else None


def _unknown(conn: Connection, arrived: Sequence[Taken]) -> list[Taken]:
    by_id = {each.assignment.assignment_id: each for each in arrived}
    for part in chunks(list(by_id)):
        for known in conn.execute(_KNOWN, {"ids": part}).scalars():
            del by_id[known]
    return list(by_id.values())


def _endpoints_of(conn: Connection, offices: Iterable[str]) -> dict[str, list[AnyRow]]:
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for part in chunks(sorted(offices)):
        for row in conn.execute(_OF_OFFICES, {"offices": part}):
            found[row.recipient_id].append(row)
    return found


def add_deliveries(conn: Connection, new: Sequence[tuple[Change, int]]) -> None:
    """Insert deliveries, each from the status that tells of it and its rank."""
    _ADD_DELIVERIES.run(conn, [_delivery_row(change, rank) for change, rank in new])


def _assignment_row(item: Taken, now: datetime) -> tuple[Any, ...]:
    assignment = item.assignment
    return (
        assignment.assignment_id,
        assignment.notice_id,
        assignment.revision,
        assignment.recipient.recipient_id,
        assignment.recipient.name,
        URGENCY_RANKS[assignment.urgency],
        item.body,
        item.traceparent,
        micros(now),
    )


def _due_lanes(new: Sequence[Taken], at: dict[str, list[AnyRow]]) -> Iterable[tuple[str, str, int]]:
    for each in new:
        for place in at[each.assignment.recipient.recipient_id]:
            if place.state == "active":
                yield place.endpoint_id, place.kind, URGENCY_RANKS[each.assignment.urgency]


def _deliveries(item: Taken, places: Sequence[AnyRow], now: datetime) -> Iterable[tuple[Told, int]]:
    if not places:
        yield _delivery(item, None, "held", "no_endpoint", now)
    for place in places:
        held = HELD_BECAUSE.get(place.state)
        yield _delivery(item, place, "held" if held else "queued", held or "routed", now)


def _delivery(item: Taken, place: AnyRow | None, status: Status, reason: str, now: datetime) -> tuple[Told, int]:
    assignment = item.assignment
    endpoint = place.endpoint_id if place else None
    change = Change(
        delivery_id=delivery_id(assignment.assignment_id, endpoint),
        assignment_id=assignment.assignment_id,
        notice_id=assignment.notice_id,
        revision=assignment.revision,
        recipient_id=assignment.recipient.recipient_id,
        recipient_name=assignment.recipient.name,
        endpoint_id=endpoint,
        endpoint_kind=place.kind if place else None,
        status=status,
        reason=reason,
        detail=None,
        attempt=0,
        next_attempt_at=now if status == "queued" else None,
        at=now,
    )
    return (change, item.traceparent), URGENCY_RANKS[assignment.urgency]


def _delivery_row(change: Change, rank: int) -> tuple[Any, ...]:
    return (
        change.delivery_id,
        change.assignment_id,
        change.endpoint_id,
        rank,
        change.status,
        change.reason,
        0,
        micros(change.next_attempt_at),
        0,
        micros(change.at),
    )
