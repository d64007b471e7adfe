"""What offices are to get is stored once, with one delivery per endpoint, or one held for want of any.

An item is an assignment, or a message about one: word of its recall, a reminder, an issuer's digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from contracts.deliveries import Status
from contracts.identity import delivery_id
from services.notifier.bundle import GATHERED, digest_for
from services.notifier.calendar.digest import Digest
from services.notifier.endpoint_options import FILTERED, options_of
from services.notifier.endpoints import HELD_BECAUSE
from services.notifier.information import UNSUBSCRIBED, can_be_left_out
from services.notifier.ledger.bulk import BulkInsert, BulkSelect, micros
from services.notifier.ledger.bundles import Joining, join
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.rows import TOLD_OF, AnyRow, Told, change_of, chunks, open_lanes
from services.notifier.ledger.tables import assignments, deliveries, endpoints
from services.notifier.owed import DIGEST
from services.notifier.ports import Taken, item_id
from services.notifier.schedule import URGENCY_RANKS
from services.notifier.statuses import Change
from services.notifier.turns import first_in_turn

_KNOWN: Final = BulkSelect(assignments, "assignment_id", "assignment_id")
_OF_OFFICES: Final = select(endpoints).where(
    endpoints.c.recipient_id.in_(bindparam("offices", expanding=True)), endpoints.c.state != "removed"
)
_ADD: Final = BulkInsert(
    assignments,
    "assignment_id",
    "notice_id",
    "revision",
    "recipient_id",
    "recipient_name",
    "rank",
    "body",
    "traceparent",
    "taken_at",
    "recall_id",
    "about",
    "recalled_assignment_id",
)
_ADD_DELIVERIES: Final = BulkInsert(
    deliveries,
    "delivery_id",
    "assignment_id",
    "endpoint_id",
    "rank",
    "status",
    "reason",
    "attempt",
    "due_at",
    "lease_until",
    "fence",
    "changed_at",
)

DELIVERIES: Final = (
    select(
        deliveries.c.delivery_id,
        deliveries.c.endpoint_id,
        endpoints.c.kind,
        deliveries.c.rank,
        deliveries.c.status,
        deliveries.c.attempt,
        deliveries.c.due_at,
        deliveries.c.lease_until,
        endpoints.c.options,
        *TOLD_OF,
    )
    .join(assignments)
    .outerjoin(endpoints, endpoints.c.endpoint_id == deliveries.c.endpoint_id)
)
"""Deliveries with what is told of them, to be narrowed down."""

_ONE_LATER: Final = timedelta(microseconds=1)
"""Items of one batch are told apart by when they came, for endpoints that want them in order."""
_CANCEL: Final = (
    update(deliveries)
    .where(deliveries.c.delivery_id == bindparam("b_delivery_id"))
    .values(status="cancelled", reason=bindparam("b_reason"), due_at=None, changed_at=bindparam("b_now"))
)


@dataclass(frozen=True)
class Start:
    """How the deliveries of an item begin: queued and due at `due_at`, held, or cancelled before any attempt."""

    status: Status
    reason: str
    due_at: datetime | None


class Planned(NamedTuple):
    """One delivery to be added: its item, its endpoint's row or none, how it begins, and its urgency.

    `gathered`: by which digest it waits; None where it goes alone.
    """

    delivery_id: str
    item: Taken
    place: AnyRow | None
    start: Start
    rank: int
    gathered: Digest | None = None


def store(conn: Connection, new: Sequence[tuple[Taken, Start]], now: datetime) -> None:
    """Add items, with one delivery for each endpoint of their office, or one held for want of any."""
    add(conn, [item for item, _ in new], plan(conn, new), {}, now)


def plan(conn: Connection, new: Sequence[tuple[Taken, Start]]) -> list[Planned]:
    """The deliveries that these items need."""
    at = _endpoints_of(conn, {item.assignment.recipient.recipient_id for item, _ in new})
    return [
        each for item, start in new for each in _deliveries(item, at.get(item.assignment.recipient.recipient_id), start)
    ]


def add(
    conn: Connection,
    items: Sequence[Taken],
    planned: Sequence[Planned],
    claimed: Mapping[str, datetime],
    now: datetime,
) -> None:
    """Add items and their deliveries, those that are `claimed` (by id) with the end of their lease."""
    _ADD.run(conn, [_assignment_row(each, now + place * _ONE_LATER) for place, each in enumerate(items)])
    at = micros(now)
    _ADD_DELIVERIES.run(conn, [_planned_row(each, claimed.get(each.delivery_id), at) for each in planned])
    waiting = [each for each in planned if each.delivery_id not in claimed]
    _gather(conn, [each for each in waiting if each.gathered], now)
    open_lanes(conn, _lanes(each for each in waiting if not each.gathered), now)
    for until in set(claimed.values()):
        open_lanes(conn, _lanes(each for each in planned if claimed.get(each.delivery_id) == until), now, until)
    tell(conn, [_told(each, now) for each in waiting])


def _gather(conn: Connection, planned: Sequence[Planned], now: datetime) -> None:
    """What waits for the end of a window joins its bundle; its lane is looked at then."""
    joining: list[Joining] = []
    for each in planned:
        ends_at, digest = each.start.due_at, each.gathered
        if each.place is not None and ends_at is not None and digest is not None:
            joining.append(Joining(each.delivery_id, each.place.endpoint_id, ends_at, digest.most))
            open_lanes(conn, _lanes([each]), now, ends_at)
    if joining:
        join(conn, joining)


def unknown(conn: Connection, arrived: Iterable[Taken]) -> list[Taken]:
    """Those that are not stored yet, each once."""
    by_id = {each.item_id: each for each in arrived}
    for (known,) in _KNOWN.run(conn, list(by_id)):
        del by_id[known]
    return list(by_id.values())


def cancel(conn: Connection, rows: Sequence[AnyRow], reason: str, now: datetime) -> None:
    """Cancel these DELIVERIES. An attempt in flight may still say that one arrived."""
    if rows:
        conn.execute(_CANCEL, [{"b_delivery_id": row.delivery_id, "b_reason": reason, "b_now": now} for row in rows])
        tell(conn, [_cancelled(row, reason, now) for row in rows])
        let_follow(conn, rows, now)


def let_follow(conn: Connection, gone: Iterable[AnyRow], now: datetime) -> None:
    """What waited for these DELIVERIES at an endpoint that wants its notices in order need not wait for their time."""
    waiting = (row for row in gone if row.due_at is not None and row.options is not None)
    ordered = [row for row in waiting if options_of(row.options).ordered]
    open_lanes(conn, [(row.endpoint_id, row.kind, row.rank) for row in ordered], now)


def _cancelled(row: AnyRow, reason: str, now: datetime) -> Told:
    place = {"delivery_id": row.delivery_id, "endpoint_id": row.endpoint_id, "endpoint_kind": row.kind}
    return change_of(row, now, **place, status="cancelled", reason=reason, attempt=row.attempt)


def _endpoints_of(conn: Connection, offices: Iterable[str]) -> dict[str, list[AnyRow]]:
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for part in chunks(sorted(offices)):
        for row in conn.execute(_OF_OFFICES, {"offices": part}):
            found[row.recipient_id].append(row)
    return found


def add_deliveries(conn: Connection, new: Sequence[tuple[Change, int]]) -> None:
    """Insert deliveries, each from the status that tells of it and its rank."""
    _ADD_DELIVERIES.run(conn, [_delivery_row(change, rank) for change, rank in new])


def _assignment_row(item: Taken, now: datetime) -> tuple[Any, ...]:
    assignment = item.assignment
    return (
        item.item_id,
        assignment.notice_id,
        assignment.revision,
        assignment.recipient.recipient_id,
        assignment.recipient.name,
        URGENCY_RANKS[assignment.urgency],
        item.body,
        item.traceparent,
        micros(now),
        item.recall_id,
        item.about,
        assignment.assignment_id if item.item_id != assignment.assignment_id else None,
    )


def _wants(place: AnyRow, item: Taken) -> bool:
    return place.options is None or options_of(place.options).filters.let_through(item.assignment, item.event_type)


def _deliveries(item: Taken, places: Sequence[AnyRow] | None, start: Start) -> Iterator[Planned]:
    rank = URGENCY_RANKS[item.assignment.urgency]
    wanting = [place for place in places or () if _wants(place, item)]
    if places and not wanting:
        start = Start("cancelled", FILTERED, None)
    for place in first_in_turn(wanting) or (None,):
        key = delivery_id(item.item_id, place.endpoint_id if place else None)
        begun = _begin(item, place, start)
        digest = digest_for(options_of(place.options), item, rank) if place and begun.status == "queued" else None
        if digest and begun.due_at:
            begun = Start("queued", GATHERED, digest.ends_after(begun.due_at))
        yield Planned(key, item, place, begun, rank, digest)


def _begin(item: Taken, place: AnyRow | None, start: Start) -> Start:
    """How one of the item's deliveries begins, given its endpoint."""
    if start.status != "queued":
        return start
    if place is None:
        return Start("held", "no_endpoint", None)
    if place.no_information_since and not item.recall_id and item.about != DIGEST and can_be_left_out(item.assignment):
        return Start("cancelled", UNSUBSCRIBED, None)
    held = HELD_BECAUSE.get(place.state)
    return Start("held", held, None) if held else start


def _lanes(queued: Iterable[Planned]) -> Iterator[tuple[str, str, int]]:
    for each in queued:
        if each.place is not None and each.start.status == "queued":
            yield each.place.endpoint_id, each.place.kind, each.rank


def _told(planned: Planned, now: datetime) -> Told:
    item, place, start = planned.item, planned.place, planned.start
    assignment = item.assignment
    change = Change(
        delivery_id=planned.delivery_id,
        assignment_id=assignment.assignment_id,
        notice_id=assignment.notice_id,
        revision=assignment.revision,
        recipient_id=assignment.recipient.recipient_id,
        recipient_name=assignment.recipient.name,
        endpoint_id=place.endpoint_id if place else None,
        endpoint_kind=place.kind if place else None,
        status=start.status,
        reason=start.reason,
        detail=None,
        attempt=0,
        next_attempt_at=start.due_at,
        at=now,
        recall_id=item.recall_id,
        reminder=item.about,
    )
    return change, item.traceparent


def _planned_row(planned: Planned, claimed_until: datetime | None, now: int | None) -> tuple[Any, ...]:
    place, start = planned.place, planned.start
    lease_end = micros(claimed_until)
    return (
        planned.delivery_id,
        planned.item.item_id,
        place.endpoint_id if place else None,
        planned.rank,
        start.status,
        start.reason,
        0,
        lease_end or micros(start.due_at),
        lease_end,
        1 if lease_end else 0,
        now,
    )


def _delivery_row(change: Change, rank: int) -> tuple[Any, ...]:
    return (
        change.delivery_id,
        item_id(change.assignment_id, change.recall_id, change.reminder),
        change.endpoint_id,
        rank,
        change.status,
        change.reason,
        0,
        micros(change.next_attempt_at),
        None,
        0,
        micros(change.at),
    )
