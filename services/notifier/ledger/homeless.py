"""Assignments of offices without any endpoint: held until one is added, held again when the last one goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from contracts.identity import delivery_id
from services.notifier.endpoint_options import FILTERED, NO_FILTERS
from services.notifier.endpoints import DELIVERED_ELSEWHERE, HELD_BECAUSE, Endpoint
from services.notifier.information import can_be_left_out
from services.notifier.ledger.bulk import BulkUpdate, micros
from services.notifier.ledger.cancel import DELIVERIES, cancel
from services.notifier.ledger.items import add_deliveries
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.rows import AnyRow, change_of, chunks, endpoint_of, open_lanes
from services.notifier.ledger.tables import assignments, deliveries, endpoints
from services.notifier.parcel import Contents, decode
from services.notifier.turns import HANDED_OVER, first_in_turn

Pair: TypeAlias = tuple[AnyRow, Endpoint]
"""What is held, and an endpoint of its office."""

_homeless: Final = and_(deliveries.c.endpoint_id.is_(None), deliveries.c.status == "held")
_put_off: Final = and_(
    deliveries.c.status == "queued",
    deliveries.c.reason.in_(("endpoint_added", HANDED_OVER)),
    deliveries.c.fence == 0,
    deliveries.c.due_at > bindparam("now"),
)
_WAITING: Final = DELIVERIES.where(_homeless, assignments.c.recipient_id.in_(bindparam("offices", expanding=True)))
_HOLD_AGAIN: Final = BulkUpdate(deliveries, "delivery_id", "status", "reason", "changed_at")
_NEEDLESS: Final = DELIVERIES.where(
    assignments.c.assignment_id.in_(bindparam("ids", expanding=True)), or_(_homeless, _put_off)
)
_IN_FLIGHT: Final = (
    select(deliveries.c.assignment_id, func.max(deliveries.c.lease_until))
    .where(
        deliveries.c.assignment_id.in_(bindparam("ids", expanding=True)), deliveries.c.lease_until > bindparam("now")
    )
    .group_by(deliveries.c.assignment_id)
)
_LEFT: Final = select(endpoints).where(endpoints.c.recipient_id == bindparam("office"), endpoints.c.state != "removed")
_AT_THESE: Final = select(deliveries.c.assignment_id).where(
    deliveries.c.assignment_id.in_(bindparam("ids", expanding=True)),
    deliveries.c.endpoint_id.in_(bindparam("endpoints", expanding=True)),
)
_BODIES: Final = select(assignments.c.assignment_id, assignments.c.body).where(
    assignments.c.assignment_id.in_(bindparam("ids", expanding=True))
)
_DELIVERED: Final = select(deliveries.c.assignment_id).where(
    deliveries.c.assignment_id.in_(bindparam("ids", expanding=True)), deliveries.c.status == "delivered"
)


def house(conn: Connection, new: Sequence[Endpoint], now: datetime) -> None:
    """Turn what was held for these offices into deliveries to their new endpoints."""
    places: dict[str, list[Endpoint]] = defaultdict(list)
    for each in new:
        places[each.recipient_id].append(each)
    for offices in chunks(sorted(places)):
        rows = conn.execute(_WAITING, {"offices": offices}).all()
        done = delivered_of(conn, [row.assignment_id for row in rows])
        open_rows = [row for row in rows if row.assignment_id not in done]
        cancel(conn, [row for row in rows if row.assignment_id in done], DELIVERED_ELSEWHERE, now)
        pairs = [(row, place) for row in open_rows for place in places[row.recipient_id]]
        wanted = let_through(conn, pairs)
        housed = {row.delivery_id for row, _ in wanted}
        cancel(conn, [row for row in open_rows if row.delivery_id in housed], "endpoint_added", now)
        cancel(conn, [row for row in open_rows if row.delivery_id not in housed], FILTERED, now)
        queue_for(conn, wanted, now)


def let_through(conn: Connection, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """Those whose endpoint wants what is held; the bodies are read only where an endpoint does not want all."""
    filtering = [row.assignment_id for row, place in pairs if _is_choosy(place)]
    if not filtering:
        return pairs
    bodies = {
        each.assignment_id: each.body for part in chunks(filtering) for each in conn.execute(_BODIES, {"ids": part})
    }
    contents = {each: decode(body) for each, body in bodies.items()}
    return [(row, place) for row, place in pairs if _wants(place, contents.get(row.assignment_id))]


def _is_choosy(place: Endpoint) -> bool:
    return place.options.filters != NO_FILTERS or place.no_information_since is not None


def _wants(place: Endpoint, contents: Contents | None) -> bool:
    if contents is None:
        return True
    if place.no_information_since and not contents.recall and can_be_left_out(contents.assignment):
        return False
    return place.options.filters.let_through(contents.assignment, contents.event_type)


def let_go(conn: Connection, delivered: Iterable[str], now: datetime) -> None:
    """End what waits for these assignments: an attempt in flight at a removed endpoint delivered them after all."""
    for part in chunks(delivered):
        cancel(conn, conn.execute(_NEEDLESS, {"ids": part, "now": now}).all(), DELIVERED_ELSEWHERE, now)


def rehouse(conn: Connection, office: str, cancelled: Iterable[AnyRow], now: datetime) -> None:
    """What a removed endpoint leaves goes to those that stand, or is held where the office has none left.

    Not what the office has by another way, nor what one of those that stand has had its turn with.
    """
    rows = {row.assignment_id: row for row in cancelled}
    for assignment in delivered_of(conn, list(rows)):
        rows.pop(assignment, None)
    left = [endpoint_of(row) for row in conn.execute(_LEFT, {"office": office})]
    if left:
        _pass_on(conn, rows, left, now)
    else:
        _hold(conn, rows, now)


def _pass_on(conn: Connection, rows: Mapping[str, AnyRow], left: Sequence[Endpoint], now: datetime) -> None:
    asked = {"endpoints": [each.endpoint_id for each in left]}
    known = {each for part in chunks(rows) for each in conn.execute(_AT_THESE, {"ids": part, **asked}).scalars()}
    wanting: dict[str, list[Endpoint]] = defaultdict(list)
    for row, place in let_through(conn, [(row, at) for key, row in rows.items() if key not in known for at in left]):
        wanting[row.assignment_id].append(place)
    pairs = [(rows[key], place) for key, places in wanting.items() for place in first_in_turn(places)]
    queue_for(conn, pairs, now, HANDED_OVER)


def _hold(conn: Connection, rows: Mapping[str, AnyRow], now: datetime) -> None:
    held = [(_news(row, None, "held", "no_endpoint", now), row.rank) for row in rows.values()]
    if not held:
        return
    add_deliveries(conn, [(change, rank) for (change, _), rank in held])
    _HOLD_AGAIN.run(conn, [(change.delivery_id, change.status, change.reason, micros(now)) for (change, _), _ in held])
    tell(conn, [told for told, _ in held])


def queue_for(conn: Connection, pairs: Sequence[Pair], now: datetime, reason: str = "endpoint_added") -> None:
    """Queue for other endpoints; where an attempt at an earlier one is still in flight, not before its lease ends."""
    ids = {row.assignment_id for row, _ in pairs}
    busy = {each: end for part in chunks(ids) for each, end in conn.execute(_IN_FLIGHT, {"ids": part, "now": now})}
    queued = [(_to(row, place, busy.get(row.assignment_id, now), now, reason), row.rank) for row, place in pairs]
    add_deliveries(conn, [(change, rank) for (change, _), rank in queued])
    due = [(place.endpoint_id, place.kind, row.rank) for row, place in pairs if place.state == "active"]
    open_lanes(conn, due, now)
    tell(conn, [told for told, _ in queued])


def _to(row: AnyRow, place: Endpoint, due_at: datetime, now: datetime, reason: str) -> Any:
    held = HELD_BECAUSE.get(place.state)
    if held:
        return _news(row, place, "held", held, now)
    return _news(row, place, "queued", reason, now, due_at=due_at)


def delivered_of(conn: Connection, ids: Iterable[str]) -> set[str]:
    """Those of these items that arrived at some endpoint."""
    return {each for part in chunks(ids) for each in conn.execute(_DELIVERED, {"ids": part}).scalars()}


def _news(
    row: AnyRow,
    place: Endpoint | AnyRow | None,
    status: str,
    reason: str,
    now: datetime,
    *,
    due_at: datetime | None = None,
) -> Any:
    endpoint = place.endpoint_id if place else None
    return change_of(
        row,
        now,
        delivery_id=delivery_id(row.assignment_id, endpoint),
        endpoint_id=endpoint,
        endpoint_kind=place.kind if place else None,
        status=status,
        reason=reason,
        attempt=0,
        next_attempt_at=due_at,
    )
