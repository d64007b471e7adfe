"""Answers that are kept in mind for texts that notices repeat: the lines of a header, the names of bodies."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
_MOST = 1 << 11
_LONGEST = 300
"""Characters: what is longer is asked anew, so that no document fills the memory."""


def kept(ask: Callable[[str], T]) -> Callable[[str], T]:
    """Keep what a pure function says of the short texts that it was asked of last."""
    remembered = lru_cache(_MOST)(ask)

    @wraps(ask)
    def answer(text: str) -> T:
        return remembered(text) if len(text) <= _LONGEST else ask(text)

    return answer
