"""The ledger in a SQL database: SQLite by default, one writer thread, one reader thread.

The event loop never waits for the disk: every call runs in the thread of its kind. Callers bring many rows to a
call, and calls that write share transactions, so that one commit carries many outcomes.
"""

# ruff: noqa: D102 -- the port says what each method means

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from contracts.deliveries import EndpointKind, Status
from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptRecorded
from services.notifier.audit import AuditQuery, AuditRow, Deed, rows_of_endpoint, rows_of_ids, rows_of_new
from services.notifier.balance import Balance
from services.notifier.endpoint_health import EndpointHealth
from services.notifier.endpoints import Endpoint, State
from services.notifier.evidence import EvidencePage
from services.notifier.keys import ApiKey
from services.notifier.ledger import (
    api_keys,
    book,
    bounces,
    clocks,
    evidence,
    health,
    holding,
    inbox,
    information,
    outbox,
    outcomes,
    overdue,
    proofs,
    purge,
    queue,
    recalls,
    receipts,
    removal,
    repair,
    reports,
    trail,
)
from services.notifier.ledger.alone import Claimant, end_leases
from services.notifier.ledger.checkpoints import Checkpoints
from services.notifier.ledger.engine import file_of, migrate
from services.notifier.ledger.group_commit import GroupCommit
from services.notifier.ledger.trail import audited, audited_change
from services.notifier.owed import Terms
from services.notifier.ports import (
    Ask,
    AttemptRow,
    BounceEffect,
    Claim,
    DeliveryQuery,
    DeliveryRow,
    HealthQuery,
    HealthReport,
    LedgerUnavailable,
    Outcome,
    OverdueQuery,
    OverdueRow,
    Pending,
    Recalled,
    Room,
    Rung,
    Taken,
    TakenIn,
    Waiting,
)
from services.notifier.retention import Due, Hold, Mark, What

P = ParamSpec("P")
T = TypeVar("T")


class SqlLedger:
    """The whole ledger port over one database."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._clock = clock
        self._claimant = Claimant(engine)
        self._reading = engine.execution_options(read_only=True)
        self._writer = GroupCommit(engine)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="ledger-reader")
        self._checkpoints = Checkpoints(file_of(engine), lambda: self._writer.commits)

    async def start(self) -> None:
        """Bring the schema up to date, and end the leases of a process that is gone. Raises LedgerUnavailable."""
        await self._write(migrate)
        if self._claimant.is_alone():
            await self._write(end_leases, self._clock())
        await asyncio.to_thread(self._claimant.beside)
        self._checkpoints.start()

    async def stop(self) -> None:
        """Finish the calls in hand and close."""
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._checkpoints.stop)
        await asyncio.to_thread(self._reader.shutdown)
        self._engine.dispose()
        self._claimant.leave()

    async def take(
        self, arrived: Sequence[Taken], now: datetime, room: Mapping[EndpointKind, Room] | None = None
    ) -> TakenIn:
        return await self._write(inbox.take, arrived, now, room)

    async def body(self, item_id: str) -> bytes | None:
        return await self._read(inbox.body, item_id)

    async def taken(self, assignment_id: str) -> Taken | None:
        return await self._read(inbox.taken, assignment_id)

    async def copy_of(self, recipient_id: str, number: str, issued_on: date) -> Taken | None:
        return await self._read(inbox.copy_of, recipient_id, number, issued_on)

    async def recall(self, said: Sequence[Recalled], now: datetime) -> int:
        return await self._write(recalls.carry_out, said, now)

    async def recalls(self, notice_id: str, revision: int) -> Sequence[NoticeRecalled]:
        return await self._read(recalls.listed, notice_id, revision)

    async def claim(
        self, kind: EndpointKind, want: int, per_endpoint: int, lease: timedelta, now: datetime
    ) -> Sequence[Claim]:
        return await self._write(queue.claim, kind, now, want=want, per_endpoint=per_endpoint, lease=lease)

    async def record(self, outcomes_made: Sequence[Outcome]) -> Sequence[Outcome]:
        return await self._write(outcomes.record, outcomes_made)

    async def release(self, claims: Sequence[Claim], now: datetime, *, begun: bool) -> None:
        await self._write(queue.release, claims, now, begun=begun)

    async def postpone(self, claims: Sequence[tuple[Claim, datetime]], now: datetime) -> None:
        await self._write(queue.postpone, claims, now)

    async def add(self, endpoints: Sequence[Endpoint], now: datetime, deed: Deed | None = None) -> Sequence[Endpoint]:
        return await self._write(audited(book.add, partial(rows_of_new, deed, endpoints)), endpoints, now)

    async def endpoints(self, recipient_id: str | None, limit: int) -> Sequence[Endpoint]:
        return await self._read(book.listed, recipient_id, limit)

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        return await self._read(book.one, endpoint_id)

    async def amend(self, changes: Sequence[tuple[Endpoint, Endpoint]], deed: Deed | None = None) -> Sequence[str]:
        return await self._write(audited(book.amend, partial(rows_of_ids, deed)), changes)

    async def set_state(
        self, endpoint_id: str, state: State, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        return await self._write(audited_change(removal.set_state, deed), endpoint_id, state, now)

    async def set_information(
        self, endpoint_id: str, now: datetime, *, takes: bool, deed: Deed | None = None
    ) -> Endpoint | None:
        change = audited_change(information.set_information, deed)
        return await self._write(change, endpoint_id, now, takes=takes)

    async def ask(
        self, challenges: Sequence[str], lease: timedelta, now: datetime, endpoint_id: str | None = None
    ) -> Sequence[Ask]:
        return await self._write(proofs.ask, challenges, lease, now, endpoint_id)

    async def unproven(self, ask: Ask, reason: str, next_at: datetime | None) -> bool:
        return await self._write(proofs.unproven, ask, reason, next_at)

    async def prove(
        self, endpoint_id: str, challenge: str | None, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        return await self._write(audited(proofs.prove, partial(rows_of_endpoint, deed)), endpoint_id, challenge, now)

    async def pending(self, endpoint_id: str) -> Pending | None:
        return await self._read(proofs.pending, endpoint_id)

    async def receive(self, receipt: ReceiptRecorded, traceparent: str | None, deed: Deed | None = None) -> bool:
        change = audited(receipts.receive, lambda new: rows_of_ids(deed, [receipt.receipt_id] if new else []))
        return await self._write(change, receipt, traceparent)

    async def receipts(self, assignment_id: str) -> Sequence[ReceiptRecorded]:
        return await self._read(receipts.listed, assignment_id)

    async def ring(self, terms: Terms, now: datetime, most: int) -> Rung:
        return await self._write(clocks.ring, terms, now, most)

    async def overdue(self, query: OverdueQuery, now: datetime) -> Sequence[OverdueRow]:
        return await self._read(overdue.overdue, query, now)

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        return await self._read(outbox.waiting, limit)

    async def published(self, pages: Sequence[int]) -> None:
        await self._write(outbox.forget, pages)

    async def deliveries(self, query: DeliveryQuery) -> Sequence[DeliveryRow]:
        return await self._read(reports.deliveries_like, query)

    async def balance(self, notice_id: str | None) -> Balance:
        return await self._read(reports.balance, notice_id)

    async def counts(self) -> tuple[Mapping[Status, int], int]:
        return await self._read(reports.counts)

    async def health(self, query: HealthQuery, now: datetime) -> HealthReport:
        report = await self._read(health.health, query, now)
        found: list[EndpointHealth] = []
        for start in range(0, len(report.endpoints), health.FURTHER_BACK):
            part = report.endpoints[start : start + health.FURTHER_BACK]
            found += await self._read(health.look_further_back, part)
        return HealthReport(report.since, found)

    async def attempts(self, delivery_id: str) -> Sequence[AttemptRow]:
        return await self._read(repair.attempts_of, delivery_id)

    async def retry(
        self, delivery_ids: Sequence[str], now: datetime, pace_s: float = 0.0, deed: Deed | None = None
    ) -> Sequence[str]:
        return await self._write(audited(repair.retry, partial(rows_of_ids, deed)), delivery_ids, now, pace_s)

    async def give_up(self, delivery_ids: Sequence[str], now: datetime, deed: Deed | None = None) -> Sequence[str]:
        return await self._write(audited(repair.give_up, partial(rows_of_ids, deed)), delivery_ids, now)

    async def bounce(self, delivery_id: str, words: str, now: datetime, deed: Deed | None = None) -> BounceEffect:
        change = audited(bounces.bounce, lambda made: rows_of_ids(deed, [delivery_id] if made == "failed" else []))
        return await self._write(change, delivery_id, words, now)

    async def add_key(self, key: ApiKey, deed: Deed) -> None:
        await self._write(audited(api_keys.add, lambda _: rows_of_ids(deed, [key.key_id])), key)

    async def keys(self) -> Sequence[ApiKey]:
        return await self._read(api_keys.listed)

    async def key(self, key_id: str) -> ApiKey | None:
        return await self._read(api_keys.one, key_id)

    async def key_used(self, key_id: str, at: datetime) -> None:
        await self._write(api_keys.used, key_id, at)

    async def revoke_key(self, key_id: str, deed: Deed) -> bool:
        change = audited(api_keys.revoke, lambda done: rows_of_ids(deed, [key_id] if done else []))
        return await self._write(change, key_id, deed.at)

    async def note(self, rows: Sequence[AuditRow]) -> None:
        await self._write(trail.write, rows)

    async def audit(self, query: AuditQuery) -> Sequence[AuditRow]:
        return await self._read(trail.listed, query)

    async def due(self, what: What, before: datetime, after: Mark | None, most: int) -> Due:
        return await self._read(purge.due, what, before, after, most)

    async def purge(self, what: What, ids: Sequence[str], before: datetime, now: datetime) -> int:
        return await self._write(purge.purge, what, ids, before, now)

    async def hold(self, hold: Hold, deed: Deed) -> bool:
        change = audited(holding.hold, lambda new: rows_of_ids(deed, [hold.notice_id] if new else []))
        return await self._write(change, hold)

    async def release_hold(self, notice_id: str, deed: Deed) -> bool:
        change = audited(holding.release, lambda done: rows_of_ids(deed, [notice_id] if done else []))
        return await self._write(change, notice_id)

    async def holds(self) -> Sequence[Hold]:
        return await self._read(holding.listed)

    async def evidence(self, notice_id: str, after: str | None, most: int) -> EvidencePage:
        return await self._read(evidence.evidence, notice_id, after, most)

    async def answers(self) -> str | None:
        try:
            await asyncio.wait_for(self._write(lambda conn: conn.execute(select(1)).scalar_one()), 5)
        except (LedgerUnavailable, TimeoutError) as error:
            return f"the ledger does not answer: {error!r}"
        return None

    async def _write(self, call: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with _telling_of_the_database():
            return await self._writer.run(lambda conn: call(conn, *args, **kwargs))

    async def _read(self, call: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def in_transaction() -> T:
            with self._reading.begin() as conn:
                return call(conn, *args, **kwargs)

        with _telling_of_the_database():
            return await asyncio.get_running_loop().run_in_executor(self._reader, in_transaction)


@contextmanager
def _telling_of_the_database() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise LedgerUnavailable(str(error.orig)) from error
