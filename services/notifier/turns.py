"""Which of an office's endpoints take a copy: those of the first place, and others only when these cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

HANDED_OVER: Final = "handed_over"
"""The reason with which a delivery ends, and the next one begins, where another endpoint takes over."""
_WITHOUT_TURN: Final = frozenset({"disabled", "unverified"})
_TRIES: Final = 3
_TRIES_OF_URGENT: Final = 2
_URGENT_RANKS: Final = range(2)


class InTurn(Protocol):
    """An endpoint, or its row."""

    @property
    def place(self) -> int:
        """Its turn: the lower goes first, and those of one place get a copy each."""
        ...

    @property
    def state(self) -> str:
        """Its state."""
        ...


T = TypeVar("T", bound=InTurn)


def first_in_turn(places: Sequence[T]) -> list[T]:
    """Those of the first place where one at least has a turn; where none has, those of the very first place.

    One that is disabled has none, nor has one that was never verified. A paused endpoint keeps its turn: its
    deliveries are held until the operator lets it go on.
    """
    if len(places) == 1:
        return [*places]
    able = [each for each in places if each.state not in _WITHOUT_TURN] or places
    first = min((each.place for each in able), default=0)
    return [each for each in places if each.place == first]


def next_in_turn(places: Sequence[T], after: int) -> list[T]:
    """The active ones of the first place after this one that has any."""
    able = [each for each in places if each.state == "active" and each.place > after]
    following = min((each.place for each in able), default=0)
    return [each for each in able if each.place == following]


def tries_before(rank: int) -> int:
    """How many tries an endpoint has before the next one takes over; `rank` is that of the urgency (0: hỏa tốc)."""
    return _TRIES_OF_URGENT if rank in _URGENT_RANKS else _TRIES
