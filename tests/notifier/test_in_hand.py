"""Attempts are begun apart from those who bring them, and more at once where they are taken."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextvars import ContextVar

from services.notifier.in_hand import InHand, Pace
from services.notifier.parcel import Parcel
from services.notifier.ports import Claim
from services.notifier.schedule import LEAST_SHARE
from tests.notifier.samples import NOW, endpoint

_PACE = Pace(2, 4, 2, 30.0, (1.0,), poll_s=0.01, gather_s=0.001, drain_s=1.0)
_ROOMY = Pace(200, 400, 32, 30.0, (1.0,), poll_s=0.01, gather_s=0.001, drain_s=1.0)
_BATCH: ContextVar[object] = ContextVar("batch")


class Batch:
    """What a consumer keeps in the context of the one that handles it."""


def _claim(number: int, place: str | None = None) -> Claim:
    parcel = Parcel(f"d{number}", endpoint(place or f"e{number}"), b"{}", None)
    return Claim(parcel, f"a{number}", f"n{number}", 1, "UBND", 1, 1, 1, NOW, reclaimed=False)


async def test_an_attempt_keeps_nothing_of_the_batch_that_brought_it() -> None:
    """Whoever hangs for minutes, and the connection that is kept, would keep hundreds of records from going."""
    answer = asyncio.Event()
    seen: list[object] = []

    async def attempt(_: Claim) -> bool:
        seen.append(_BATCH.get(None))
        return await answer.wait()

    hand = InHand(_PACE, attempt=attempt, end=lambda: None)

    async def bring() -> weakref.ref[Batch]:
        batch = Batch()
        _BATCH.set(batch)
        hand.add([_claim(number) for number in range(3)])
        return weakref.ref(batch)

    brought = await asyncio.create_task(bring())
    await asyncio.sleep(0)
    gc.collect()
    assert len(hand.running) == 2
    assert brought() is None
    answer.set()
    while hand.running:
        await asyncio.wait(hand.running)
    assert seen == [None] * 3


class Office:
    """An endpoint whose attempts end when the test says so."""

    def __init__(self) -> None:
        self.hand = InHand(_ROOMY, attempt=self._attempt, end=lambda: None)
        self._answers: dict[str, asyncio.Future[bool]] = {}

    async def _attempt(self, claim: Claim) -> bool:
        answer = self._answers[claim.parcel.delivery_id] = asyncio.get_running_loop().create_future()
        return await answer

    async def bring(self, claims: int) -> None:
        """Have so many claims at hand, all to one endpoint."""
        self.hand.add([_claim(number, "e1") for number in range(claims)])
        await _soon()

    async def answer(self, *, took: bool) -> None:
        """Let the oldest attempt end."""
        oldest = next(iter(self.hand.running.values())).parcel.delivery_id
        self._answers[oldest].set_result(took)
        await _soon()

    async def stop(self) -> None:
        """Let everything end."""
        self.hand.close()
        while self.hand.running:
            await self.answer(took=True)


async def test_an_endpoint_that_took_nothing_yet_has_few_attempts_at_once() -> None:
    """What hangs holds few connections, though there was room for many."""
    office = Office()
    await office.bring(100)
    assert len(office.hand.running) == LEAST_SHARE
    await office.stop()


async def test_an_endpoint_has_more_attempts_at_once_the_more_it_takes() -> None:
    """Two begin where one was taken, until the endpoint has its share."""
    office = Office()
    await office.bring(200)
    seen = []
    for _ in range(40):
        await office.answer(took=True)
        seen.append(len(office.hand.running))
    assert seen == [*range(LEAST_SHARE + 1, _ROOMY.per_endpoint), *[_ROOMY.per_endpoint] * 13]
    await office.stop()


async def test_an_endpoint_that_begins_to_fail_falls_back_to_few() -> None:
    """Nothing more begins there until fewer run than the least share, and what waits is not forgotten."""
    office = Office()
    await office.bring(200)
    for _ in range(10):
        await office.answer(took=True)
    seen = []
    for _ in range(12):
        await office.answer(took=False)
        seen.append(len(office.hand.running))
    assert seen == [13, 12, 11, 10, 9, 8, 7, 6, 5, *[LEAST_SHARE] * 3]
    await office.stop()


async def test_an_attempt_that_raises_is_told_of_and_counts_as_not_taken() -> None:
    """An error of ours is neither hidden nor taken for an answer."""
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(repr(context["exception"])))

    async def attempt(_: Claim) -> bool:
        raise ValueError("ours")

    hand = InHand(_ROOMY, attempt=attempt, end=lambda: None)
    hand.add([_claim(number, "e1") for number in range(2)])
    await _soon()
    assert told == ["ValueError('ours')"] * 2
    assert not hand.running


async def _soon() -> None:
    for _ in range(4):
        await asyncio.sleep(0)
