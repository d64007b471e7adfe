"""Assignments come in, each once; those of a notice that was recalled before them go no further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from contracts.deliveries import EndpointKind
from services.notifier.ledger.at_once import claims_at_once
from services.notifier.ledger.items import add, unknown
from services.notifier.ledger.plan import Start, plan
from services.notifier.ledger.recalls import said_of
from services.notifier.ledger.rows import AnyRow
from services.notifier.ledger.tables import assignments
from services.notifier.parcel import decode, is_of
from services.notifier.ports import Room, Taken, TakenIn
from services.notifier.recall import ended_by

_RECENT: Final = 2_000
"""Copies of one office among which its notice is looked for."""
_BODY: Final = select(assignments.c.body).where(
    assignments.c.assignment_id == bindparam("id"), assignments.c.purged_at.is_(None)
)
_ONE: Final = select(assignments.c.body, assignments.c.traceparent, assignments.c.purged_at).where(
    assignments.c.assignment_id == bindparam("id"), assignments.c.recall_id.is_(None), assignments.c.about.is_(None)
)
_LATEST: Final = (
    select(assignments.c.body, assignments.c.traceparent, assignments.c.purged_at)
    .where(
        assignments.c.recipient_id == bindparam("office"),
        assignments.c.recall_id.is_(None),
        assignments.c.about.is_(None),
    )
    .order_by(assignments.c.taken_at.desc(), assignments.c.revision.desc())
    .limit(_RECENT)
)


def take(
    conn: Connection, arrived: Sequence[Taken], now: datetime, room: Mapping[EndpointKind, Room] | None = None
) -> TakenIn:
    """Store what is new and its deliveries, and claim those that need not wait."""
    new = unknown(conn, arrived)
    said = said_of(conn, {each.assignment.notice_id for each in new})
    routed = Start("queued", "routed", now)
    starts = []
    for each in new:
        action = ended_by(each.assignment.revision, said.get(each.assignment.notice_id, ()))
        starts.append((each, Start("cancelled", action, None) if action else routed))
    planned = plan(conn, starts)
    claims = claims_at_once(conn, planned, room or {}, now)
    ends = {kind: now + each.lease for kind, each in (room or {}).items()}
    claimed = {each.parcel.delivery_id: ends[each.parcel.endpoint.kind] for each in claims}
    add(conn, new, planned, claimed, now)
    queued = sum(each.start.status == "queued" for each in planned)
    return TakenIn(len(new), claims, queued - len(claims))


def copy_of(conn: Connection, recipient_id: str, number: str, issued_on: date) -> Taken | None:
    """The last copy of the notice of this number and date that came in for an office."""
    for row in conn.execute(_LATEST, {"office": recipient_id}):
        if is_of(row.body, number, issued_on):
            return _taken(row)
    return None


def body(conn: Connection, item_id: str) -> bytes | None:
    """What the deliveries of an item carry, where that is still kept."""
    found: bytes | None = conn.execute(_BODY, {"id": item_id}).scalar()
    return found


def taken(conn: Connection, assignment_id: str) -> Taken | None:
    """An assignment that came in."""
    row = conn.execute(_ONE, {"id": assignment_id}).one_or_none()
    return _taken(row) if row else None


def _taken(row: AnyRow) -> Taken | None:
    contents = decode(row.body)
    return Taken(contents.assignment, row.body, row.traceparent, purged_at=row.purged_at) if contents else None
