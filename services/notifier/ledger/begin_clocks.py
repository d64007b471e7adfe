"""Clocks begin when a copy has arrived. On the delivery's way nothing is done: its attempt is read later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, func, literal, null, select, update

from contracts.receipts import ReceiptCode
from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.recalls import said_of
from services.notifier.ledger.rows import AnyRow, chunks, upsert
from services.notifier.ledger.tables import assignments, attempts, clocks, cursors, deliveries, receipts
from services.notifier.owed import Copy, Due, Terms, first_dues
from services.notifier.parcel import Facts, facts_of
from services.notifier.recall import ended_by

_READER: Final = "clocks"
_READ: Final = func.coalesce(select(cursors.c.attempt_id).where(cursors.c.name == _READER).scalar_subquery(), 0)
_LAST: Final = select(_READ, func.coalesce(func.max(attempts.c.attempt_id), 0))
_BEGINS: Final = (attempts.c.result == "delivered", assignments.c.recall_id.is_(None), assignments.c.about.is_(None))
"""Which attempts begin a clock: those with which a copy arrived."""
_ARRIVED: Final = (
    select(
        attempts.c.attempt_id,
        assignments.c.assignment_id,
        literal("word").label("track"),
        assignments.c.notice_id,
        assignments.c.revision,
        assignments.c.recipient_id,
        attempts.c.at.label("delivered_at"),
        attempts.c.at.label("due_at"),
        null().label("detail"),
    )
    .select_from(attempts)
    .join(deliveries, deliveries.c.delivery_id == attempts.c.delivery_id)
    .join(assignments, assignments.c.assignment_id == deliveries.c.assignment_id)
    .where(attempts.c.attempt_id > bindparam("read"), *_BEGINS)
    .order_by(attempts.c.attempt_id)
    .limit(bindparam("most"))
)
_of_copy = deliveries.alias()
UNREAD: Final = exists().where(
    _of_copy.c.assignment_id == assignments.c.assignment_id,
    attempts.c.delivery_id == _of_copy.c.delivery_id,
    attempts.c.attempt_id > _READ,
    *_BEGINS,
)
"""An assignment arrived since attempts were last read: its clock is to begin."""
_BODIES: Final = select(assignments.c.assignment_id, assignments.c.body).where(
    assignments.c.assignment_id.in_(bindparam("ids", expanding=True))
)
_SAID: Final = (
    select(receipts.c.assignment_id, receipts.c.code)
    .where(receipts.c.assignment_id.in_(bindparam("ids", expanding=True)))
    .order_by(receipts.c.at)
)
_SUPERSEDE: Final = (
    update(clocks)
    .where(
        clocks.c.notice_id == bindparam("b_notice_id"),
        clocks.c.recipient_id == bindparam("b_recipient_id"),
        clocks.c.revision < bindparam("b_revision"),
        clocks.c.settled.is_(None),
    )
    .values(settled="superseded", due_at=None)
)
_FORGET: Final = delete(clocks).where(
    clocks.c.assignment_id.in_(bindparam("ids", expanding=True)), clocks.c.track == bindparam("track")
)
_ADD: Final = BulkInsert(
    clocks,
    "assignment_id",
    "track",
    "notice_id",
    "revision",
    "recipient_id",
    "issuer_id",
    "delivered_at",
    "owed_at",
    "step",
    "due_at",
    "detail",
)


def begin_arrived(conn: Connection, terms: Terms, most: int) -> int:
    """Begin the clocks of copies that arrived since; answer of how many. A clock that runs already goes on."""
    read, last = conn.execute(_LAST).one()
    rows = conn.execute(_ARRIVED, {"read": read, "most": most}).all()
    begin(conn, rows, terms)
    now_read = rows[-1].attempt_id if len(rows) == most else last
    if now_read > read:
        statement = upsert(conn, cursors).values(name=_READER, attempt_id=now_read)
        own = {"attempt_id": statement.excluded.attempt_id}
        conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=own))
    return len(rows)


def begin(conn: Connection, rows: Sequence[AnyRow], terms: Terms) -> None:
    """Work out what is owed by when; what was said or recalled before is not."""
    if not rows:
        return
    said, facts = _codes(conn, rows), _facts(conn, rows)
    recalled = said_of(conn, {row.notice_id for row in rows})
    forget(conn, [row for row in rows if row.track != "word"])
    made: list[tuple[Any, ...]] = []
    for row in rows:
        if ended_by(row.revision, recalled.get(row.notice_id, ())) is None:
            its = facts[row.assignment_id]
            dues = first_dues(row.track, copy_of(row, its), said[row.assignment_id], row.due_at, terms)
            made += [_row(row, track, due, its.issuer_id) for track, due in dues]
    _ADD.run(conn, made)
    newer = [row for row in rows if row.revision > 1 and row.track == "word"]
    if newer:
        conn.execute(_SUPERSEDE, [_older(row) for row in newer])


def copy_of(row: AnyRow, facts: Facts) -> Copy:
    """The copy of a clock, as the rules want it."""
    return Copy(facts.urgency, facts.deadline, row.delivered_at)


def forget(conn: Connection, rows: Sequence[AnyRow]) -> None:
    """Delete these clocks."""
    for track in {row.track for row in rows}:
        for part in chunks(row.assignment_id for row in rows if row.track == track):
            conn.execute(_FORGET, {"ids": part, "track": track})


def _facts(conn: Connection, rows: Iterable[AnyRow]) -> Mapping[str, Facts]:
    ids = {row.assignment_id for row in rows}
    return {key: facts_of(body) for part in chunks(ids) for key, body in conn.execute(_BODIES, {"ids": part})}


def _codes(conn: Connection, rows: Iterable[AnyRow]) -> Mapping[str, list[ReceiptCode]]:
    found: dict[str, list[ReceiptCode]] = defaultdict(list)
    for part in chunks({row.assignment_id for row in rows}):
        for assignment_id, code in conn.execute(_SAID, {"ids": part}):
            found[assignment_id].append(code)
    return found


def _row(row: AnyRow, track: str, due: Due, issuer_id: str | None) -> tuple[Any, ...]:
    moments = (micros(row.delivered_at), micros(due.owed_at))
    ids = (row.assignment_id, track, row.notice_id, row.revision, row.recipient_id, issuer_id)
    return (*ids, *moments, due.step, micros(due.at), row.detail)


def _older(row: AnyRow) -> dict[str, Any]:
    return {"b_notice_id": row.notice_id, "b_recipient_id": row.recipient_id, "b_revision": row.revision}
