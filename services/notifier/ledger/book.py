"""Endpoints: added, paused, disabled, removed, and what that does to their open deliveries."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Update, bindparam, delete, select, update

from contracts.deliveries import Status
from services.notifier.bundle import GATHERED
from services.notifier.endpoint_options import options_of
from services.notifier.endpoints import HELD_BECAUSE, Endpoint, State
from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.bundles import wait_on
from services.notifier.ledger.homeless import house, rehouse
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.rows import TOLD_OF, AnyRow, change_of, chunks, endpoint_of, open_lanes
from services.notifier.ledger.standby import hand_over, standbys_for, take_from_unverified
from services.notifier.ledger.tables import assignments, challenges, deliveries, endpoints
from services.notifier.turns import HANDED_OVER

_STANDING: Final = select(endpoints).where(endpoints.c.state != "removed")
_ONE: Final = _STANDING.where(endpoints.c.endpoint_id == bindparam("id"))
_OF_OFFICES: Final = _STANDING.where(endpoints.c.recipient_id.in_(bindparam("offices", expanding=True)))
_ADD: Final = BulkInsert(
    endpoints,
    "endpoint_id",
    "recipient_id",
    "kind",
    "target",
    "secret",
    "name",
    "state",
    "failures",
    "created_at",
    "options",
    "credentials",
    "place",
    "unverified_since",
)
_ASK: Final = BulkInsert(challenges, "endpoint_id", "tries", "due_at")
_OPEN: Final = (
    select(
        deliveries.c.delivery_id,
        deliveries.c.endpoint_id,
        deliveries.c.rank,
        deliveries.c.attempt,
        deliveries.c.lease_until,
        deliveries.c.fence,
        deliveries.c.bundle_id,
        *TOLD_OF,
    )
    .join(assignments)
    .where(deliveries.c.endpoint_id == bindparam("id"), deliveries.c.status.in_(("queued", "retrying", "held")))
)
_MOVE: Final = (
    update(deliveries)
    .where(deliveries.c.delivery_id == bindparam("b_delivery_id"))
    .values(
        status=bindparam("b_status"),
        reason=bindparam("b_reason"),
        due_at=bindparam("b_due_at", type_=Moment),
        changed_at=bindparam("b_now"),
    )
)


class _Move(NamedTuple):
    """What becomes of an open delivery when the state of its endpoint changes."""

    row: AnyRow
    status: Status
    reason: str
    due_at: datetime | None


def add(conn: Connection, wanted: Sequence[Endpoint], now: datetime) -> list[Endpoint]:
    """Add endpoints that the offices do not have yet, and queue what waited for them."""
    offices = sorted({each.recipient_id for each in wanted})
    rows = (row for part in chunks(offices) for row in conn.execute(_OF_OFFICES, {"offices": part}))
    known = {_place(each): each for each in map(endpoint_of, rows)}
    new = {_place(each): each for each in reversed(wanted) if _place(each) not in known}
    _ADD.run(conn, [_row(each) for each in new.values()])
    _ASK.run(conn, [(each.endpoint_id, 0, micros(now)) for each in new.values() if each.unverified_since])
    house(conn, list(new.values()), now)
    take_from_unverified(conn, [each for each in new.values() if each.state == "active"], now)
    standing = known | new
    return [standing[_place(each)] for each in wanted]


def _place(endpoint: Endpoint) -> tuple[str, str, str]:
    return endpoint.recipient_id, endpoint.kind, endpoint.target


def _row(each: Endpoint) -> tuple[Any, ...]:
    return (
        each.endpoint_id,
        each.recipient_id,
        each.kind,
        each.target,
        each.secret,
        each.name,
        each.state,
        0,
        micros(each.created_at),
        each.options.stored(),
        each.credentials,
        each.place,
        micros(each.unverified_since),
    )


def listed(conn: Connection, recipient_id: str | None, limit: int) -> list[Endpoint]:
    """Endpoints that are not removed, oldest first."""
    query = _STANDING.order_by(endpoints.c.created_at, endpoints.c.endpoint_id).limit(limit)
    if recipient_id is not None:
        query = query.where(endpoints.c.recipient_id == recipient_id)
    return [endpoint_of(row) for row in conn.execute(query)]


def one(conn: Connection, endpoint_id: str) -> Endpoint | None:
    """One endpoint that is not removed."""
    row = conn.execute(_ONE, {"id": endpoint_id}).one_or_none()
    return endpoint_of(row) if row else None


def amend(conn: Connection, changes: Sequence[tuple[Endpoint, Endpoint]]) -> list[str]:
    """Write what differs; the ids of the endpoints in which it was until now as it is said to have been."""
    return [new.endpoint_id for was, new in changes if conn.execute(_amendment(was, new)).rowcount]


def _amendment(was: Endpoint, new: Endpoint) -> Update:
    before = _chosen(was)
    changed = {name: value for name, value in _chosen(new).items() if value != before[name]}
    # Options may have been written in an older version's words, so there the last word stands.
    same = (endpoints.c[name].is_not_distinct_from(before[name]) for name in changed.keys() - {"options"})
    standing = (endpoints.c.endpoint_id == was.endpoint_id, endpoints.c.state != "removed")
    return update(endpoints).where(*standing, *same).values(changed or {"state": endpoints.c.state})


def _chosen(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "options": endpoint.options.stored(),
        "secret": endpoint.secret,
        "secret_before": endpoint.secret_before,
        "secret_before_until": endpoint.secret_before_until,
        "credentials": endpoint.credentials,
        "place": endpoint.place,
    }


def set_state(conn: Connection, endpoint_id: str, state: State, now: datetime) -> Endpoint | None:
    """Change the state, and move the open deliveries with it.

    Those of one that takes nothing any more go on at the office's next endpoint, if it has one; attempts in flight
    come to their end first. One that was never verified becomes `unverified` where it is to be active.
    """
    row = conn.execute(_ONE, {"id": endpoint_id}).one_or_none()
    if row is None:
        return None
    if state == "active" and row.unverified_since is not None:
        state = "unverified"
    if row.state == state:
        return endpoint_of(row)
    _write_state(conn, endpoint_id, state)
    moved = conn.execute(_OPEN, {"id": endpoint_id}).all()
    idle = [each.delivery_id for each in moved if each.lease_until is None or each.lease_until <= now]
    pairs = standbys_for(conn, idle) if state in {"disabled", "removed"} else ()
    if state == "active":
        _let_go_on(conn, moved, row, now)
    else:
        _stop(conn, moved, row.kind, state, now, handed_over={each.delivery_id for each, _ in pairs})
    hand_over(conn, pairs, now)
    if state == "removed":
        rehouse(conn, row.recipient_id, moved, now)
    changed = replace(endpoint_of(row), state=state)
    if state == "active":
        take_from_unverified(conn, [changed], now)
    return changed


def _write_state(conn: Connection, endpoint_id: str, state: State) -> None:
    values: dict[str, Any] = {"state": state}
    if state == "active":
        values |= {"failures": 0, "not_before": None, "failing_since": None}
    if state == "removed":
        conn.execute(delete(challenges).where(challenges.c.endpoint_id == endpoint_id))
        values |= dict.fromkeys(("secret", "secret_before", "credentials", "name", "options")) | {"target": ""}
    conn.execute(update(endpoints).where(endpoints.c.endpoint_id == endpoint_id).values(**values))


def _let_go_on(conn: Connection, rows: Sequence[AnyRow], place: AnyRow, now: datetime) -> None:
    """Queue what waited, each not before its lease or its window ends."""
    waiting = wait_on(conn, place.endpoint_id, options_of(place.options).digest, rows, now)
    moves = [
        _Move(row, "queued", GATHERED, waiting[row.delivery_id])
        if row.delivery_id in waiting
        else _Move(row, "queued", "resumed", max(row.lease_until or now, now))
        for row in rows
    ]
    _move(conn, moves, place.kind, now)
    open_lanes(conn, [(place.endpoint_id, place.kind, row.rank) for row in rows], now)


def _stop(
    conn: Connection, rows: Iterable[AnyRow], kind: str, state: State, now: datetime, *, handed_over: Container[str]
) -> None:
    over: tuple[Status, str] = ("cancelled", HANDED_OVER)
    others: tuple[Status, str] = (
        ("cancelled", "endpoint_removed") if state == "removed" else ("held", HELD_BECAUSE[state])
    )
    moves = [_Move(row, *(over if row.delivery_id in handed_over else others), None) for row in rows]
    _move(conn, moves, kind, now)


def _move(conn: Connection, moves: Sequence[_Move], kind: str, now: datetime) -> None:
    if not moves:
        return
    changes, told = [], []
    for row, status, reason, due_at in moves:
        change = {"b_status": status, "b_reason": reason, "b_due_at": due_at, "b_now": now}
        changes.append({"b_delivery_id": row.delivery_id, **change})
        news = {"status": status, "reason": reason, "attempt": row.attempt, "next_attempt_at": due_at}
        place = {"delivery_id": row.delivery_id, "endpoint_id": row.endpoint_id, "endpoint_kind": kind}
        told.append(change_of(row, now, **place, **news))
    conn.execute(_MOVE, changes)
    tell(conn, told)
