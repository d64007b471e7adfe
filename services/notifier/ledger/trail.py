"""The audit trail in the ledger: rows are only ever added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, insert, or_, select

from services.notifier.audit import AuditQuery, AuditRow, Deed, rows_of_endpoint
from services.notifier.endpoints import Endpoint
from services.notifier.ledger.book import one
from services.notifier.ledger.tables import audit

P = ParamSpec("P")
T = TypeVar("T")
_NEWEST_FIRST: Final = select(audit).order_by(audit.c.at.desc(), audit.c.audit_id.desc())


def audited(
    change: Callable[Concatenate[Connection, P], T], rows: Callable[[T], Sequence[AuditRow]]
) -> Callable[Concatenate[Connection, P], T]:
    """The change, and what it was, written down in its own transaction."""

    def carry_out(conn: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        made = change(conn, *args, **kwargs)
        write(conn, rows(made))
        return made

    return carry_out


def audited_change(
    change: Callable[Concatenate[Connection, str, P], Endpoint | None], deed: Deed | None
) -> Callable[Concatenate[Connection, str, P], Endpoint | None]:
    """The same for a change of one endpoint: what leaves it as it was is not written down."""

    def carry_out(conn: Connection, endpoint_id: str, /, *args: P.args, **kwargs: P.kwargs) -> Endpoint | None:
        was = one(conn, endpoint_id) if deed else None
        made = change(conn, endpoint_id, *args, **kwargs)
        write(conn, rows_of_endpoint(deed, made if made != was else None))
        return made

    return carry_out


def write(conn: Connection, rows: Sequence[AuditRow]) -> None:
    """Add rows."""
    if rows:
        conn.execute(
            insert(audit),
            [
                {
                    "at": each.at,
                    "who_id": each.who_id,
                    "who": each.who,
                    "what": each.what,
                    "on_id": each.on,
                    "detail": each.detail,
                }
                for each in rows
            ],
        )


def listed(conn: Connection, query: AuditQuery) -> list[AuditRow]:
    """Rows that fit, newest first."""
    asked = _NEWEST_FIRST.limit(query.limit)
    if query.since is not None:
        asked = asked.where(audit.c.at >= query.since)
    if query.who is not None:
        asked = asked.where(or_(audit.c.who == query.who, audit.c.who_id == query.who))
    if query.what is not None:
        asked = asked.where(audit.c.what == query.what)
    return [AuditRow(row.at, row.who_id, row.who, row.what, row.on_id, row.detail) for row in conn.execute(asked)]
