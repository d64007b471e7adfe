"""Attempts are begun apart from those who bring them."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextvars import ContextVar

from services.notifier.in_hand import InHand, Pace
from services.notifier.parcel import Parcel
from services.notifier.ports import Claim
from tests.notifier.samples import NOW, endpoint

_PACE = Pace(2, 4, 2, 30.0, (1.0,), poll_s=0.01, gather_s=0.001, drain_s=1.0)
_BATCH: ContextVar[object] = ContextVar("batch")


class Batch:
    """What a consumer keeps in the context of the one that handles it."""


def _claim(number: int) -> Claim:
    parcel = Parcel(f"d{number}", endpoint(f"e{number}"), b"{}", None)
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
