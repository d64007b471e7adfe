"""Clocks begin when a copy has arrived. On the delivery's way that is only noted; what is owed is worked out later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, literal, null, select, update

from contracts.receipts import ReceiptCode
from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.recalls import said_of
from services.notifier.ledger.rows import AnyRow, chunks
from services.notifier.ledger.tables import arrived, assignments, clocks, receipts
from services.notifier.owed import Copy, Due, Terms, first_dues
from services.notifier.parcel import Facts, facts_of
from services.notifier.ports import Outcome
from services.notifier.recall import ended_by

_NOTE: Final = BulkInsert(arrived, "assignment_id", "at")
_ARRIVED: Final = (
    select(
        arrived.c.assignment_id,
        literal("word").label("track"),
        assignments.c.notice_id,
        assignments.c.revision,
        assignments.c.recipient_id,
        arrived.c.at.label("delivered_at"),
        arrived.c.at.label("due_at"),
        null().label("detail"),
    )
    .join(assignments, assignments.c.assignment_id == arrived.c.assignment_id)
    .limit(bindparam("most"))
)
_TAKEN: Final = delete(arrived).where(arrived.c.assignment_id.in_(bindparam("ids", expanding=True)))
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


def note_arrivals(conn: Connection, delivered: Iterable[Outcome]) -> None:
    """Note that copies arrived: their clocks are to begin. One that runs already goes on."""
    _NOTE.run(conn, [(each.claim.assignment_id, micros(each.at)) for each in delivered if each.claim.is_copy])


def begin_arrived(conn: Connection, terms: Terms, most: int) -> int:
    """Begin the clocks of copies that arrived; answer of how many."""
    rows = conn.execute(_ARRIVED, {"most": most}).all()
    begin(conn, rows, terms)
    for part in chunks(row.assignment_id for row in rows):
        conn.execute(_TAKEN, {"ids": part})
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
