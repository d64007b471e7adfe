"""Words one misread letter apart, and phrases of a short list known in spite of one."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

_CONFUSED = (("rn", "m"), ("1", "l"), ("1", "i"), ("0", "o"), ("f", "t"))
_MOST_WORDS = 1 << 15


def shortened(word: str) -> set[str]:
    """The word, and the word without any one of its letters: two words one letter apart share one of these."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


@lru_cache(_MOST_WORDS)
def one_off(word: str, meant: str) -> bool:
    """Whether one letter of a word was misread, read twice or not at all, or letters were confused by their shape."""
    if any(word.replace(read, drawn) == meant for read, drawn in _CONFUSED):
        return True
    if abs(len(word) - len(meant)) > 1 or min(len(word), len(meant)) < 2:
        return False
    same = next((at for at, (one, other) in enumerate(zip(word, meant, strict=False)) if one != other), None)
    if same is None:
        return True
    left, right = word[same:], meant[same:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:]


class Nearby:
    """A list of phrases in which one is found although one of its letters is wrong."""

    def __init__(self, phrases: Collection[str], shortest: int) -> None:
        """shortest: letters of a phrase below which it is only known exactly."""
        self._table: dict[str, set[str]] = {}
        self._longest = max(map(len, phrases), default=0) + 1
        long = [phrase for phrase in phrases if len(phrase) >= shortest]
        self._heads, self._tails = {phrase[:2] for phrase in long}, {phrase[-2:] for phrase in long}
        for phrase in long:
            for short in shortened(phrase):
                self._table.setdefault(short, set()).add(phrase)

    def find(self, text: str) -> str | None:
        """The one phrase that a text is, but for a letter; None where it is none, or could be several."""
        if len(text) > self._longest:
            return None
        if text[:2] not in self._heads and text[-2:] not in self._tails:
            return None  # one wrong letter leaves one end whole
        near = {phrase for short in shortened(text) for phrase in self._table.get(short, ()) if one_off(text, phrase)}
        return near.pop() if len(near) == 1 else None
