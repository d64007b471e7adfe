"""Deliveries that an operator takes in hand: tried again, or given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from services.notifier.endpoints import HELD_BECAUSE
from services.notifier.ledger.bulk import BulkUpdate, micros
from services.notifier.ledger.cancel import DELIVERIES, cancel
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.recalls import said_of
from services.notifier.ledger.rows import AnyRow, Told, change_of, chunks, open_lanes
from services.notifier.ledger.tables import assignments, attempts, deliveries, endpoints
from services.notifier.ports import AttemptRow
from services.notifier.recall import ended_by
from services.notifier.schedule import STRUGGLING

REPLAYED: Final = "replayed"
BY_OPERATOR: Final = "cancelled_by_operator"
_CHOSEN: Final = DELIVERIES.add_columns(endpoints.c.state, assignments.c.purged_at).where(
    deliveries.c.delivery_id.in_(bindparam("ids", expanding=True))
)
_ATTEMPTS: Final = (
    select(attempts).where(attempts.c.delivery_id == bindparam("id")).order_by(attempts.c.at, attempts.c.attempt_id)
)
_NO_PAUSE: Final = (
    update(endpoints)
    .where(endpoints.c.endpoint_id.in_(bindparam("ids", expanding=True)), endpoints.c.failures >= STRUGGLING)
    .values(not_before=None)
)
"""Whoever tries again says that it is mended: the endpoint is probed at once."""
_AGAIN: Final = BulkUpdate(
    deliveries, "delivery_id", "status", "reason", "due_at", "attempts_before", "changed_at", "bundle_id"
)
"""It goes alone: its bundle's message with other contents would be taken for a repetition of the first."""


def attempts_of(conn: Connection, delivery_id: str) -> list[AttemptRow]:
    """Every attempt of one delivery, oldest first."""
    return [
        AttemptRow(row.attempt, row.result, row.reason, row.body, row.duration_ms, row.at)
        for row in conn.execute(_ATTEMPTS, {"id": delivery_id})
    ]


def retry(conn: Connection, delivery_ids: Sequence[str], now: datetime, pace_s: float) -> list[str]:
    """Begin the schedules of these anew, one every `pace_s`; the ids of those that can be tried."""
    rows = [row for row in _rows(conn, delivery_ids) if _can_be_tried(row, now)]
    said = said_of(conn, {row.notice_id for row in rows if row.recall_id is None})
    standing = [row for row in rows if row.recall_id or ended_by(row.revision, said.get(row.notice_id, ())) is None]
    again = [(row, _again(row, now + timedelta(seconds=place * pace_s), now)) for place, row in enumerate(standing)]
    _AGAIN.run(conn, [_update(row, told) for row, told in again])
    for part in chunks({row.endpoint_id for row in standing}):
        conn.execute(_NO_PAUSE, {"ids": part})
    open_lanes(conn, [(row.endpoint_id, row.kind, row.rank) for row in standing if row.state == "active"], now)
    tell(conn, [told for _, told in again])
    return [row.delivery_id for row in standing]


def give_up(conn: Connection, delivery_ids: Sequence[str], now: datetime) -> list[str]:
    """Cancel these; the ids of those that were neither delivered nor cancelled before."""
    rows = [row for row in _rows(conn, delivery_ids) if row.status not in {"delivered", "cancelled"}]
    cancel(conn, rows, BY_OPERATOR, now)
    return [row.delivery_id for row in rows]


def _rows(conn: Connection, delivery_ids: Iterable[str]) -> list[AnyRow]:
    """The deliveries of these ids, in this order."""
    wanted = list(dict.fromkeys(delivery_ids))
    found = {row.delivery_id: row for part in chunks(wanted) for row in conn.execute(_CHOSEN, {"ids": part})}
    return [found[each] for each in wanted if each in found]


def _can_be_tried(row: AnyRow, now: datetime) -> bool:
    """Whether it has an endpoint to go to, is not over, its text is kept, and no attempt is in flight."""
    in_flight = row.lease_until is not None and row.lease_until > now
    if row.purged_at is not None:
        return False
    return row.state not in {None, "removed"} and row.status in {"failed", "retrying", "queued"} and not in_flight


def _again(row: AnyRow, due_at: datetime, now: datetime) -> Told:
    held = HELD_BECAUSE.get(row.state)
    return change_of(
        row,
        now,
        delivery_id=row.delivery_id,
        endpoint_id=row.endpoint_id,
        endpoint_kind=row.kind,
        status="held" if held else "queued",
        reason=held or REPLAYED,
        attempt=row.attempt,
        next_attempt_at=None if held else due_at,
    )


def _update(row: AnyRow, told: Told) -> tuple[Any, ...]:
    change, _ = told
    due_at = micros(change.next_attempt_at)
    return row.delivery_id, change.status, change.reason, due_at, row.attempt, micros(change.at), None
