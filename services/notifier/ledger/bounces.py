"""Bounces: a delivery that its mail server had taken has failed after all."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, update

from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.bundles import members_of
from services.notifier.ledger.cancel import DELIVERIES, let_follow
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.rows import change_of
from services.notifier.ledger.tables import attempts, deliveries
from services.notifier.ports import BOUNCED, BounceEffect

_ONE: Final = DELIVERIES.add_columns(deliveries.c.reason).where(deliveries.c.delivery_id == bindparam("id"))
ORDER: Final[tuple[BounceEffect, ...]] = ("failed", "repeated", "over", "unknown")
"""What is answered of several: that any has failed comes first."""
_LOG: Final = BulkInsert(attempts, "delivery_id", "attempt", "result", "reason", "body", "duration_ms", "at")


def bounce(conn: Connection, message_id: str, words: str, now: datetime) -> BounceEffect:
    """Let what was in the message fail, a delivery or a bundle of them; an attempt in flight is outdated."""
    effects = {_bounce(conn, each, words, now) for each in members_of(conn, message_id) or [message_id]}
    return next(each for each in ORDER if each in effects)


def _bounce(conn: Connection, delivery_id: str, words: str, now: datetime) -> BounceEffect:
    row = conn.execute(_ONE, {"id": delivery_id}).one_or_none()
    if row is None or row.kind != "email" or not (row.attempt or row.lease_until):
        return "unknown"
    if row.status in {"failed", "cancelled"}:
        return "repeated" if row.reason == BOUNCED else "over"
    failed = {"status": "failed", "reason": BOUNCED, "detail": words}
    conn.execute(
        update(deliveries)
        .where(deliveries.c.delivery_id == delivery_id)
        .values(**failed, due_at=None, lease_until=None, fence=deliveries.c.fence + 1, changed_at=now)
    )
    _LOG.run(conn, [(delivery_id, row.attempt, "failed", BOUNCED, words, 0.0, micros(now))])
    place = {"delivery_id": delivery_id, "endpoint_id": row.endpoint_id, "endpoint_kind": row.kind}
    tell(conn, [change_of(row, now, **place, **failed, attempt=row.attempt)])
    let_follow(conn, [row], now)
    return "failed"
