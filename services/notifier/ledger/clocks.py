"""The clocks of what offices owe: each step is taken once, in one transaction with what it sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from contracts.overdue import AssignmentOverdue
from services.notifier.ledger.begin_clocks import begin, begin_arrived, copy_of, forget
from services.notifier.ledger.bulk import BulkUpdate, micros
from services.notifier.ledger.digests import book_digests, write_digests
from services.notifier.ledger.items import store, unknown
from services.notifier.ledger.outbox import tell_overdue
from services.notifier.ledger.plan import Start
from services.notifier.ledger.rows import AnyRow, chunks
from services.notifier.ledger.tables import assignments, clocks, deliveries
from services.notifier.owed import Reminder, Terms, take_step
from services.notifier.parcel import Facts, Reminded, decode, encode_reminder, facts_of
from services.notifier.ports import Rung, Taken

_DUE: Final = (
    select(clocks)
    .where(clocks.c.due_at <= bindparam("now"))
    .order_by(clocks.c.due_at, clocks.c.assignment_id)
    .limit(bindparam("most"))
)
_BODIES: Final = select(assignments.c.assignment_id, assignments.c.body, assignments.c.traceparent).where(
    assignments.c.assignment_id.in_(bindparam("ids", expanding=True))
)
_DELIVERED: Final = select(deliveries.c.assignment_id).where(
    deliveries.c.assignment_id.in_(bindparam("ids", expanding=True)), deliveries.c.status == "delivered"
)
_MOVE: Final = BulkUpdate(clocks, "assignment_id", "track", "step", "due_at", keys=2)


class _Copied(NamedTuple):
    """A copy that an office has."""

    body: bytes
    traceparent: str | None
    facts: Facts


def ring(conn: Connection, terms: Terms, now: datetime, most: int) -> Rung:
    """Do what is due; digests are written once no clock is due any more, so that they miss no office."""
    begun = begin_arrived(conn, terms, most)
    rows = conn.execute(_DUE, {"now": now, "most": most}).all()
    begin(conn, [row for row in rows if row.step == "begin"], terms)
    due = _standing(conn, [row for row in rows if row.step != "begin"])
    copies = _copies(conn, due)
    reminded, late = _step(conn, due, copies, terms, now)
    _MOVE.run(conn, [(row.assignment_id, row.track, "tell", None) for row in late])
    tell_overdue(conn, _overdue(late, copies, now))
    if terms.tell_issuer:
        book_digests(conn, late, terms, now)
    digests = write_digests(conn, now) if len(rows) < most else 0
    unheard = sum(row.issuer_id is None for row in late)
    return Rung(begun + len(rows), reminded, len(late), unheard, digests)


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
    forget(conn, gone)
    left = {id(row) for row in gone}
    return [row for row in rows if id(row) not in left]


def _step(
    conn: Connection, rows: Sequence[AnyRow], copies: Mapping[str, _Copied], terms: Terms, now: datetime
) -> tuple[int, list[AnyRow]]:
    """Remind, and set each clock to what comes next; how many were reminded, and the clocks of offices now late."""
    late: list[AnyRow] = []
    reminders: list[Taken] = []
    moves: list[tuple[Any, ...]] = []
    for row in rows:
        copy = copies[row.assignment_id]
        reminder, following = take_step(row.step, row.owed_at, copy_of(row, copy.facts), now, terms)
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


def _reminder(copy: _Copied, reminder: Reminder, owed_at: datetime, now: datetime) -> Taken:
    contents = decode(copy.body)
    if contents is None:
        raise ValueError("a clock runs for what is no copy")
    body = encode_reminder(contents.assignment, contents.acknowledge_url, Reminded(reminder, owed_at), now)
    return Taken(contents.assignment, body, copy.traceparent, about=reminder)
