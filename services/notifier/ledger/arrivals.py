"""Outcomes of the common kind: it arrived, at a sound endpoint, and nothing was said of its notice meanwhile.

They are written down without reading their rows: the update itself finds whether all of them are of that kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from contracts.deliveries import Status
from services.notifier.ledger.bulk import BulkInsert, BulkSelect, BulkUpdateOfAll, micros
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.rows import Told
from services.notifier.ledger.tables import attempts, deliveries, endpoints, recalls
from services.notifier.outcome import ACCEPTED
from services.notifier.ports import Outcome
from services.notifier.statuses import Change

_ATTEMPTS: Final = BulkInsert(attempts, "delivery_id", "attempt", "result", "reason", "body", "duration_ms", "at")
_UNSOUND: Final = BulkSelect(endpoints, "endpoint_id", "endpoint_id", also="(state <> 'active' OR failures <> 0)")
_RECALLED: Final = BulkSelect(recalls, "notice_id", "notice_id")
_DELIVERED: Final = BulkUpdateOfAll(
    deliveries,
    "delivery_id",
    "fence",
    "attempt",
    "detail",
    "changed_at",
    asked=[recalls.c.notice_id],
    provided="EXISTS (SELECT 1 FROM endpoints AS e WHERE e.endpoint_id = deliveries.endpoint_id "
    "AND e.state = 'active' AND e.failures = 0) "
    "AND NOT EXISTS (SELECT 1 FROM recalls AS r WHERE r.notice_id = v.column6)",
    keys=3,
    also=f"status = 'delivered', reason = '{ACCEPTED}', attempt = attempt + 1, due_at = NULL, lease_until = NULL",
)


def record_arrivals(conn: Connection, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Write down those of the common kind, and answer them.

    Where one of a part is not, that part is looked through and tried once more without it; and where a single claim
    is stale, which only the rows tell, nothing of that part is written.
    """
    plain = [each for each in outcomes if _is_plain(each)]
    arrived, others = _write(conn, plain)
    if others:
        arrived += _write(conn, _common(conn, others))[0]
    if arrived:
        log_attempts(conn, arrived)
        tell(conn, [told_of(each, "delivered", ACCEPTED, None) for each in arrived])
    return arrived


def _write(conn: Connection, plain: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Those that were written down as arrived, and the others."""
    places = set(_DELIVERED.run(conn, [_arrival(each) for each in plain]))
    parted: tuple[list[Outcome], list[Outcome]] = [], []
    for place, each in enumerate(plain):
        parted[place not in places].append(each)
    return parted


def log_attempts(conn: Connection, outcomes: Sequence[Outcome]) -> None:
    """Keep what was tried and what the other side said."""
    _ATTEMPTS.run(conn, [_attempt(each) for each in outcomes])


def told_of(outcome: Outcome, status: Status, reason: str, next_attempt_at: datetime | None) -> Told:
    """The status that an outcome brings about."""
    claim, place = outcome.claim, outcome.claim.parcel.endpoint
    change = Change(
        delivery_id=claim.parcel.delivery_id,
        assignment_id=claim.assignment_id,
        notice_id=claim.notice_id,
        revision=claim.revision,
        recipient_id=place.recipient_id,
        recipient_name=claim.recipient_name,
        endpoint_id=place.endpoint_id,
        endpoint_kind=place.kind,
        status=status,
        reason=reason,
        detail=outcome.verdict.detail,
        attempt=claim.attempt,
        next_attempt_at=next_attempt_at,
        at=outcome.at,
        recall_id=claim.recall_id,
        reminder=claim.about,
    )
    return change, claim.parcel.traceparent


def _is_plain(outcome: Outcome) -> bool:
    verdict = outcome.verdict
    return verdict.status == "delivered" and verdict.reason == ACCEPTED and outcome.claim.recall_id is None


def _common(conn: Connection, plain: Sequence[Outcome]) -> Sequence[Outcome]:
    """Those whose endpoint has nothing to be reset, and whose notice was not recalled."""
    places = {each.claim.parcel.endpoint.endpoint_id for each in plain}
    unsound = {endpoint for (endpoint,) in _UNSOUND.run(conn, list(places))}
    recalled = {notice for (notice,) in _RECALLED.run(conn, list({each.claim.notice_id for each in plain}))}
    return [
        each
        for each in plain
        if each.claim.parcel.endpoint.endpoint_id not in unsound and each.claim.notice_id not in recalled
    ]


def _arrival(outcome: Outcome) -> tuple[Any, ...]:
    claim = outcome.claim
    detail, at = outcome.verdict.detail, micros(outcome.at)
    return claim.parcel.delivery_id, claim.fence, claim.attempt - 1, detail, at, claim.notice_id


def _attempt(outcome: Outcome) -> tuple[Any, ...]:
    return (
        outcome.claim.parcel.delivery_id,
        outcome.claim.attempt,
        outcome.verdict.status,
        outcome.verdict.reason,
        outcome.body,
        outcome.duration_ms,
        micros(outcome.at),
    )
