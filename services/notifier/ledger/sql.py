"""The ledger in a SQL database: SQLite by default, one writer thread, one reader thread.

The event loop never waits for the disk: every call runs in a thread of its own kind, one transaction
each. Callers bring many rows to a call, so that one transaction carries many outcomes.
"""

# ruff: noqa: D102 -- the port says what each method means

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from contracts.deliveries import EndpointKind, Status
from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptRecorded
from services.notifier.balance import Balance
from services.notifier.endpoints import Endpoint, State
from services.notifier.ledger import (
    book,
    bounces,
    inbox,
    information,
    outbox,
    outcomes,
    queue,
    recalls,
    receipts,
    repair,
    reports,
)
from services.notifier.ledger.alone import Claimant, end_leases
from services.notifier.ledger.engine import migrate
from services.notifier.ports import (
    AttemptRow,
    BounceEffect,
    Claim,
    DeliveryQuery,
    DeliveryRow,
    LedgerUnavailable,
    Outcome,
    Recalled,
    Room,
    Taken,
    TakenIn,
    Waiting,
)

P = ParamSpec("P")
T = TypeVar("T")


class SqlLedger:
    """The whole ledger port over one database."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._clock = clock
        self._claimant = Claimant(engine)
        self._reading = engine.execution_options(read_only=True)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="ledger-writer")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="ledger-reader")

    async def start(self) -> None:
        """Bring the schema up to date, and end the leases of a process that is gone. Raises LedgerUnavailable."""
        await self._write(migrate)
        if self._claimant.is_alone():
            await self._write(end_leases, self._clock())
        await asyncio.to_thread(self._claimant.beside)

    async def stop(self) -> None:
        """Finish the calls in hand and close."""
        for executor in (self._writer, self._reader):
            await asyncio.to_thread(executor.shutdown)
        self._engine.dispose()
        self._claimant.leave()

    async def take(
        self, arrived: Sequence[Taken], now: datetime, room: Mapping[EndpointKind, Room] | None = None
    ) -> TakenIn:
        return await self._write(inbox.take, arrived, now, room)

    async def taken(self, assignment_id: str) -> Taken | None:
        return await self._read(inbox.taken, assignment_id)

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

    async def add(self, endpoints: Sequence[Endpoint], now: datetime) -> Sequence[Endpoint]:
        return await self._write(book.add, endpoints, now)

    async def endpoints(self, recipient_id: str | None, limit: int) -> Sequence[Endpoint]:
        return await self._read(book.listed, recipient_id, limit)

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        return await self._read(book.one, endpoint_id)

    async def amend(self, changes: Sequence[tuple[Endpoint, Endpoint]]) -> Sequence[str]:
        return await self._write(book.amend, changes)

    async def set_state(self, endpoint_id: str, state: State, now: datetime) -> Endpoint | None:
        return await self._write(book.set_state, endpoint_id, state, now)

    async def set_information(self, endpoint_id: str, now: datetime, *, takes: bool) -> Endpoint | None:
        return await self._write(information.set_information, endpoint_id, now, takes=takes)

    async def receive(self, receipt: ReceiptRecorded, traceparent: str | None) -> bool:
        return await self._write(receipts.receive, receipt, traceparent)

    async def receipts(self, assignment_id: str) -> Sequence[ReceiptRecorded]:
        return await self._read(receipts.listed, assignment_id)

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        return await self._read(outbox.waiting, limit)

    async def published(self, outbox_ids: Sequence[int]) -> None:
        await self._write(outbox.forget, outbox_ids)

    async def deliveries(self, query: DeliveryQuery) -> Sequence[DeliveryRow]:
        return await self._read(reports.deliveries_like, query)

    async def balance(self, notice_id: str | None) -> Balance:
        return await self._read(reports.balance, notice_id)

    async def counts(self) -> tuple[Mapping[Status, int], int]:
        return await self._read(reports.counts)

    async def attempts(self, delivery_id: str) -> Sequence[AttemptRow]:
        return await self._read(repair.attempts_of, delivery_id)

    async def retry(self, delivery_ids: Sequence[str], now: datetime, pace_s: float = 0.0) -> Sequence[str]:
        return await self._write(repair.retry, delivery_ids, now, pace_s)

    async def give_up(self, delivery_ids: Sequence[str], now: datetime) -> Sequence[str]:
        return await self._write(repair.give_up, delivery_ids, now)

    async def bounce(self, delivery_id: str, words: str, now: datetime) -> BounceEffect:
        return await self._write(bounces.bounce, delivery_id, words, now)

    async def answers(self) -> str | None:
        try:
            await asyncio.wait_for(self._write(lambda conn: conn.execute(select(1)).scalar_one()), 5)
        except (LedgerUnavailable, TimeoutError) as error:
            return f"the ledger does not answer: {error!r}"
        return None

    async def _write(self, call: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(self._writer, self._engine, lambda conn: call(conn, *args, **kwargs))

    async def _read(self, call: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(self._reader, self._reading, lambda conn: call(conn, *args, **kwargs))

    async def _run(self, thread: ThreadPoolExecutor, engine: Engine, call: Callable[[Connection], T]) -> T:
        def in_transaction() -> T:
            try:
                with engine.begin() as conn:
                    return call(conn)
            except DBAPIError as error:
                raise LedgerUnavailable(str(error.orig)) from error

        return await asyncio.get_running_loop().run_in_executor(thread, in_transaction)
