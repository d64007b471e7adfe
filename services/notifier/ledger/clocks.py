"""The clocks of what offices owe: each step is taken once, in one transaction with what it sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from contracts.overdue import AssignmentOverdue
from contracts.receipts import ReceiptCode
from services.notifier.ledger.bulk import BulkInsert, BulkUpdate, micros
from services.notifier.ledger.digests import book_digests, write_digests
from services.notifier.ledger.items import Start, store, unknown
from services.notifier.ledger.outbox import tell_overdue
from services.notifier.ledger.recalls import said_of
from services.notifier.ledger.rows import AnyRow, chunks
from services.notifier.ledger.tables import assignments, clocks, deliveries, receipts
from services.notifier.owed import Copy, Due, Reminder, Terms, first_dues, take_step
from services.notifier.parcel import Facts, Reminded, decode, encode_reminder, facts_of
from services.notifier.ports import Rung, Taken
from services.notifier.recall import ended_by

_DUE: Final = (
    select(clocks)
    .where(clocks.c.due_at <= bindparam("now"))
    .order_by(clocks.c.due_at, clocks.c.assignment_id)
    .limit(bindparam("most"))
)
_BODIES: Final = select(assignments.c.assignment_id, assignments.c.body, assignments.c.traceparent).where(
    assignments.c.assignment_id.in_(bindparam("ids", expanding=True))
)
_SAID: Final = (
    select(receipts.c.assignment_id, receipts.c.code)
    .where(receipts.c.assignment_id.in_(bindparam("ids", expanding=True)))
    .order_by(receipts.c.at)
)
_DELIVERED: Final = select(deliveries.c.assignment_id).where(
    deliveries.c.assignment_id.in_(bindparam("ids", expanding=True)), deliveries.c.status == "delivered"
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
_MOVE: Final = BulkUpdate(clocks, "assignment_id", "track", "step", "due_at", keys=2)


class _Copied(NamedTuple):
    """A copy that an office has."""

    body: bytes
    traceparent: str | None
    facts: Facts


def ring(conn: Connection, terms: Terms, now: datetime, most: int) -> Rung:
    """Do what is due; digests are written once no clock is due any more, so that they miss no office."""
    rows = conn.execute(_DUE, {"now": now, "most": most}).all()
    copies = _copies(conn, rows)
    standing = _standing(conn, rows)
    _begin(conn, [row for row in standing if row.step == "begin"], copies, terms)
    reminded, late = _step(conn, [row for row in standing if row.step != "begin"], copies, terms, now)
    _MOVE.run(conn, [(row.assignment_id, row.track, "tell", None) for row in late])
    tell_overdue(conn, _overdue(late, copies, now))
    if terms.tell_issuer:
        book_digests(conn, late, terms, now)
    digests = write_digests(conn, now) if len(rows) < most else 0
    unheard = sum(row.issuer_id is None for row in late)
    return Rung(len(rows), reminded, len(late), unheard, digests)


def _overdue(
    late: Iterable[AnyRow], copies: Mapping[str, _Copied], now: datetime
) -> Iterable[tuple[AssignmentOverdue, str | None]]:
    for row in late:
        if row.track != "misaddressed":
            said = AssignmentOverdue(
                assignment_id=row.assignment_id,
                notice_id=row.notice_id,
                revision=row.revision,
                recipient_id=row.recipient_id,
                issuer_id=row.issuer_id,
                owes=row.track,
                owed_at=row.owed_at,
                at=now,
            )
            yield said, copies[row.assignment_id].traceparent


def _copies(conn: Connection, rows: Iterable[AnyRow]) -> dict[str, _Copied]:
    found: dict[str, _Copied] = {}
    for part in chunks({row.assignment_id for row in rows}):
        for row in conn.execute(_BODIES, {"ids": part}):
            found[row.assignment_id] = _Copied(row.body, row.traceparent, facts_of(row.body))
    return found


def _standing(conn: Connection, rows: Sequence[AnyRow]) -> list[AnyRow]:
    """The clocks whose copy is still delivered; of mail that bounced meanwhile the clock begins when it arrives."""
    ids = {row.assignment_id for row in rows}
    there = {each for part in chunks(ids) for each in conn.execute(_DELIVERED, {"ids": part}).scalars()}
    gone = [row for row in rows if row.assignment_id not in there and row.track != "misaddressed"]
    _forget(conn, gone)
    left = {id(row) for row in gone}
    return [row for row in rows if id(row) not in left]


def _begin(conn: Connection, rows: Sequence[AnyRow], copies: Mapping[str, _Copied], terms: Terms) -> None:
    """Work out what is owed by when; what was said or recalled before is not."""
    if not rows:
        return
    said = _codes(conn, rows)
    recalled = said_of(conn, {row.notice_id for row in rows})
    _forget(conn, rows)
    made: list[tuple[Any, ...]] = []
    for row in rows:
        if ended_by(row.revision, recalled.get(row.notice_id, ())) is None:
            facts = copies[row.assignment_id].facts
            dues = first_dues(row.track, _copy(row, facts), said[row.assignment_id], row.due_at, terms)
            made += [_row(row, track, due, facts.issuer_id) for track, due in dues]
    _ADD.run(conn, made)
    newer = [row for row in rows if row.revision > 1 and row.track == "word"]
    if newer:
        conn.execute(_SUPERSEDE, [_older(row) for row in newer])


def _forget(conn: Connection, rows: Sequence[AnyRow]) -> None:
    for track in {row.track for row in rows}:
        for part in chunks(row.assignment_id for row in rows if row.track == track):
            conn.execute(_FORGET, {"ids": part, "track": track})


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


def _step(
    conn: Connection, rows: Sequence[AnyRow], copies: Mapping[str, _Copied], terms: Terms, now: datetime
) -> tuple[int, list[AnyRow]]:
    """Remind, and set each clock to what comes next; how many were reminded, and the clocks of offices now late."""
    late: list[AnyRow] = []
    reminders: list[Taken] = []
    moves: list[tuple[Any, ...]] = []
    for row in rows:
        copy = copies[row.assignment_id]
        reminder, following = take_step(row.step, row.owed_at, _copy(row, copy.facts), now, terms)
        if following is None:
            late.append(row)
            continue
        moves.append((row.assignment_id, row.track, following.step, micros(following.at)))
        if reminder:
            reminders.append(_reminder(copy, reminder, row.owed_at, now))
    _MOVE.run(conn, moves)
    new = unknown(conn, reminders)
    store(conn, [(each, Start("queued", f"reminder_{each.about}", now)) for each in new], now)
    return len(new), late


def _copy(row: AnyRow, facts: Facts) -> Copy:
    return Copy(facts.urgency, facts.deadline, row.delivered_at)


def _reminder(copy: _Copied, reminder: Reminder, owed_at: datetime, now: datetime) -> Taken:
    contents = decode(copy.body)
    if contents is None:
        raise ValueError("a clock runs for what is no copy")
    body = encode_reminder(contents.assignment, contents.acknowledge_url, Reminded(reminder, owed_at), now)
    return Taken(contents.assignment, body, copy.traceparent, about=reminder)
