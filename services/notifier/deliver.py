"""The delivery loop: claims what is due, tries it, writes the outcomes down together.

One Deliverer per kind of endpoint, so that slow mail never takes the room of webhooks.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from contracts.deliveries import EndpointKind
from contracts.receipts import ReceiptRecorded
from services.notifier.attempt_log import AttemptLog
from services.notifier.bundle import singly, together
from services.notifier.outcome import Answer, Refused, Unreachable, given_up, judge
from services.notifier.owed import OF_THEIR_OWN
from services.notifier.pacing import NotYet
from services.notifier.ports import Channel, Claim, Claims, LedgerUnavailable, Outcome, Room
from services.notifier.receipt import BadWord, CopyIds, from_answer
from services.notifier.schedule import share_of
from services.runtime.health import Progress
from services.runtime.logging import Log

_PAUSE_S: Final = 1.0
_SLOW_S: Final = 1.0
"""An attempt that waits longer for its answer gives its place to another, within `Pace.with_slow`."""
_FRESH: Final = 0.2
"""An attempt is begun within this part of its lease, or not under this lease at all."""
SHARE_OF_LEASE: Final = 0.6
"""An attempt is given up while its lease still has time to be written down in."""
_READY: Final = 6
"""So many times as many claims at hand as attempts at once: a batch that comes in finds room as a whole."""
_ENOUGH: Final = 2
"""With so many times as many claims at hand no more are asked for: they last while the next batch is taken in."""
_AHEAD: Final = 32
"""So many times as many claims of one endpoint as attempts at once to it: the next are at hand when one ends."""
_GLANCE_S: Final = 0.005
_LATELY_S: Final = 0.1


@dataclass(frozen=True)
class Pace:
    """How much at once, how long a claim lasts, when to try again and when no more, how long outcomes gather (seconds).

    `in_flight`: attempts that are answered soon; `with_slow`: those that wait long for their answer as well. `ahead`:
    claims that may wait for room at most, where as many are carried between one look at the ledger and the next.
    """

    in_flight: int
    with_slow: int
    per_endpoint: int
    lease_s: float
    schedule_s: Sequence[float]
    poll_s: float
    gather_s: float
    drain_s: float
    disable_after_days: float = 5.0
    ahead: int = 0


class _Ready(NamedTuple):
    """A claim, and the moment after which its lease is too old to begin."""

    claim: Claim
    latest: float


class Deliverer:
    """Delivers over one channel. `clock` gives aware moments, `chance` numbers in [0, 1)."""

    def __init__(
        self,
        kind: EndpointKind,
        channel: Channel,
        ledger: Claims,
        pace: Pace,
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        progress: Progress,
        log: Log,
    ) -> None:
        self.kind: EndpointKind = kind
        self._channel = channel
        self._ledger = ledger
        self._pace = pace
        self._clock = clock
        self._chance = chance
        self._progress = progress
        self._log = log
        self._told = AttemptLog(kind, log)
        self._ready: deque[_Ready] = deque()
        """Claims that wait for room, the next one first."""
        self._parked: dict[str, deque[_Ready]] = {}
        """Claims that wait for an attempt to the same endpoint to end."""
        self._at: Counter[str] = Counter()
        """Attempts to each endpoint."""
        self._moved: dict[str, float] = {}
        """When an attempt to each of these endpoints last ended."""
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._began: dict[asyncio.Task[None], float] = {}
        """The oldest first."""
        self._late: set[asyncio.Task[None]] = set()
        """Those that are being cut off."""
        self._slow = 0
        self._more_waits = False
        self._look = True
        """Whether the ledger may have something to claim, and when it was last asked."""
        self._looked = 0.0
        self._ended = 0
        """Attempts that ended since claims were last asked for."""
        self._done: list[Outcome] = []
        self._early: list[tuple[Claim, datetime]] = []
        """Claims whose turn comes later, each with that moment."""
        self._news = asyncio.Event()
        self._stopping = False
        self._stopped = asyncio.Event()
        self._stopped.set()

    def wake(self) -> None:
        """Look for work now: something may have become due."""
        self._look = True
        self._news.set()

    def room(self) -> Room:
        """What could be begun or made ready now."""
        ahead = max(self._pace.in_flight * _READY, min(2 * self._ended, self._pace.ahead))
        want = 0 if self._stopping else max(ahead + self._room() - self._at_hand(), 0)
        return Room(want, self._pace.per_endpoint * _AHEAD, timedelta(seconds=self._pace.lease_s))

    def begin(self, claims: Sequence[Claim]) -> None:
        """Make the attempts of these claims, as soon as there is room."""
        latest = time.monotonic() + self._pace.lease_s * _FRESH
        self._ready.extend(_Ready(claim, latest) for claim in together(claims))
        self._start()

    async def breathe(self, at_most_s: float) -> None:
        """Wait, not longer than that, while enough is at hand or waits in the ledger: more would only lie about.

        What comes while nothing waits there is claimed as it is taken in, which spares half the writing.
        """
        for _ in range(int(at_most_s / _GLANCE_S)):
            if self._stopping or not self._is_full():
                return
            await asyncio.sleep(_GLANCE_S)

    def _is_full(self) -> bool:
        return self._more_waits or self._look or self._at_hand() > self._pace.in_flight * _ENOUGH

    def _at_hand(self) -> int:
        """How many claims wait to be begun, without those of endpoints that end nothing: these may lie there."""
        lately = time.monotonic() - _LATELY_S
        parked = (len(waiting) for each, waiting in self._parked.items() if self._moved.get(each, 0.0) > lately)
        return len(self._ready) + sum(parked)

    async def run(self) -> None:
        """Deliver until stopped."""
        self._stopped.clear()
        try:
            while not (self._stopping and not (self._running or self._done or self._waiting() or self._early)):
                try:
                    await self._turn()
                except LedgerUnavailable as error:
                    self._log.error("task.failed", task=f"deliver {self.kind}", error=str(error))
                    await asyncio.sleep(_PAUSE_S)
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """Claim nothing more, let attempts in hand finish for a while, give the rest back."""
        self._stopping = True
        self.wake()
        if self._running:
            await asyncio.wait(self._running, timeout=self._pace.drain_s)
        unfinished = dict(self._running)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self.wake()
        await self._stopped.wait()
        if unfinished:
            await self._ledger.release(singly(unfinished.values()), self._clock(), begun=True)
            self._log.info("delivery.released", kind=self.kind, deliveries=len(unfinished))

    async def _turn(self) -> None:
        """Write down what ended, start what is due, wait for news; while busy, let outcomes gather."""
        self._news.clear()
        self._cut_off()
        await self._write_down()
        await self._put_off()
        await self._give_back()
        claimed = await self._claim_due()
        self._progress.beat(f"deliver {self.kind}")
        if not claimed:
            await self._wait()
        if self._running:
            await asyncio.sleep(self._pace.gather_s)

    def _cut_off(self) -> None:
        """End attempts that have lasted as long as they may. A look at the oldest is cheaper than a timer for each."""
        latest = time.monotonic() - self._pace.lease_s * SHARE_OF_LEASE
        for task, began in self._began.items():
            if began > latest:
                break
            if task not in self._late:
                self._late.add(task)
                task.cancel()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), self._pace.poll_s)
        except TimeoutError:
            self._look = True

    async def _write_down(self) -> None:
        ended, self._done = self._done, []
        if not ended:
            return
        try:
            stale = await self._ledger.record(ended)
        except LedgerUnavailable:
            self._done = ended + self._done
            raise
        except Exception as error:
            self._report("record", error)
            await self._write_singly(ended)
            return
        for each in ended:
            self._told.tell(each, stale=each in stale)

    async def _put_off(self) -> None:
        """Give back what came before its turn."""
        early, self._early = self._early, []
        if early:
            try:
                await self._ledger.postpone(early, self._clock())
            except LedgerUnavailable:
                self._early = early + self._early
                raise

    async def _write_singly(self, ended: list[Outcome]) -> None:
        """One bad row must not keep the others, nor the loop, from going on."""
        while ended:
            try:
                kept = await self._written(ended[0])
            except LedgerUnavailable:
                self._done = ended + self._done
                raise
            self._told.tell(ended.pop(0), stale=not kept)

    async def _written(self, outcome: Outcome) -> bool:
        """Write one outcome down, without the other side's words if it must be; False where it was not taken."""
        plain = outcome._replace(body=None, receipt=None, verdict=replace(outcome.verdict, detail=None))
        for each in (outcome, plain):
            try:
                return not await self._ledger.record([each])
            except LedgerUnavailable:
                raise
            except Exception as error:
                self._report("record", error)
        return False

    def _report(self, doing: str, error: Exception) -> None:
        """An error of ours: its type and place, not its text, which may hold what the other side said."""
        self._log.error("task.failed", task=f"{doing} {self.kind}", error=type(error).__name__)

    async def _claim_due(self) -> int:
        """Claim more than may be in flight: attempts go on while outcomes are written down and others are claimed."""
        now = time.monotonic()
        self._slow = sum(now - began > _SLOW_S for began in self._began.values())
        room = self.room()
        self._ended = 0
        if not room.want or not (self._look or time.monotonic() > self._looked + self._pace.poll_s):
            return 0
        self._look, self._looked = False, time.monotonic()
        claims = await self._ledger.claim(self.kind, room.want, room.per_endpoint, room.lease, self._clock())
        if self._stopping:
            await self._ledger.release(claims, self._clock(), begun=False)
            return 0
        self._more_waits = len(claims) >= room.want
        self._look = self._look or bool(claims)
        self.begin(claims)
        return len(claims)

    def _waiting(self) -> bool:
        return bool(self._ready or self._parked)

    def _start(self) -> None:
        """Begin what is ready, as far as there is room, and no lease is too old: `_give_back` sees to those."""
        now = time.monotonic()
        while self._ready and self._room() > 0 and not self._stopping and now <= self._ready[0].latest:
            ready = self._ready.popleft()
            endpoint = ready.claim.parcel.endpoint.endpoint_id
            if self._at[endpoint] >= self._share():
                self._parked.setdefault(endpoint, deque()).append(ready)
                continue
            task = asyncio.create_task(self._attempt(ready.claim))
            self._running[task] = ready.claim
            self._began[task] = now
            self._at[endpoint] += 1
            task.add_done_callback(self._finished)

    def _share(self) -> int:
        """How many attempts one endpoint may have at once."""
        return share_of(self._pace.in_flight, max(len(self._at), 1), self._pace.per_endpoint)

    def _room(self) -> int:
        """How many attempts may begin: those that wait long for an answer take no place, within a limit to all."""
        quick = len(self._running) - self._slow
        return min(self._pace.in_flight - quick, self._pace.with_slow - len(self._running))

    async def _give_back(self) -> None:
        """Release claims that waited too long, or that are not to be begun any more."""
        now, old = time.monotonic(), []
        for endpoint, waiting in [("", self._ready), *self._parked.items()]:
            while waiting and (self._stopping or now > waiting[0].latest):
                old.append(waiting.popleft().claim)
            if endpoint and not waiting:
                del self._parked[endpoint]
        if old:
            await self._ledger.release(singly(old), self._clock(), begun=False)
        self._start()

    def _finished(self, task: asyncio.Task[None]) -> None:
        endpoint = self._running.pop(task).parcel.endpoint.endpoint_id
        del self._began[task]
        self._late.discard(task)
        self._ended += 1
        self._at[endpoint] -= 1
        self._moved[endpoint] = time.monotonic()
        if not self._at[endpoint]:
            del self._at[endpoint], self._moved[endpoint]
        parked = self._parked.get(endpoint)
        if parked:
            self._ready.appendleft(parked.popleft())
            if not parked:
                del self._parked[endpoint]
        self._start()
        self._news.set()

    async def _attempt(self, claim: Claim) -> None:
        started = time.monotonic()
        try:
            answer = await self._try(claim)
        except NotYet as early:
            self._early += ((each, early.at) for each in singly([claim]))
            return
        now = self._clock()
        endpoint = claim.parcel.endpoint
        own = endpoint.options.schedule_s
        schedule_s = self._pace.schedule_s if own is None else own
        verdict = judge(answer, claim.tries, schedule_s, now, self._chance())
        verdict = given_up(verdict, endpoint, now, timedelta(days=self._pace.disable_after_days))
        duration_ms = round((time.monotonic() - started) * 1_000, 2)
        for each in claim.members or (claim,):
            self._done.append(Outcome(each, verdict, answer.body, now, duration_ms, self._receipt(each, answer, now)))

    def _receipt(self, claim: Claim, answer: Answer, now: datetime) -> ReceiptRecorded | None:
        """The receipt that a successful answer carries; what is none is ignored."""
        if answer.said is None or answer.result != "accepted" or claim.about in OF_THEIR_OWN:
            return None
        office = claim.parcel.endpoint.recipient_id
        copy = CopyIds(claim.assignment_id, claim.notice_id, claim.revision, office)
        try:
            return from_answer(answer.said, copy, claim.recipient_name, now)
        except BadWord as error:
            self._log.warning("receipt.unreadable", delivery_id=claim.parcel.delivery_id, reason=str(error))
            return None

    async def _try(self, claim: Claim) -> Answer:
        try:
            return await self._channel.deliver(claim.parcel, self._clock())
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task not in self._late:
                raise
            self._late.remove(task)
            task.uncancel()
            return Answer("try_again", "timeout")
        except NotYet:
            raise
        except Unreachable as error:
            return Answer("try_again", error.reason, str(error))
        except Refused as error:
            return Answer("refused", error.reason, str(error))
        except Exception as error:
            self._log.error("task.failed", task=f"deliver {self.kind}", error=repr(error), exc_info=True)
            return Answer("try_again", "internal_error")
