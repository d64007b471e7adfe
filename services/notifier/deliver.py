"""The delivery loop: claims what is due, tries it, writes the outcomes down together.

One Deliverer per kind of endpoint, so that slow mail never takes the room of webhooks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from contracts.deliveries import EndpointKind
from contracts.receipts import ReceiptRecorded
from services.notifier.attempt_log import AttemptLog
from services.notifier.bundle import singly
from services.notifier.in_hand import InHand, Pace
from services.notifier.outcome import Answer, Refused, Unreachable, given_up, judge
from services.notifier.owed import OF_THEIR_OWN
from services.notifier.pacing import NotYet
from services.notifier.ports import Channel, Claim, Claims, LedgerUnavailable, Outcome, Room
from services.notifier.receipt import BadWord, CopyIds, from_answer
from services.runtime.health import Progress
from services.runtime.logging import Log

_PAUSE_S: Final = 1.0
_GLANCE_S: Final = 0.005


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
        self._hand = InHand(pace, attempt=self._attempt, end=self._news_came)
        self._more_waits = False
        self._look = True
        """Whether the ledger may have something to claim, and when it was last asked."""
        self._looked = 0.0
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
        return self._hand.room()

    def begin(self, claims: Sequence[Claim]) -> None:
        """Make the attempts of these claims, as soon as there is room."""
        self._hand.add(claims)

    async def breathe(self, at_most_s: float) -> None:
        """Wait, not longer than that, while enough is at hand or waits in the ledger: more would only lie about.

        What comes while nothing waits there is claimed as it is taken in, which spares half the writing.
        """
        for _ in range(int(at_most_s / _GLANCE_S)):
            if self._stopping or not self._is_full():
                return
            await asyncio.sleep(_GLANCE_S)

    def _is_full(self) -> bool:
        return self._more_waits or self._look or self._hand.is_enough

    def _news_came(self) -> None:
        self._news.set()

    async def run(self) -> None:
        """Deliver until stopped."""
        self._stopped.clear()
        try:
            while not (self._stopping and self._is_empty()):
                try:
                    await self._turn()
                except LedgerUnavailable as error:
                    self._log.error("task.failed", task=f"deliver {self.kind}", error=str(error))
                    await asyncio.sleep(_PAUSE_S)
        finally:
            self._stopped.set()

    def _is_empty(self) -> bool:
        return not (self._hand.running or self._done or self._hand.waiting or self._early)

    async def stop(self) -> None:
        """Claim nothing more, let attempts in hand finish for a while, give the rest back."""
        self._stopping = True
        self._hand.close()
        self.wake()
        if self._hand.running:
            await asyncio.wait(self._hand.running, timeout=self._pace.drain_s)
        unfinished = dict(self._hand.running)
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
        self._hand.turn()
        await self._write_down()
        await self._put_off()
        await self._give_back()
        claimed = await self._claim_due()
        self._progress.beat(f"deliver {self.kind}")
        if not claimed:
            await self._wait()
        if self._hand.running:
            await asyncio.sleep(self._pace.gather_s)

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
        self._told.tell(ended, stale)

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
            told = ended.pop(0)
            self._told.tell([told], () if kept else [told])

    async def _written(self, outcome: Outcome) -> bool:
        """Write one outcome down, without the other side's words if it must be; False where it was not taken."""
        plain = outcome._replace(body=None, receipt=None, verdict=outcome.verdict._replace(detail=None))
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
        room = self._hand.room()
        self._hand.count_anew()
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

    async def _give_back(self) -> None:
        """Release claims that waited too long, or that are not to be begun any more."""
        old = self._hand.take_old()
        if old:
            await self._ledger.release(singly(old), self._clock(), begun=False)
        self._hand.start()

    async def _attempt(self, claim: Claim) -> bool:
        """Try once, and keep the outcome; whether the other side took it."""
        started = time.monotonic()
        try:
            answer = await self._try(claim)
        except NotYet as early:
            self._early += ((each, early.at) for each in singly([claim]))
            return False
        now = self._clock()
        endpoint = claim.parcel.endpoint
        own = endpoint.options.schedule_s
        schedule_s = self._pace.schedule_s if own is None else own
        verdict = judge(answer, claim.tries, schedule_s, now, self._chance())
        verdict = given_up(verdict, endpoint, now, timedelta(days=self._pace.disable_after_days))
        duration_ms = round((time.monotonic() - started) * 1_000, 2)
        for each in claim.members or (claim,):
            self._done.append(Outcome(each, verdict, answer.body, now, duration_ms, self._receipt(each, answer, now)))
        return verdict.status == "delivered"

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
            if not self._hand.was_cut_off():
                raise
            return Answer("try_again", "timeout")
        except NotYet:
            raise
        except Unreachable as unreachable:
            return Answer("try_again", unreachable.reason, str(unreachable))
        except Refused as refused:
            return Answer("refused", refused.reason, str(refused))
        except Exception as error:
            self._log.error("task.failed", task=f"deliver {self.kind}", error=repr(error), exc_info=True)
            return Answer("try_again", "internal_error")
