"""Claims: whose turn it is, under a lease with a fencing number.

A lane is the queue of one endpoint at one urgency. Lanes are served hỏa tốc first, then the longest
unserved first; each gives a few deliveries at a time, so that no endpoint waits for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from contracts.deliveries import EndpointKind
from services.notifier.endpoints import STRUGGLING, Endpoint
from services.notifier.ledger.bulk import Bulk, micros
from services.notifier.ledger.rows import AnyRow, endpoint_of
from services.notifier.ledger.tables import Moment, assignments, deliveries, endpoints, lanes
from services.notifier.parcel import Parcel
from services.notifier.ports import Claim

_LEASED: Final = (
    select(func.count())
    .where(deliveries.c.endpoint_id == lanes.c.endpoint_id, deliveries.c.lease_until > bindparam("now"))
    .scalar_subquery()
)
_ALLOWED: Final = case((endpoints.c.failures >= STRUGGLING, 1), else_=bindparam("per_endpoint"))
_IN_TURN: Final = (
    select(endpoints, lanes.c.rank, (_ALLOWED - _LEASED).label("free"))
    .join(endpoints, endpoints.c.endpoint_id == lanes.c.endpoint_id)
    .where(
        lanes.c.kind == bindparam("kind"),
        lanes.c.due_at <= bindparam("now"),
        endpoints.c.state == "active",
        or_(endpoints.c.not_before.is_(None), endpoints.c.not_before <= bindparam("now")),
        _ALLOWED > _LEASED,
    )
    .order_by(lanes.c.rank, lanes.c.served_at)
    .limit(bindparam("want"))
)
_OF_LANE: Final = (
    select(
        deliveries,
        assignments.c.notice_id,
        assignments.c.body,
        assignments.c.traceparent,
        assignments.c.taken_at,
    )
    .join(assignments)
    .where(
        deliveries.c.endpoint_id == bindparam("endpoint_id"),
        deliveries.c.rank == bindparam("rank"),
        deliveries.c.due_at.is_not(None),
    )
    .order_by(deliveries.c.due_at)
    .limit(bindparam("most"))
)
_LEASE: Final = Bulk(
    update(deliveries)
    .where(deliveries.c.delivery_id == bindparam("b_delivery_id"))
    .values(fence=bindparam("b_fence"), due_at=bindparam("b_until"), lease_until=bindparam("b_lease")),
    "b_until",
    "b_lease",
    "b_fence",
    "b_delivery_id",
)
_SERVE: Final = Bulk(
    update(lanes)
    .where(and_(lanes.c.endpoint_id == bindparam("b_endpoint_id"), lanes.c.rank == bindparam("b_rank")))
    .values(due_at=bindparam("b_due_at"), served_at=bindparam("b_now")),
    "b_due_at",
    "b_now",
    "b_endpoint_id",
    "b_rank",
)
_RELEASE: Final = (
    update(deliveries)
    .where(
        deliveries.c.delivery_id == bindparam("b_delivery_id"),
        deliveries.c.fence == bindparam("b_fence"),
        deliveries.c.lease_until.is_not(None),
    )
    .values(due_at=case((deliveries.c.due_at.is_not(None), bindparam("b_now", type_=Moment))), lease_until=None)
)
_HASTEN: Final = (
    update(lanes)
    .where(
        lanes.c.endpoint_id == bindparam("b_endpoint_id"),
        or_(lanes.c.due_at.is_(None), lanes.c.due_at > bindparam("b_due_at")),
    )
    .values(due_at=bindparam("b_due_at"))
)


def claim(
    conn: Connection, kind: EndpointKind, now: datetime, *, want: int, per_endpoint: int, lease: timedelta
) -> list[Claim]:
    """Lease at most `want` deliveries, in turn."""
    until = now + lease
    claims: list[Claim] = []
    served: list[tuple[Any, ...]] = []
    room: dict[str, int] = {}
    asked = {"kind": kind, "now": now, "per_endpoint": per_endpoint, "want": want}
    for lane in conn.execute(_IN_TURN, asked).all():
        most = min(room.get(lane.endpoint_id, lane.free), want - len(claims))
        if most <= 0:
            continue
        due, rest = _look(conn, lane, most, now)
        room[lane.endpoint_id] = most - len(due)
        place = endpoint_of(lane)
        claims += [_claim(place, row) for row in due]
        next_due = rest.due_at if rest else None
        if due:
            next_due = min(next_due or until, until)
        served.append((micros(next_due), micros(now), lane.endpoint_id, lane.rank))
    lease_end = micros(until)
    _LEASE.run(conn, [(lease_end, lease_end, each.fence, each.parcel.delivery_id) for each in claims])
    _SERVE.run(conn, served)
    return claims


def release(conn: Connection, claims: Sequence[Claim], now: datetime) -> None:
    """Give claims back untried: they are due at once."""
    if claims:
        keys = [{"b_delivery_id": each.parcel.delivery_id, "b_fence": each.fence, "b_now": now} for each in claims]
        conn.execute(_RELEASE, keys)
        hasten(conn, {each.parcel.endpoint.endpoint_id: now for each in claims})


def hasten(conn: Connection, due: dict[str, datetime]) -> None:
    """Make the lanes of these endpoints look for work at that moment, or earlier."""
    if due:
        conn.execute(_HASTEN, [{"b_endpoint_id": each, "b_due_at": at} for each, at in due.items()])


def _look(conn: Connection, lane: AnyRow, most: int, now: datetime) -> tuple[Sequence[AnyRow], AnyRow | None]:
    """The due rows at the head of a lane, and the first row that was not taken."""
    head = {"endpoint_id": lane.endpoint_id, "rank": lane.rank, "most": most + 1}
    rows = conn.execute(_OF_LANE, head).all()
    due = [row for row in rows[:most] if row.due_at <= now]
    return due, rows[len(due)] if len(rows) > len(due) else None


def _claim(place: Endpoint, row: AnyRow) -> Claim:
    return Claim(
        parcel=Parcel(row.delivery_id, place, row.body, row.traceparent),
        assignment_id=row.assignment_id,
        notice_id=row.notice_id,
        attempt=row.attempt + 1,
        fence=row.fence + 1,
        taken_at=row.taken_at,
        reclaimed=row.lease_until is not None,
    )
