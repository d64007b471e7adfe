"""How endpoints fare, asked of a ledger that has millions of attempts: by indices that are there for deliveries.

Attempts are numbered as they are written down, so those of the last day are the end of their primary key; where it
begins is found by halving. No more than MOST_LOOKED_AT are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, bindparam, case, func, select

from services.notifier.endpoint_health import EndpointHealth, LastAttempt, Today, durations_of, worst_first
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.rows import endpoint_of
from services.notifier.ledger.tables import assignments, attempts, deliveries, endpoints
from services.notifier.ports import BOUNCED, HEALTH_WINDOW, HealthQuery, HealthReport

MOST_LOOKED_AT: Final = 100_000
"""Attempts that one look reads, some tenths of a second; where there were more, it reaches back less than a day."""
FURTHER_BACK: Final = 50
"""Endpoints of one look at earlier days: others who read the ledger get their turn between."""

STANDING: Final = select(endpoints).where(endpoints.c.state != "removed")
OPEN: Final = (
    select(deliveries.c.endpoint_id, func.count().label("open"), func.min(assignments.c.taken_at).label("oldest"))
    .join(assignments, assignments.c.assignment_id == deliveries.c.assignment_id)
    .where(deliveries.c.status.in_(("queued", "retrying", "held")), deliveries.c.endpoint_id.is_not(None))
    .group_by(deliveries.c.endpoint_id)
)
FIRST: Final = select(func.min(attempts.c.attempt_id))
LAST: Final = select(func.max(attempts.c.attempt_id))
FROM: Final = (
    select(attempts.c.attempt_id, attempts.c.at)
    .where(attempts.c.attempt_id >= bindparam("number"))
    .order_by(attempts.c.attempt_id)
    .limit(1)
)
RECENT: Final = (
    select(
        deliveries.c.endpoint_id,
        attempts.c.result,
        attempts.c.reason,
        attempts.c.duration_ms,
        attempts.c.at,
    )
    .join(deliveries, deliveries.c.delivery_id == attempts.c.delivery_id)
    .where(attempts.c.attempt_id >= bindparam("number"), attempts.c.at >= bindparam("since", type_=Moment))
    .order_by(attempts.c.attempt_id)
)
EARLIER: Final = (
    select(
        deliveries.c.endpoint_id,
        func.max(attempts.c.attempt_id).label("last"),
        func.max(case((attempts.c.result == "delivered", attempts.c.at))).label("success"),
    )
    .select_from(assignments)
    .join(deliveries, deliveries.c.assignment_id == assignments.c.assignment_id)
    .join(attempts, attempts.c.delivery_id == deliveries.c.delivery_id)
    .where(
        assignments.c.recipient_id.in_(bindparam("offices", expanding=True)),
        deliveries.c.endpoint_id.in_(bindparam("endpoints", expanding=True)),
    )
    .group_by(deliveries.c.endpoint_id)
)
THESE: Final = select(attempts).where(attempts.c.attempt_id.in_(bindparam("ids", expanding=True)))


@dataclass
class _Seen:
    """What the last day's attempts say of one endpoint."""

    delivered: int = 0
    failed: int = 0
    took_ms: list[float] = field(default_factory=list)
    success: datetime | None = None
    last: LastAttempt | None = None


def health(conn: Connection, query: HealthQuery, now: datetime) -> HealthReport:
    """How these endpoints fare, the worst first, as far as the last day tells."""
    chosen = worst_first(_known(conn, query, now))[: query.limit]
    number, since = _where_the_day_begins(conn, now)
    seen = _seen(conn, {each.endpoint.endpoint_id for each in chosen}, number, since)
    return HealthReport(since, [_with(each, seen[each.endpoint.endpoint_id]) for each in chosen])


def look_further_back(conn: Connection, rows: Sequence[EndpointHealth]) -> list[EndpointHealth]:
    """The same, with the last attempt and success before that day, found by the copies of the office."""
    idle = [each.endpoint for each in rows if each.last_success_at is None]
    asked = {
        "offices": sorted({each.recipient_id for each in idle}),
        "endpoints": [each.endpoint_id for each in idle],
    }
    found = {row.endpoint_id: row for row in conn.execute(EARLIER, asked)}
    numbers = {"ids": [row.last for row in found.values()]}
    last = {row.attempt_id: LastAttempt(row.at, row.result, row.reason) for row in conn.execute(THESE, numbers)}
    return [
        replace(each, last_success_at=earlier.success, last_attempt=last[earlier.last])
        if (earlier := found.get(each.endpoint.endpoint_id))
        else each
        for each in rows
    ]


def _known(conn: Connection, query: HealthQuery, now: datetime) -> Iterable[EndpointHealth]:
    """What is known without the attempts."""
    waiting = {row.endpoint_id: row for row in conn.execute(OPEN)}
    for row in conn.execute(_narrowed(query)):
        mine = waiting.get(row.endpoint_id)
        alone = row.not_before if row.not_before is not None and row.not_before > now else None
        yield EndpointHealth(endpoint_of(row), alone, mine.open if mine else 0, mine.oldest if mine else None)


def _narrowed(query: HealthQuery) -> Select[tuple[object, ...]]:
    asked = STANDING
    if query.recipient_id is not None:
        asked = asked.where(endpoints.c.recipient_id == query.recipient_id)
    return asked.where(endpoints.c.failing_since.is_not(None)) if query.failing else asked


def _where_the_day_begins(conn: Connection, now: datetime) -> tuple[int, datetime]:
    """The number from which attempts are looked at, and since when."""
    day = now - HEALTH_WINDOW
    first, last = conn.execute(FIRST).scalar(), conn.execute(LAST).scalar()
    if first is None or last is None:
        return 0, day
    earliest = max(first, last - MOST_LOOKED_AT + 1)
    low, high = earliest, last + 1
    while low < high:
        middle = (low + high) // 2
        row = conn.execute(FROM, {"number": middle}).one()
        low, high = (row.attempt_id + 1, high) if row.at < day else (low, middle)
    cut_short = low == earliest > first
    return low, conn.execute(FROM, {"number": low}).one().at if cut_short else day


def _seen(conn: Connection, chosen: set[str], number: int, since: datetime) -> Mapping[str, _Seen]:
    found: dict[str, _Seen] = defaultdict(_Seen)
    for endpoint_id, result, reason, took_ms, at in conn.execute(RECENT, {"number": number, "since": since}):
        if endpoint_id not in chosen:
            continue
        seen = found[endpoint_id]
        seen.last = LastAttempt(at, result, reason)
        if result == "delivered":
            seen.delivered, seen.success = seen.delivered + 1, at
        else:
            seen.failed += 1
        if reason != BOUNCED:
            seen.took_ms.append(took_ms)
    return found


def _with(known: EndpointHealth, seen: _Seen) -> EndpointHealth:
    today = Today(seen.delivered, seen.failed, durations_of(seen.took_ms))
    return replace(known, last_success_at=seen.success, last_attempt=seen.last, today=today)
