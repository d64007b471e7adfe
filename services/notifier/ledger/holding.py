"""Notices that are held back from purging."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, select

from services.notifier.ledger.rows import upsert
from services.notifier.ledger.tables import holds
from services.notifier.retention import Hold

_ALL: Final = select(holds).order_by(holds.c.at, holds.c.notice_id)


def hold(conn: Connection, wanted: Hold) -> bool:
    """Hold a notice back; False where it is already."""
    row = {"notice_id": wanted.notice_id, "reason": wanted.reason, "who": wanted.who, "at": wanted.at}
    added = upsert(conn, holds).values(row).on_conflict_do_nothing().returning(holds.c.notice_id)
    return conn.execute(added).first() is not None


def release(conn: Connection, notice_id: str) -> bool:
    """Let it go again; False where it was not held."""
    return bool(conn.execute(delete(holds).where(holds.c.notice_id == notice_id)).rowcount)


def listed(conn: Connection) -> list[Hold]:
    """All that are held, oldest first."""
    return [Hold(row.notice_id, row.reason, row.who, row.at) for row in conn.execute(_ALL)]
