"""Where in a text the words of a field stand: line by line, column by column, although two columns interleave."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from typing import NamedTuple

from contracts.evidence import Place
from services.ingest.reading.text.folding import fold

_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"(?<=\S)(?:\t| {3,})|^ {20,}|\|")
"""What parts columns; a small indent parts nothing."""
_MAY_GAP = re.compile(r"\t|   |\|")
_MOST_STARTS = 40
_MOST_WORDS = 1 << 15
_PATIENCE = 8
"""One word in so many may differ from what is looked for, and one more."""


class _Word(NamedTuple):
    text: str
    line: int
    cell: int
    start: int
    end: int


@dataclass(frozen=True)
class Match:
    """Places in reading order, and which part of the words was found there (0 to 1)."""

    places: tuple[Place, ...]
    share: float

    @property
    def line(self) -> int:
        """The line on which it begins, counted from 1."""
        return self.places[0].line


class Words:
    """The words of a text, looked up by the numbers of its lines. A line is cut into words when it is first needed."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._small = text.lower().split("\n")
        self._cut: dict[int, list[_Word]] = {}

    def find(self, value: str, lines: Sequence[int], *, first: int = 0) -> Match | None:
        """The best match of a value's words on some lines, in their order; none of them before line `first`."""
        said = _WORD.findall(value)
        wanted = [_folded(word) for word in said]
        lines = lines[bisect_left(lines, first) :]
        if not wanted or not lines:
            return None
        best: list[_Word] = []
        for across in (False, True):
            for at, word in islice(self._starts(said, wanted, lines), _MOST_STARTS):
                found = _walk(wanted, self._from(lines, at, word), across=across)
                if len(found) > len(best):
                    best = found
                if len(best) == len(wanted):
                    return Match(_places(best), 1.0)
        return Match(_places(best), len(best) / len(wanted)) if len(best) * 2 > len(wanted) else None

    def _starts(self, said: Sequence[str], wanted: Sequence[str], lines: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Where a match may begin, each the place of a line and of a word on it.

        That is at its first word as it is written, else with other accents, else at its second word.
        """
        for text, sought in ((wanted[0], said[0].lower()), (wanted[0], ""), *((text, "") for text in wanted[1:2])):
            met = False
            for at, number in enumerate(lines):
                if sought and sought not in self._small[number - 1]:
                    continue
                for place, word in enumerate(self._on(number)):
                    if word.text == text:
                        met = True
                        yield at, place
            if met:
                return

    def _from(self, lines: Sequence[int], at: int, word: int) -> Iterator[_Word]:
        """The words from one on."""
        yield from self._on(lines[at])[word:]
        for number in lines[at + 1 :]:
            yield from self._on(number)

    def _on(self, number: int) -> list[_Word]:
        if number not in self._cut:
            self._cut[number] = list(_words(self._lines[number - 1], number))
        return self._cut[number]


@lru_cache(_MOST_WORDS)
def _folded(word: str) -> str:
    return fold(word)


def _words(line: str, number: int) -> Iterator[_Word]:
    gaps, cell = [gap.end() for gap in _GAP.finditer(line)] if _MAY_GAP.search(line) else [], 0
    for word in _WORD.finditer(line):
        start, end = word.span()
        while gaps and gaps[0] <= start:
            gaps.pop(0)
            cell += 1
        yield _Word(_folded(word[0]), number, cell, start, end)


def _walk(wanted: Sequence[str], words: Iterator[_Word], *, across: bool) -> list[_Word]:
    """The words of a match that begins with the first of `words`: those of another column are stepped over.

    A few may differ. across: wide gaps may also stand inside what is looked for.
    """
    found: list[_Word] = []
    patience = 1 + len(wanted) // _PATIENCE
    word, following = next(words), next(words, None)
    place = 0 if word.text == wanted[0] else 1
    while place < len(wanted):
        step = True
        if not across and found and _in_another_column(word, found):
            pass
        elif word.text == wanted[place]:
            found.append(word)
            place += 1
        elif not (found and _in_another_column(word, found)):
            if patience == 0:
                break
            patience -= 1
            place, step = _past_difference(wanted, place, word, following)
        if step:
            if following is None:
                break
            word, following = following, next(words, None)
    return found


def _in_another_column(word: _Word, found: Sequence[_Word]) -> bool:
    """Whether a word stands beside the match: in another cell than it on its line, than its beginning further down."""
    last = found[-1]
    return word.cell != (last if word.line == last.line else found[0]).cell


def _past_difference(wanted: Sequence[str], place: int, word: _Word, following: _Word | None) -> tuple[int, bool]:
    """Where both go on after a word that differs, and whether it is passed: it is more, less, or another."""
    if following is not None and following.text == wanted[place]:
        return place, True
    if place + 1 < len(wanted) and word.text == wanted[place + 1]:
        return place + 1, False
    return place + 1, True


def _places(found: Sequence[_Word]) -> tuple[Place, ...]:
    rows = (list(words) for _, words in groupby(found, key=lambda word: (word.line, word.cell)))
    return tuple(Place(line=row[0].line, start=row[0].start, end=row[-1].end) for row in rows)
