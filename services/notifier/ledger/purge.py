"""What goes after its period. Rows stay: answers, texts, names and addresses are taken out of them.

What can go is found by walking deliveries that are over by when that was, along an index that is there anyway: nothing
is written for it while deliveries are made. Each step is small; whoever purges asks again in the transaction itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    or_,
    select,
    union_all,
    update,
)

from contracts.receipts import ReceiptRecorded
from services.notifier.kept import nameless, reduced
from services.notifier.ledger.begin_clocks import UNREAD
from services.notifier.ledger.bulk import BulkUpdate, micros
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.rows import AnyRow
from services.notifier.ledger.tables import (
    assignments,
    attempts,
    audit,
    clocks,
    deliveries,
    holds,
    receipts,
)
from services.notifier.retention import Due, Mark, What, without_addresses

_OVER: Final = ("cancelled", "delivered", "failed")
_TAKEN_BACK: Final = "13"
"""A receipt that names who recalled: the issuer's own act."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE: Final = bindparam("before", type_=Moment)
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_FREE: Final = assignments.c.notice_id.not_in(select(holds.c.notice_id))
_siblings = deliveries.alias()


def _past(at: ColumnElement[Any], ident: ColumnElement[Any]) -> ColumnElement[bool]:
    """Old enough, and further than the mark."""
    mark = bindparam("mark_at", type_=Moment)
    beyond = or_(at > mark, and_(at == mark, ident > bindparam("mark_id")))
    return and_(at <= _BEFORE, at >= mark, beyond)


def _walk_of(status: str) -> Select[Any]:
    of = (
        select(deliveries.c.delivery_id, deliveries.c.assignment_id, deliveries.c.changed_at.label("at"))
        .where(deliveries.c.status == status, _past(deliveries.c.changed_at, deliveries.c.delivery_id))
        .order_by(deliveries.c.changed_at, deliveries.c.delivery_id)
        .limit(bindparam("most"))
    )
    return select(of.subquery())


_steps = union_all(*map(_walk_of, _OVER)).subquery()
_WALK: Final = select(_steps).order_by(_steps.c.at, _steps.c.delivery_id).limit(bindparam("most"))
_ANSWERS: Final = (
    select(deliveries.c.delivery_id)
    .join(assignments)
    .where(
        deliveries.c.delivery_id.in_(_IDS),
        deliveries.c.status.in_(_OVER),
        deliveries.c.changed_at <= _BEFORE,
        _FREE,
        or_(
            deliveries.c.detail.is_not(None),
            exists().where(attempts.c.delivery_id == deliveries.c.delivery_id, attempts.c.body.is_not(None)),
        ),
    )
)
_NOT_OVER: Final = exists().where(
    _siblings.c.assignment_id == assignments.c.assignment_id,
    or_(_siblings.c.status.not_in(_OVER), _siblings.c.changed_at > _BEFORE),
)
_TICKING: Final = exists().where(
    clocks.c.assignment_id == assignments.c.assignment_id,
    or_(clocks.c.due_at.is_not(None), and_(clocks.c.settled.is_(None), clocks.c.owed_at > _BEFORE)),
)
_BODIES: Final = select(assignments.c.assignment_id, assignments.c.body).where(
    assignments.c.assignment_id.in_(_IDS),
    assignments.c.purged_at.is_(None),
    _FREE,
    ~_NOT_OVER,
    ~_TICKING,
    ~UNREAD,
)
_NAMED: Final = (
    select(receipts.c.receipt_id, receipts.c.body)
    .join(assignments)
    .where(receipts.c.purged_at.is_(None), receipts.c.at <= _BEFORE, receipts.c.code != _TAKEN_BACK, _FREE)
)
_NAMES: Final = _NAMED.where(receipts.c.assignment_id.in_(_IDS))
_THESE_NAMES: Final = _NAMED.where(receipts.c.receipt_id.in_(_IDS))
_HELD_DEED: Final = or_(
    exists().where(holds.c.notice_id == audit.c.on_id),
    exists().where(
        deliveries.c.delivery_id == audit.c.on_id,
        assignments.c.assignment_id == deliveries.c.assignment_id,
        assignments.c.notice_id == holds.c.notice_id,
    ),
    exists().where(
        receipts.c.receipt_id == audit.c.on_id,
        assignments.c.assignment_id == receipts.c.assignment_id,
        assignments.c.notice_id == holds.c.notice_id,
    ),
)
_DEEDS: Final = (
    select(audit.c.audit_id, audit.c.at)
    .where(_past(audit.c.at, audit.c.audit_id))
    .order_by(audit.c.at, audit.c.audit_id)
    .limit(bindparam("most"))
)
_ADDRESSES: Final = select(audit.c.audit_id, audit.c.detail).where(
    audit.c.audit_id.in_(_IDS), audit.c.at <= _BEFORE, audit.c.detail.contains("@"), ~_HELD_DEED
)
_NO_ANSWERS: Final = update(attempts).where(attempts.c.delivery_id.in_(_IDS)).values(body=None)
_NO_DETAILS: Final = update(deliveries).where(deliveries.c.delivery_id.in_(_IDS)).values(detail=None)
_REDUCE: Final = BulkUpdate(assignments, "assignment_id", "body", "purged_at")
_UNNAME: Final = BulkUpdate(receipts, "receipt_id", "body", "purged_at")
_UNADDRESS: Final = BulkUpdate(clocks, "assignment_id", "track", "detail", keys=2)
_MASK: Final = BulkUpdate(audit, "audit_id", "detail")


def due(conn: Connection, what: What, before: datetime, after: Mark | None, most: int) -> Due:
    """One step of the walk: what of it can be purged."""
    if what == "audit":
        return _due_deeds(conn, before, after, most)
    walked = conn.execute(_WALK, _asked(before, after, most)).all()
    ids = list({row.delivery_id if what == "answers" else row.assignment_id for row in walked})
    found = [row[0] for row in conn.execute(_FIND[what], {"ids": ids, "before": before})] if ids else []
    return Due(found, Mark(walked[-1].at, walked[-1].delivery_id) if len(walked) == most else None)


def _due_deeds(conn: Connection, before: datetime, after: Mark | None, most: int) -> Due:
    asked = _asked(before, after, most)
    rows = conn.execute(_DEEDS, {**asked, "mark_id": int(asked["mark_id"] or 0)}).all()
    ids = [row.audit_id for row in rows]
    found = conn.execute(_ADDRESSES, {"ids": ids, "before": before}).all() if ids else []
    mark = Mark(rows[-1].at, str(rows[-1].audit_id)) if len(rows) == most else None
    return Due([str(row.audit_id) for row in found], mark)


def _asked(before: datetime, after: Mark | None, most: int) -> dict[str, Any]:
    begun = after or Mark(_EPOCH, "")
    return {"before": before, "most": most, "mark_at": begun.at, "mark_id": begun.ident}


def purge(conn: Connection, what: What, ids: Sequence[str], before: datetime, now: datetime) -> int:
    """Purge these, as far as they can go still."""
    if not ids:
        return 0
    keys = list(map(int, ids)) if what == "audit" else list(ids)
    rows = conn.execute(_AGAIN[what], {"ids": keys, "before": before}).all()
    with _overwriting(conn):
        _CARRY_OUT[what](conn, rows, now)
    return len(rows)


@contextmanager
def _overwriting(conn: Connection) -> Iterator[None]:
    """SQLite writes zeros over what goes; other writers of this connection are left as they were."""
    if conn.dialect.name != "sqlite":
        yield
        return
    before = conn.exec_driver_sql("PRAGMA secure_delete").scalar()
    conn.exec_driver_sql("PRAGMA secure_delete = ON").close()
    try:
        yield
    finally:
        conn.exec_driver_sql(f"PRAGMA secure_delete = {before}").close()


def _purge_answers(conn: Connection, rows: Sequence[AnyRow], _: datetime) -> None:
    for statement in (_NO_ANSWERS, _NO_DETAILS):
        conn.execute(statement, {"ids": [row.delivery_id for row in rows]})


def _purge_bodies(conn: Connection, rows: Sequence[AnyRow], now: datetime) -> None:
    _REDUCE.run(conn, [(row.assignment_id, reduced(row.body, now), micros(now)) for row in rows])


def _purge_names(conn: Connection, rows: Sequence[AnyRow], now: datetime) -> None:
    said = [(row.receipt_id, nameless(ReceiptRecorded.from_bytes(row.body))) for row in rows]
    _UNNAME.run(conn, [(ident, each.to_bytes(), micros(now)) for ident, each in said])
    refused = {each.assignment_id: each.reason for _, each in said if each.misaddressed}
    _UNADDRESS.run(conn, [(ident, "misaddressed", reason) for ident, reason in refused.items()])


def _purge_addresses(conn: Connection, rows: Sequence[AnyRow], _: datetime) -> None:
    _MASK.run(conn, [(row.audit_id, without_addresses(row.detail)) for row in rows])


_FIND: Final[Mapping[What, Select[Any]]] = {"answers": _ANSWERS, "bodies": _BODIES, "names": _NAMES}
_AGAIN: Final[Mapping[What, Select[Any]]] = {
    "answers": _ANSWERS,
    "bodies": _BODIES,
    "names": _THESE_NAMES,
    "audit": _ADDRESSES,
}
_CARRY_OUT: Final[Mapping[What, Callable[[Connection, Sequence[AnyRow], datetime], None]]] = {
    "answers": _purge_answers,
    "bodies": _purge_bodies,
    "names": _purge_names,
    "audit": _purge_addresses,
}
