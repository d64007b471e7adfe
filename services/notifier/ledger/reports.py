"""Questions to the books that change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from contracts.deliveries import PRECEDENCE, STATE_OF, Status
from services.notifier.balance import Balance
from services.notifier.ledger.rows import AnyRow
from services.notifier.ledger.tables import assignments, deliveries, outbox
from services.notifier.ports import DeliveryQuery, DeliveryRow

_PLACE: Final[ColumnElement[int]] = case(
    {status: PRECEDENCE.index(state) for status, state in STATE_OF.items()}, value=deliveries.c.status
)
_BY_STATUS: Final = select(deliveries.c.status, func.count()).group_by(deliveries.c.status)
_WAITING: Final = select(func.coalesce(func.sum(outbox.c.messages), 0))


def deliveries_like(conn: Connection, query: DeliveryQuery) -> list[DeliveryRow]:
    """Deliveries that fit, newest change first."""
    statement = (
        select(
            deliveries,
            assignments.c.notice_id,
            assignments.c.recipient_id,
            assignments.c.recall_id,
            assignments.c.about,
            assignments.c.recalled_assignment_id,
            assignments.c.purged_at,
        )
        .join(assignments)
        .order_by(deliveries.c.changed_at.desc(), deliveries.c.delivery_id)
        .limit(query.limit)
    )
    if query.assignment_id is not None:
        own, told = assignments.c.assignment_id, assignments.c.recalled_assignment_id
        statement = statement.where(or_(own == query.assignment_id, told == query.assignment_id))
    wanted = {
        deliveries.c.delivery_id: query.delivery_id,
        assignments.c.notice_id: query.notice_id,
        assignments.c.recipient_id: query.recipient_id,
        deliveries.c.status: query.status,
        deliveries.c.reason: query.reason,
    }
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if query.since is not None:
        statement = statement.where(deliveries.c.changed_at >= query.since)
    return [_delivery(row) for row in conn.execute(statement)]


def balance(conn: Connection, notice_id: str | None) -> Balance:
    """Assignments by state: of several deliveries, the state that comes first in PRECEDENCE.

    Word of a recall, a reminder and a digest are no assignments.
    """
    counted_in: ColumnElement[bool] = assignments.c.recall_id.is_(None) & assignments.c.about.is_(None)
    if notice_id is not None:
        counted_in &= assignments.c.notice_id == notice_id
    place = func.min(_PLACE).label("place")
    per_assignment = select(place).join(assignments).where(counted_in).group_by(deliveries.c.assignment_id)
    total = select(func.count()).select_from(assignments).where(counted_in)
    places = per_assignment.subquery()
    counted: Select[Any] = select(places.c.place, func.count()).group_by(places.c.place)
    found: dict[int, int] = {row[0]: row[1] for row in conn.execute(counted)}
    states = {state: found.get(place, 0) for place, state in enumerate(PRECEDENCE)}
    return Balance(conn.execute(total).scalar_one(), states)


def counts(conn: Connection) -> tuple[Mapping[Status, int], int]:
    """Deliveries by status, and messages in the outbox."""
    by_status: dict[Status, int] = {row[0]: row[1] for row in conn.execute(_BY_STATUS)}
    return by_status, conn.execute(_WAITING).scalar_one()


def _delivery(row: AnyRow) -> DeliveryRow:
    waits = row.status in {"queued", "retrying"}
    return DeliveryRow(
        delivery_id=row.delivery_id,
        assignment_id=row.recalled_assignment_id or row.assignment_id,
        notice_id=row.notice_id,
        recipient_id=row.recipient_id,
        endpoint_id=row.endpoint_id,
        status=row.status,
        reason=row.reason,
        detail=row.detail,
        attempt=row.attempt,
        next_attempt_at=row.due_at if waits else None,
        changed_at=row.changed_at,
        recall_id=row.recall_id,
        about=row.about,
        purged_at=row.purged_at,
    )
