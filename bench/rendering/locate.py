"""Where words of the gold stand in a text, whatever its case, accents, spaces and marks, and nearly so if garbled."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz

_LIKE = str.maketrans({"đ": "d", "ƣ": "u"})
_NEARLY = 80.0
_HEADING_REACH = 150
"""Letters after "Nơi nhận" within which its first item begins: a signer's titles may stand between."""


@dataclass(frozen=True)
class Span:
    """A part of a text, as offsets of its characters."""

    start: int
    end: int


class Folded:
    """A text as bare letters and digits, each with its place in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        pairs = [(at, letter) for at, char in enumerate(text) for letter in fold(char)]
        self._places = [at for at, _ in pairs]
        self._letters = "".join(letter for _, letter in pairs)

    def find(self, words: str, start: int = 0, end: int | None = None, *, exact: bool = False) -> Span | None:
        """Where words first stand between two offsets of the text; None where nothing is like them.

        exact: letter by letter, else nearly so where they stand nowhere as they are.
        """
        needle, first = fold(words), self._letter(start)
        last = len(self._letters) if end is None else self._letter(end)
        at = self._letters.find(needle, first, last)
        if at >= 0:
            return self._span(at, at + len(needle))
        if exact or len(needle) < 4 or last - first < len(needle):
            return None
        near = fuzz.partial_ratio_alignment(needle, self._letters[first:last], score_cutoff=_NEARLY)
        return self._span(first + near.dest_start, first + near.dest_end) if near else None

    def recipients(self, first_item: str, start: int) -> int:
        """Where the line begins that heads the list of recipients; the end of the text where there is none."""
        heading = fold("Nơi nhận")
        at = self._letters.find(heading, self._letter(start))
        while at >= 0:
            place = self._places[at]
            reach = self._places[min(at + _HEADING_REACH + len(fold(first_item)), len(self._places) - 1)] + 1
            if self.find(first_item, self._places[at + len(heading) - 1] + 1, reach):
                return self.line_start(place)
            at = self._letters.find(heading, at + 1)
        return len(self.text)

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Where the line of an offset ends."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def _letter(self, offset: int) -> int:
        low, high = 0, len(self._places)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._places[middle] < offset else (low, middle)
        return low

    def _span(self, first: int, last: int) -> Span | None:
        return Span(self._places[first], self._places[last - 1] + 1) if last > first else None


def fold(text: str) -> str:
    """The letters and digits of a text, small and without accents."""
    bare = unicodedata.normalize("NFD", text.casefold()).translate(_LIKE)
    return "".join(char for char in bare if char.isalnum())
