"""Issuers' digests: each issuer is told once a day, of each notice, which offices owe it what.

A digest that has gone is never changed: an office that becomes late after it stands in the next working day's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select, update

from contracts.assignments import AssignmentRouted
from contracts.identity import digest_id
from services.notifier.calendar.working_days import HANOI
from services.notifier.ledger.bulk import BulkInsert, BulkUpdate, micros
from services.notifier.ledger.items import store
from services.notifier.ledger.plan import Start
from services.notifier.ledger.rows import AnyRow
from services.notifier.ledger.tables import assignments, clocks, digests
from services.notifier.owed import DIGEST, Terms, digest_due
from services.notifier.owing import Office, Owing, as_issuers
from services.notifier.parcel import decode, encode_digest
from services.notifier.ports import Taken

_MOST: Final = 20
"""Digests of one transaction: one may name ten thousand offices."""
_OF_DAY: Final = select(digests.c.due_at).where(
    digests.c.issuer_id == bindparam("issuer"),
    digests.c.notice_id == bindparam("notice"),
    digests.c.day == bindparam("day"),
)
_ADD: Final = BulkInsert(digests, "issuer_id", "notice_id", "day", "due_at")
_DUE: Final = select(digests).where(digests.c.due_at <= bindparam("now")).order_by(digests.c.due_at).limit(_MOST)
_UNTOLD: Final = (
    select(clocks, assignments.c.recipient_name, assignments.c.traceparent)
    .join(assignments, assignments.c.assignment_id == clocks.c.assignment_id)
    .where(
        clocks.c.notice_id == bindparam("notice"),
        clocks.c.issuer_id == bindparam("issuer"),
        clocks.c.step == "tell",
        clocks.c.settled.is_(None),
        clocks.c.digest_id.is_(None),
    )
    .order_by(clocks.c.owed_at, clocks.c.track, assignments.c.recipient_name, clocks.c.assignment_id)
)
_BODY: Final = select(assignments.c.body).where(assignments.c.assignment_id == bindparam("id"))
_TOLD: Final = BulkUpdate(clocks, "assignment_id", "track", "digest_id", keys=2)


def book_digests(conn: Connection, late: Iterable[AnyRow], terms: Terms, now: datetime) -> None:
    """See to it that a digest will be written for each issuer and notice of these clocks."""
    wanted = []
    for issuer, notice in sorted({(row.issuer_id, row.notice_id) for row in late if row.issuer_id}):
        today = now.astimezone(HANOI).date().isoformat()
        known = conn.execute(_OF_DAY, {"issuer": issuer, "notice": notice, "day": today}).one_or_none()
        day, at = digest_due(now, terms, sent=known is not None and known.due_at is None)
        wanted.append((issuer, notice, day.isoformat(), micros(at)))
    _ADD.run(conn, wanted)


def write_digests(conn: Connection, now: datetime) -> int:
    """Write the digests that are due, each with everybody who is late then; answer how many."""
    return sum(_write(conn, row, now) for row in conn.execute(_DUE, {"now": now}).all())


def _write(conn: Connection, digest: AnyRow, now: datetime) -> bool:
    """Write one; False where all of its offices have answered meanwhile, and the day may have another one."""
    key = (
        digests.c.issuer_id == digest.issuer_id,
        digests.c.notice_id == digest.notice_id,
        digests.c.day == digest.day,
    )
    rows = conn.execute(_UNTOLD, {"issuer": digest.issuer_id, "notice": digest.notice_id}).all()
    if not rows:
        conn.execute(delete(digests).where(*key))
        return False
    conn.execute(update(digests).where(*key).values(due_at=None))
    ident = digest_id(digest.issuer_id, digest.notice_id, date.fromisoformat(digest.day))
    _TOLD.run(conn, [(row.assignment_id, row.track, ident) for row in rows])
    notice = as_issuers(_copy(conn, rows[-1]), digest.issuer_id, ident)
    item = Taken(notice, encode_digest(notice, _owing(conn, rows), now), rows[-1].traceparent, about=DIGEST)
    store(conn, [(item, Start("queued", DIGEST, now))], now)
    return True


def _owing(conn: Connection, rows: Sequence[AnyRow]) -> list[Owing]:
    """Who owes what since when; a misaddressed copy with the line that named the office."""
    together: dict[Any, list[AnyRow]] = defaultdict(list)
    for row in rows:
        alone = row.assignment_id if row.track == "misaddressed" else None
        together[row.track, row.owed_at, alone].append(row)
    return [_one(conn, track, since, group) for (track, since, _), group in together.items()]


def _one(conn: Connection, track: Any, since: datetime, rows: Sequence[AnyRow]) -> Owing:
    offices = tuple(Office(recipient_id=row.recipient_id, name=row.recipient_name) for row in rows)
    if track != "misaddressed":
        return Owing(owes=track, since=since, offices=offices)
    because = _copy(conn, rows[0]).because
    return Owing(
        owes=track, since=since, offices=offices, line=because[0].line if because else None, reason=rows[0].detail
    )


def _copy(conn: Connection, row: AnyRow) -> AssignmentRouted:
    contents = decode(conn.execute(_BODY, {"id": row.assignment_id}).scalar_one())
    if contents is None:
        raise ValueError("a clock runs for what is no copy")
    return contents.assignment
