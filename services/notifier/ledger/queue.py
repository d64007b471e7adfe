"""Claims: whose turn it is, under a lease with a fencing number.

A lane is the queue of one endpoint at one urgency. Lanes are served hỏa tốc first, then the longest
unserved first; each gives a few deliveries at a time, so that no endpoint waits for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from contracts.deliveries import EndpointKind
from services.notifier.endpoints import Endpoint
from services.notifier.ledger.bulk import BulkUpdate, micros
from services.notifier.ledger.bundles import close
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.recalls import after_release
from services.notifier.ledger.rows import TOLD_OF, AnyRow, chunks, endpoint_of
from services.notifier.ledger.tables import assignments, deliveries, endpoints, lanes
from services.notifier.parcel import Parcel
from services.notifier.ports import Claim
from services.notifier.schedule import STRUGGLING, share_of

_LEASED: Final = (
    select(func.count())
    .where(deliveries.c.endpoint_id == lanes.c.endpoint_id, deliveries.c.lease_until > bindparam("now"))
    .scalar_subquery()
)
_ORDERED: Final = endpoints.c.options.like('%"ordered":true%')
_ALLOWED: Final = case((endpoints.c.failures >= STRUGGLING, 1), (_ORDERED, 1), else_=bindparam("per_endpoint"))
_TURN: Final = (
    select(
        lanes.c.endpoint_id,
        lanes.c.rank,
        lanes.c.served_at,
        (_ALLOWED - _LEASED).label("free"),
        _LEASED.label("leased"),
        case((_ORDERED, 1), else_=0).label("ordered"),
    )
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
    .subquery()
)
_queued = deliveries.alias()
_HEAD: Final = (
    select(_queued.c.delivery_id)
    .where(
        _queued.c.endpoint_id == _TURN.c.endpoint_id,
        _queued.c.rank == _TURN.c.rank,
        _queued.c.due_at.is_not(None),
    )
    .order_by(_queued.c.due_at)
    .limit(bindparam("share") + 1)
    .correlate(_TURN)
)
_LANES: Final = select(func.count()).select_from(_TURN)
_HEADS: Final = (
    select(
        _TURN.c.endpoint_id,
        _TURN.c.rank,
        _TURN.c.free,
        _TURN.c.leased,
        _TURN.c.ordered,
        deliveries.c.delivery_id,
        deliveries.c.due_at,
    )
    .select_from(_TURN)
    .outerjoin(deliveries, deliveries.c.delivery_id.in_(_HEAD))
    .order_by(_TURN.c.rank, _TURN.c.served_at, _TURN.c.endpoint_id, deliveries.c.due_at)
)
_EARLIEST: Final = (
    select(deliveries.c.delivery_id, deliveries.c.due_at)
    .join(assignments, assignments.c.assignment_id == deliveries.c.assignment_id)
    .where(
        deliveries.c.endpoint_id == bindparam("endpoint"),
        deliveries.c.rank == bindparam("rank"),
        deliveries.c.due_at.is_not(None),
    )
    .order_by(assignments.c.taken_at, deliveries.c.delivery_id)
    .limit(2)
)
"""The next two of an endpoint that wants its notices in order: the one to deliver, and what follows it."""
_DETAILS: Final = (
    select(
        endpoints,
        deliveries.c.delivery_id,
        deliveries.c.rank,
        deliveries.c.attempt,
        deliveries.c.attempts_before,
        deliveries.c.fence,
        deliveries.c.lease_until,
        deliveries.c.bundle_id,
        *TOLD_OF,
        assignments.c.body,
        assignments.c.taken_at,
    )
    .select_from(deliveries)
    .join(assignments, assignments.c.assignment_id == deliveries.c.assignment_id)
    .join(endpoints, endpoints.c.endpoint_id == deliveries.c.endpoint_id)
    .where(deliveries.c.delivery_id.in_(bindparam("ids", expanding=True)))
)
_LEASE: Final = BulkUpdate(deliveries, "delivery_id", "fence", "due_at", "lease_until")
_SERVE: Final = BulkUpdate(lanes, "endpoint_id", "rank", "due_at", "served_at", keys=2)
_RELEASE: Final = (
    update(deliveries)
    .where(
        deliveries.c.delivery_id == bindparam("b_delivery_id"),
        deliveries.c.fence == bindparam("b_fence"),
        deliveries.c.lease_until.is_not(None),
    )
    .values(
        due_at=case((deliveries.c.due_at.is_not(None), bindparam("b_due_at", type_=Moment))),
        lease_until=bindparam("b_lease_end", type_=Moment),
    )
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
    due_lanes = lanes_due(conn, kind, now, want=want, per_endpoint=per_endpoint)
    if not due_lanes:
        return []
    share = share_of(want, due_lanes, per_endpoint)
    # A lane whose endpoint has its share in hand takes no turn, or it would keep others from theirs.
    asked = {"kind": kind, "now": now, "per_endpoint": share, "want": want, "share": share}
    taken: list[str] = []
    served: list[tuple[Any, ...]] = []
    room: dict[str, int] = {}
    for (endpoint_id, rank), rows in groupby(conn.execute(_HEADS, asked).all(), key=lambda row: (row[0], row[1])):
        if len(taken) >= want:
            break
        head = list(rows)
        left = room.get(endpoint_id, head[0].free)
        most = max(min(left, want - len(taken)), 0)
        asked_for = {"endpoint": endpoint_id, "rank": rank}
        queued = conn.execute(_EARLIEST, asked_for).all() if head[0].ordered else head
        due, next_due = _look(queued, most, now, until)
        room[endpoint_id] = most - len(due)
        taken += due
        served.append((endpoint_id, rank, micros(next_due), micros(now)))
    claims = _claims(conn, taken)
    bundles = {each.bundle for each in claims if each.bundle}
    if bundles:
        claims += _claims(conn, [each for each in close(conn, bundles, now) if each not in taken])
    lease_end = micros(until)
    _LEASE.run(conn, [(each.parcel.delivery_id, each.fence, lease_end, lease_end) for each in claims])
    _SERVE.run(conn, served)
    return claims


def lanes_due(conn: Connection, kind: EndpointKind, now: datetime, *, want: int, per_endpoint: int) -> int:
    """How many lanes have something to claim, `want` at most."""
    asked = {"kind": kind, "now": now, "per_endpoint": per_endpoint, "want": want}
    return int(conn.execute(_LANES, asked).scalar_one())


def release(conn: Connection, claims: Sequence[Claim], now: datetime, *, begun: bool) -> None:
    """Give claims back: they are due at once. A lease that was begun ends now; one that was not never was."""
    _give_back(conn, [(each, now) for each in claims], now, begun=begun)


def postpone(conn: Connection, claims: Sequence[tuple[Claim, datetime]], now: datetime) -> None:
    """Give claims back untried, each due at its moment."""
    _give_back(conn, claims, now, begun=False)


def _give_back(conn: Connection, claims: Sequence[tuple[Claim, datetime]], now: datetime, *, begun: bool) -> None:
    """One that was begun, now or under an earlier lease, stays so."""
    keys: list[dict[str, Any]] = []
    due: dict[str, datetime] = {}
    for each, at in claims:
        key = {"b_delivery_id": each.parcel.delivery_id, "b_fence": each.fence}
        keys.append({**key, "b_due_at": at, "b_lease_end": now if begun or each.reclaimed else None})
        place = each.parcel.endpoint.endpoint_id
        due[place] = min(at, due.get(place, at))
    if keys:
        conn.execute(_RELEASE, keys)
        hasten(conn, due)
        after_release(conn, [each for each, _ in claims], now)


def hasten(conn: Connection, due: dict[str, datetime]) -> None:
    """Make the lanes of these endpoints look for work at that moment, or earlier."""
    if due:
        conn.execute(_HASTEN, [{"b_endpoint_id": each, "b_due_at": at} for each, at in due.items()])


def _look(head: Sequence[AnyRow], most: int, now: datetime, until: datetime) -> tuple[list[str], datetime | None]:
    """The due deliveries at the head of a lane, and when the lane is to be looked at again."""
    queued = [row for row in head if row.due_at is not None]
    due = [row.delivery_id for row in queued[:most] if row.due_at <= now]
    later = [row.due_at for row in queued[len(due) :]][:1]
    if due:
        later.append(until)
    return due, min(later, default=None)


def _claims(conn: Connection, taken: Sequence[str]) -> list[Claim]:
    """The claims on these deliveries, in this order."""
    found: dict[str, AnyRow] = {}
    places: dict[str, Endpoint] = {}
    for part in chunks(taken):
        for row in conn.execute(_DETAILS, {"ids": part}):
            found[row.delivery_id] = row
            if row.endpoint_id not in places:
                places[row.endpoint_id] = endpoint_of(row)
    return [_claim(places[found[each].endpoint_id], found[each]) for each in taken]


def _claim(place: Endpoint, row: AnyRow) -> Claim:
    return Claim(
        parcel=Parcel(row.delivery_id, place, row.body, row.traceparent, row.rank),
        assignment_id=row.recalled_assignment_id or row.assignment_id,
        notice_id=row.notice_id,
        revision=row.revision,
        recipient_name=row.recipient_name,
        attempt=row.attempt + 1,
        tries=row.attempt + 1 - row.attempts_before,
        fence=row.fence + 1,
        taken_at=row.taken_at,
        reclaimed=row.lease_until is not None,
        recall_id=row.recall_id,
        about=row.about,
        bundle=row.bundle_id,
    )
