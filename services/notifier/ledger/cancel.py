"""Deliveries that are called off, and what waited for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from services.notifier.endpoint_options import options_of
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.rows import TOLD_OF, AnyRow, Told, change_of, open_lanes
from services.notifier.ledger.tables import assignments, deliveries, endpoints

DELIVERIES: Final = (
    select(
        deliveries.c.delivery_id,
        deliveries.c.endpoint_id,
        endpoints.c.kind,
        deliveries.c.rank,
        deliveries.c.status,
        deliveries.c.attempt,
        deliveries.c.due_at,
        deliveries.c.lease_until,
        endpoints.c.options,
        *TOLD_OF,
    )
    .join(assignments)
    .outerjoin(endpoints, endpoints.c.endpoint_id == deliveries.c.endpoint_id)
)
"""Deliveries with what is told of them, to be narrowed down."""
_CANCEL: Final = (
    update(deliveries)
    .where(deliveries.c.delivery_id == bindparam("b_delivery_id"))
    .values(status="cancelled", reason=bindparam("b_reason"), due_at=None, changed_at=bindparam("b_now"))
)


def cancel(conn: Connection, rows: Sequence[AnyRow], reason: str, now: datetime) -> None:
    """Cancel these DELIVERIES. An attempt in flight may still say that one arrived."""
    if rows:
        conn.execute(_CANCEL, [{"b_delivery_id": row.delivery_id, "b_reason": reason, "b_now": now} for row in rows])
        tell(conn, [_cancelled(row, reason, now) for row in rows])
        let_follow(conn, rows, now)


def let_follow(conn: Connection, gone: Iterable[AnyRow], now: datetime) -> None:
    """What waited for these DELIVERIES at an endpoint that wants its notices in order need not wait for their time."""
    waiting = (row for row in gone if row.due_at is not None and row.options is not None)
    ordered = [row for row in waiting if options_of(row.options).ordered]
    open_lanes(conn, [(row.endpoint_id, row.kind, row.rank) for row in ordered], now)


def _cancelled(row: AnyRow, reason: str, now: datetime) -> Told:
    place = {"delivery_id": row.delivery_id, "endpoint_id": row.endpoint_id, "endpoint_kind": row.kind}
    return change_of(row, now, **place, status="cancelled", reason=reason, attempt=row.attempt)
