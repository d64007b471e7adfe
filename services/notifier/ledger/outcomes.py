"""Outcomes: many attempts written down in one transaction, each only while its claim still stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from contracts.notices import NoticeRecalled
from services.notifier.endpoints import HELD_BECAUSE
from services.notifier.ledger.arrivals import log_attempts, record_arrivals, told_of
from services.notifier.ledger.bulk import BulkUpdate, micros
from services.notifier.ledger.disabling import disable
from services.notifier.ledger.homeless import Pair, let_go
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.outbox import tell
from services.notifier.ledger.queue import hasten
from services.notifier.ledger.recalls import Ended, after_attempts, record_taken_back, said_of
from services.notifier.ledger.receipts import receive
from services.notifier.ledger.rows import AnyRow, Told, chunks
from services.notifier.ledger.standby import hand_over, standbys_for
from services.notifier.ledger.tables import deliveries, endpoints
from services.notifier.outcome import Settled, settle
from services.notifier.ports import Claim, Outcome
from services.notifier.recall import ended_by
from services.notifier.schedule import STRUGGLING, cooldown_s
from services.notifier.turns import HANDED_OVER, tries_before

_CURRENT: Final = (
    select(
        deliveries.c.delivery_id,
        deliveries.c.fence,
        deliveries.c.attempt,
        deliveries.c.endpoint_id,
        deliveries.c.rank,
        deliveries.c.status,
        deliveries.c.reason,
        endpoints.c.state,
        endpoints.c.failures,
        endpoints.c.failing_since,
        endpoints.c.not_before,
    )
    .join(endpoints, endpoints.c.endpoint_id == deliveries.c.endpoint_id)
    .where(deliveries.c.delivery_id.in_(bindparam("ids", expanding=True)))
)
_SETTLE: Final = BulkUpdate(
    deliveries, "delivery_id", "status", "reason", "detail", "attempt", "due_at", "lease_until", "changed_at"
)
_HEALTH: Final = (
    update(endpoints)
    .where(endpoints.c.endpoint_id == bindparam("b_endpoint_id"))
    .values(
        failures=bindparam("b_failures"),
        failing_since=bindparam("b_since", type_=Moment),
        not_before=bindparam("b_wait", type_=Moment),
    )
)


@dataclass(frozen=True)
class _Fresh:
    """An outcome whose claim stands, with the row it changes and what becomes of it."""

    outcome: Outcome
    row: AnyRow
    settled: Settled
    said: Sequence[NoticeRecalled]
    """What was said of the notice meanwhile."""


def record(conn: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Write outcomes down; answer those that were stale and ignored."""
    written = {id(each) for each in record_arrivals(conn, outcomes)}
    rest = [each for each in outcomes if id(each) not in written]
    stale = _record_rest(conn, rest) if rest else []
    for each in outcomes:
        if each.receipt is not None:
            receive(conn, each.receipt, each.claim.parcel.traceparent)
    return stale


def _record_rest(conn: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    fresh, handed = _handed_over(conn, _fresh(conn, outcomes))
    if fresh:
        _SETTLE.run(conn, [_settlement(each) for each in fresh])
        log_attempts(conn, [each.outcome for each in fresh])
        hasten(conn, _next_due(fresh))
        _write_health(conn, fresh)
        tell(conn, [_told(each) for each in fresh])
        hand_over(conn, handed, max(each.outcome.at for each in fresh))
        _let_go(conn, fresh)
        _heed_recalls(conn, fresh)
        for each in fresh:
            if each.outcome.verdict.disable:
                disable(conn, each.outcome)
    written = {id(each.outcome) for each in fresh}
    return [each for each in outcomes if id(each) not in written]


def _fresh(conn: Connection, outcomes: Sequence[Outcome]) -> list[_Fresh]:
    ids = {each.claim.parcel.delivery_id for each in outcomes}
    rows = {row.delivery_id: row for part in chunks(ids) for row in conn.execute(_CURRENT, {"ids": part})}
    found = [(each, rows[each.claim.parcel.delivery_id]) for each in outcomes if each.claim.parcel.delivery_id in rows]
    standing = {row.delivery_id: (each, row) for each, row in found if _stands(each.claim, row)}.values()
    said = said_of(conn, {each.claim.notice_id for each, _ in standing if each.claim.recall_id is None})
    return [_settled(each, row, said.get(each.claim.notice_id, ())) for each, row in standing]


def _stands(claim: Claim, row: AnyRow) -> bool:
    return bool(claim.fence == row.fence and claim.attempt == row.attempt + 1)


def _handed_over(conn: Connection, fresh: Sequence[_Fresh]) -> tuple[Sequence[_Fresh], Sequence[Pair]]:
    """What other endpoints take over now: what failed here stays failed, what would be tried again here is not."""
    ids = [each.row.delivery_id for each in fresh if _gives_way(each)]
    pairs = standbys_for(conn, ids) if ids else ()
    over = {row.delivery_id for row, _ in pairs}
    ended = Settled("cancelled", HANDED_OVER, None)
    kept = [
        replace(each, settled=ended) if each.row.delivery_id in over and each.settled.status != "failed" else each
        for each in fresh
    ]
    return kept, pairs


def _gives_way(each: _Fresh) -> bool:
    settled, row = each.settled, each.row
    called_off = row.status == "cancelled" and row.reason != "endpoint_removed"
    if called_off or ended_by(each.outcome.claim.revision, each.said):
        return False
    if settled.status == "retrying":
        return each.outcome.claim.tries >= tries_before(row.rank)
    return settled.status == "failed" or settled.reason in {HELD_BECAUSE["disabled"], "endpoint_removed"}


def _settled(outcome: Outcome, row: AnyRow, said: Sequence[NoticeRecalled]) -> _Fresh:
    claim = outcome.claim
    heard = () if claim.recall_id else tuple(each for each in said if each.means(claim.revision))
    cancelled = row.reason if row.status == "cancelled" else None
    if claim.about and cancelled and outcome.verdict.status != "delivered":
        return _Fresh(outcome, row, Settled("cancelled", cancelled, None), ())
    return _Fresh(outcome, row, settle(outcome.verdict, row.state, cancelled), heard if claim.is_copy else ())


def _settlement(each: _Fresh) -> tuple[Any, ...]:
    return (
        each.row.delivery_id,
        each.settled.status,
        each.settled.reason,
        each.outcome.verdict.detail,
        each.outcome.claim.attempt,
        micros(each.settled.next_attempt_at),
        None,
        micros(each.outcome.at),
    )


def _next_due(fresh: Sequence[_Fresh]) -> dict[str, datetime]:
    due: dict[str, datetime] = {}
    for each in fresh:
        at = each.settled.next_attempt_at
        if at is not None:
            due[each.row.endpoint_id] = min(at, due.get(each.row.endpoint_id, at))
    return due


def _write_health(conn: Connection, fresh: Sequence[_Fresh]) -> None:
    """Count failures in a row per endpoint and keep when they began, and until when it is left alone."""
    health: dict[str, dict[str, Any]] = {}
    for each in _attempts(fresh):
        row, verdict = each.row, each.outcome.verdict
        state = health.setdefault(
            row.endpoint_id,
            {
                "b_endpoint_id": row.endpoint_id,
                "b_failures": row.failures,
                "b_since": row.failing_since,
                "b_wait": row.not_before,
                "before": (row.failures, row.failing_since, row.not_before),
            },
        )
        failed = verdict.status != "delivered"
        state["b_failures"] = state["b_failures"] + 1 if failed else 0
        state["b_since"] = (state["b_since"] or each.outcome.at) if failed else None
        state["b_wait"] = _left_alone_until(each, state["b_failures"], state["b_wait"])
    changed = [each for each in health.values() if each.pop("before") != _rows_health(each)]
    if changed:
        conn.execute(_HEALTH, changed)


def _attempts(fresh: Sequence[_Fresh]) -> list[_Fresh]:
    """One for each attempt: what was tried in one message failed once."""
    found = {each.outcome.claim.bundle or each.row.delivery_id: each for each in fresh}
    return list(found.values())


def _left_alone_until(each: _Fresh, failures: int, until: datetime | None) -> datetime | None:
    """The later of what it asked for and what its failures bring about; None once it recovers."""
    verdict = each.outcome.verdict
    if verdict.status == "delivered":
        return None if each.row.failures >= STRUGGLING else until
    cooled = each.outcome.at + timedelta(seconds=cooldown_s(failures))
    waits = (until, verdict.not_before, cooled if failures >= STRUGGLING else None)
    return max((wait for wait in waits if wait is not None), default=None)


def _rows_health(written: dict[str, Any]) -> tuple[int, datetime | None, datetime | None]:
    return written["b_failures"], written["b_since"], written["b_wait"]


def _let_go(conn: Connection, fresh: Sequence[_Fresh]) -> None:
    """What was delivered at an endpoint that was removed meanwhile no longer waits for a new one."""
    late = [each for each in fresh if each.row.state == "removed" and each.settled.status == "delivered"]
    if late:
        let_go(conn, {each.outcome.claim.item_id for each in late}, max(each.outcome.at for each in late))


def _heed_recalls(conn: Connection, fresh: Sequence[_Fresh]) -> None:
    """What was recalled during its attempt, and what told an office of a recall."""
    at = max(each.outcome.at for each in fresh)
    ended = [Ended(each.outcome.claim, each.settled.status == "delivered", each.said) for each in fresh if each.said]
    after_attempts(conn, ended, at)
    arrived = (each.outcome.claim for each in fresh if each.settled.status == "delivered")
    record_taken_back(conn, (claim for claim in arrived if claim.recall_id))


def _told(each: _Fresh) -> Told:
    return told_of(each.outcome, each.settled.status, each.settled.reason, each.settled.next_attempt_at)
