"""Assignments come in, each once; those of a notice that was recalled before them go no further."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from services.notifier.ledger.items import Start, store, unknown
from services.notifier.ledger.recalls import said_of
from services.notifier.ledger.tables import assignments
from services.notifier.parcel import decode
from services.notifier.ports import Taken
from services.notifier.recall import ended_by

_ONE: Final = select(assignments.c.body, assignments.c.traceparent).where(
    assignments.c.assignment_id == bindparam("id")
)


def take(conn: Connection, arrived: Sequence[Taken], now: datetime) -> int:
    """Store what is new and its deliveries; answer how many assignments that were."""
    new = unknown(conn, arrived)
    said = said_of(conn, {each.assignment.notice_id for each in new})
    routed = Start("queued", "routed", now)
    starts = []
    for each in new:
        action = ended_by(each.assignment.revision, said.get(each.assignment.notice_id, ()))
        starts.append((each, Start("cancelled", action, None) if action else routed))
    store(conn, starts, now)
    return len(new)


def taken(conn: Connection, assignment_id: str) -> Taken | None:
    """An assignment that came in."""
    row = conn.execute(_ONE, {"id": assignment_id}).one_or_none()
    contents = decode(row.body) if row else None
    return Taken(contents.assignment, row.body, row.traceparent) if row and contents else None
