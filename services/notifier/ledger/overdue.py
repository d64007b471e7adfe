"""What is owed and was not given by its time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from services.notifier.ledger.rows import AnyRow
from services.notifier.ledger.tables import assignments, clocks
from services.notifier.parcel import facts_of
from services.notifier.ports import OverdueQuery, OverdueRow

_OWED: Final = (
    select(clocks, assignments.c.recipient_name, assignments.c.body)
    .join(assignments, assignments.c.assignment_id == clocks.c.assignment_id)
    .where(clocks.c.settled.is_(None), clocks.c.track != "misaddressed", clocks.c.owed_at <= bindparam("now"))
    .order_by(clocks.c.owed_at, clocks.c.assignment_id, clocks.c.track)
)


def overdue(conn: Connection, query: OverdueQuery, now: datetime) -> list[OverdueRow]:
    """What fits, longest overdue first."""
    statement = _OWED.limit(query.limit)
    wanted = {
        clocks.c.notice_id: query.notice_id,
        clocks.c.recipient_id: query.recipient_id,
        clocks.c.issuer_id: query.issuer_id,
    }
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    return [_row(row) for row in conn.execute(statement, {"now": now})]


def _row(row: AnyRow) -> OverdueRow:
    return OverdueRow(
        assignment_id=row.assignment_id,
        notice_id=row.notice_id,
        number=facts_of(row.body).number,
        recipient_id=row.recipient_id,
        recipient_name=row.recipient_name,
        owes=row.track,
        since=row.owed_at,
        issuer_id=row.issuer_id,
        digest_id=row.digest_id,
    )
