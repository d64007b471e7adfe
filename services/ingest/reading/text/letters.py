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
        self._shortened = {phrase: shortened(phrase) for phrase in phrases if len(phrase) >= shortest}
        self._heads: dict[str, list[str]] = {}
        self._tails: dict[str, list[str]] = {}
        for phrase in self._shortened:
            self._heads.setdefault(phrase[:2], []).append(phrase)
            self._tails.setdefault(phrase[-2:], []).append(phrase)

    def find(self, text: str) -> str | None:
        """The one phrase that a text is, but for a letter; None where it is none, or could be several."""
        # One wrong letter leaves one end whole.
        alike = {*self._heads.get(text[:2], ()), *self._tails.get(text[-2:], ())}
        near = [phrase for phrase in alike if abs(len(phrase) - len(text)) <= 1 and self._is_near(text, phrase)]
        return near[0] if len(near) == 1 else None

    def _is_near(self, text: str, phrase: str) -> bool:
        return one_off(text, phrase) and not self._shortened[phrase].isdisjoint(shortened(text))
