"""What offices are to get is stored once, with one delivery per endpoint, or one held for want of any.

An item is an assignment, or a message about one: word of its recall, a reminder, an issuer's digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from services.notifier.ledger.bulk import BulkInsert, BulkSelect, micros
from services.notifier.ledger.bundles import Joining, join
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.plan import Planned, Start, plan
from services.notifier.ledger.rows import Told, open_lanes
from services.notifier.ledger.tables import assignments, deliveries
from services.notifier.ports import Taken, item_id
from services.notifier.schedule import URGENCY_RANKS
from services.notifier.statuses import Change

_KNOWN: Final = BulkSelect(assignments, "assignment_id", "assignment_id")
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


def store(conn: Connection, new: Sequence[tuple[Taken, Start]], now: datetime) -> None:
    """Add items, with one delivery for each endpoint of their office, or one held for want of any."""
    add(conn, [item for item, _ in new], plan(conn, new), {}, now)


def add(
    conn: Connection,
    items: Sequence[Taken],
    planned: Sequence[Planned],
    claimed: Mapping[str, datetime],
    now: datetime,
) -> None:
    """Add items and their deliveries, those that are `claimed` (by id) with the end of their lease."""
    at = micros(now)
    # Items of one batch are told apart by when they came, for endpoints that want them in order.
    _ADD.run(conn, [_assignment_row(each, at + place) for place, each in enumerate(items)])
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
            joining.append(Joining(each.delivery_id, each.place.endpoint.endpoint_id, ends_at, digest.most))
            open_lanes(conn, _lanes([each]), now, ends_at)
    if joining:
        join(conn, joining)


def unknown(conn: Connection, arrived: Iterable[Taken]) -> list[Taken]:
    """Those that are not stored yet, each once."""
    by_id = {each.item_id: each for each in arrived}
    for (known,) in _KNOWN.run(conn, list(by_id)):
        del by_id[known]
    return list(by_id.values())


def add_deliveries(conn: Connection, new: Sequence[tuple[Change, int]]) -> None:
    """Insert deliveries, each from the status that tells of it and its rank."""
    _ADD_DELIVERIES.run(conn, [_delivery_row(change, rank) for change, rank in new])


def _assignment_row(item: Taken, taken_at: int) -> tuple[Any, ...]:
    assignment, kept_as = item.assignment, item.item_id
    return (
        kept_as,
        assignment.notice_id,
        assignment.revision,
        assignment.recipient.recipient_id,
        assignment.recipient.name,
        URGENCY_RANKS[assignment.urgency],
        item.body,
        item.traceparent,
        taken_at,
        item.recall_id,
        item.about,
        assignment.assignment_id if kept_as != assignment.assignment_id else None,
    )


def _lanes(queued: Iterable[Planned]) -> Iterator[tuple[str, str, int]]:
    for each in queued:
        if each.place is not None and each.start.status == "queued":
            yield each.place.endpoint.endpoint_id, each.place.endpoint.kind, each.rank


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
        endpoint_id=place.endpoint.endpoint_id if place else None,
        endpoint_kind=place.endpoint.kind if place else None,
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
        place.endpoint.endpoint_id if place else None,
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
