"""What several parts of the SQL ledger share: rows read as the notifier's own words, and portable upserts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from services.notifier.endpoint_options import options_of
from services.notifier.endpoints import Endpoint
from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.tables import assignments, lanes
from services.notifier.statuses import Change

T = TypeVar("T")
Told: TypeAlias = tuple[Change, str | None]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

CHUNK: Final = 500
"""Parameters of one IN list; SQLite allows 32,766."""

_OPEN: Final = BulkInsert(
    lanes,
    "endpoint_id",
    "kind",
    "rank",
    "due_at",
    "served_at",
    known="(endpoint_id, rank) DO UPDATE SET due_at = "
    "CASE WHEN lanes.due_at <= excluded.due_at THEN lanes.due_at ELSE excluded.due_at END",
)
TOLD_OF: Final[tuple[ColumnElement[Any], ...]] = (
    assignments.c.assignment_id,
    assignments.c.notice_id,
    assignments.c.revision,
    assignments.c.recipient_id,
    assignments.c.recipient_name,
    assignments.c.recall_id,
    assignments.c.about,
    assignments.c.recalled_assignment_id,
    assignments.c.traceparent,
)
"""What `change_of` reads of a row."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists of at most CHUNK."""
    rest = iter(items)
    while part := list(islice(rest, CHUNK)):
        yield part


def upsert(conn: Connection, table: Table) -> Any:
    """An INSERT that takes `on_conflict_…`, for the database at hand."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def open_lanes(
    conn: Connection, due: Iterable[tuple[str, str, int]], now: datetime, due_at: datetime | None = None
) -> None:
    """Make lanes (endpoint, kind, rank) due by `due_at` (default: now) at the latest, adding those that are new."""
    at = micros(now)
    by = at if due_at is None else micros(due_at)
    _OPEN.run(conn, [(endpoint, kind, rank, by, at) for endpoint, kind, rank in sorted(set(due))])


def endpoint_of(row: AnyRow) -> Endpoint:
    """An endpoint from a row that has all of its columns."""
    return Endpoint(
        endpoint_id=row.endpoint_id,
        recipient_id=row.recipient_id,
        kind=row.kind,
        target=row.target,
        secret=row.secret,
        name=row.name,
        state=row.state,
        created_at=row.created_at,
        options=options_of(row.options),
        secret_before=row.secret_before,
        secret_before_until=row.secret_before_until,
        credentials=row.credentials,
        place=row.place,
        failures=row.failures,
        failing_since=row.failing_since,
        no_information_since=row.no_information_since,
        unverified_since=row.unverified_since,
    )


def change_of(row: AnyRow, at: datetime, **news: Any) -> Told:
    """A status to tell, with its traceparent: the row's identity, and the news of it.

    The row has the columns TOLD_OF; the news are delivery_id, endpoint_id, endpoint_kind,
    status, reason and attempt, and may be detail and next_attempt_at.
    """
    change = Change(
        assignment_id=row.recalled_assignment_id or row.assignment_id,
        notice_id=row.notice_id,
        revision=row.revision,
        recipient_id=row.recipient_id,
        recipient_name=row.recipient_name,
        at=at,
        recall_id=row.recall_id,
        reminder=row.about,
        **{"detail": None, "next_attempt_at": None, **news},
    )
    return change, row.traceparent
