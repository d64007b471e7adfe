"""How endpoints of the ledger in memory fare."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from services.notifier.endpoint_health import EndpointHealth, LastAttempt, Today, durations_of, worst_first
from services.notifier.ports import BOUNCED, HEALTH_WINDOW, AttemptRow, HealthQuery, HealthReport

if TYPE_CHECKING:
    from tests.notifier.memory_ledger import MemoryLedger

_OPEN = frozenset({"queued", "retrying", "held"})


def health(ledger: MemoryLedger, query: HealthQuery, now: datetime) -> HealthReport:
    since = now - HEALTH_WINDOW
    found = [_one(ledger, each.endpoint_id, since, now) for each in ledger._standing()]
    wanted = [
        each
        for each in found
        if query.recipient_id in {None, each.endpoint.recipient_id}
        and (each.endpoint.failing_since is not None or not query.failing)
    ]
    return HealthReport(since, worst_first(wanted)[: query.limit])


def _one(ledger: MemoryLedger, endpoint_id: str, since: datetime, now: datetime) -> EndpointHealth:
    place = ledger._places[endpoint_id]
    rows = [each for each in ledger._deliveries.values() if each.endpoint_id == endpoint_id]
    waiting = [ledger._items[each.item.item_id][1] for each in rows if each.status in _OPEN]
    attempts = sorted((each for row in rows for each in row.attempts), key=lambda each: each.at)
    return EndpointHealth(
        place.known,
        place.not_before if place.not_before and place.not_before > now else None,
        len(waiting),
        min(waiting, default=None),
        max((each.at for each in attempts if each.result == "delivered"), default=None),
        LastAttempt(attempts[-1].at, attempts[-1].result, attempts[-1].reason) if attempts else None,
        _today([each for each in attempts if each.at >= since]),
    )


def _today(attempts: list[AttemptRow]) -> Today:
    delivered = sum(each.result == "delivered" for each in attempts)
    took = [each.duration_ms for each in attempts if each.reason != BOUNCED]
    return Today(delivered, len(attempts) - delivered, durations_of(took))
