"""Where in a text the words of a field stand: line by line, column by column, although two columns interleave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from contracts.evidence import Place
from services.ingest.reading.text.folding import fold

_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"(?<=\S)(?:\t| {3,})|^ {20,}|\|")
"""What parts columns; a small indent parts nothing."""
_MAY_GAP = re.compile(r"\t|   |\|")
_MOST_STARTS = 40
_PATIENCE = 8
"""One word in so many may differ from what is looked for, and one more."""


@dataclass(frozen=True, slots=True)
class _Word:
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


class _Region:
    """The words of some lines in reading order, and where each word stands among them."""

    def __init__(self, words: Iterable[_Word]) -> None:
        self.words = list(words)
        self._at: dict[str, list[int]] = {}
        for at, word in enumerate(self.words):
            self._at.setdefault(word.text, []).append(at)

    def starts(self, wanted: Sequence[str], first: int) -> list[int]:
        """Where a match may begin: at its first word, else at its second; not before line `first`."""
        for word in wanted[:2]:
            found = [at for at in self._at.get(word, ()) if self.words[at].line >= first]
            if found:
                return found[:_MOST_STARTS]
        return []


class Words:
    """The words of a text, looked up by the numbers of its lines. Lines are cut into words when first asked for."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._regions: dict[tuple[int, ...], _Region] = {}

    def find(self, value: str, lines: tuple[int, ...], *, first: int = 0) -> Match | None:
        """The best match of a value's words on some lines, none of them before line `first`."""
        wanted = _WORD.findall(fold(value))
        if not wanted or not lines:
            return None
        region = self._region(lines)
        best: list[_Word] = []
        starts = region.starts(wanted, first)
        for at, across in chain(((at, False) for at in starts), ((at, True) for at in starts)):
            found = _walk(wanted, region.words, at, across=across)
            if len(found) > len(best):
                best = found
            if len(best) == len(wanted):
                break
        return Match(_places(best), len(best) / len(wanted)) if len(best) * 2 > len(wanted) else None

    def _region(self, lines: tuple[int, ...]) -> _Region:
        if lines not in self._regions:
            self._regions[lines] = _Region(word for at in lines for word in _words(self._lines[at - 1], at))
        return self._regions[lines]


def _words(line: str, number: int) -> Iterator[_Word]:
    gaps, cell = [gap.end() for gap in _GAP.finditer(line)] if _MAY_GAP.search(line) else [], 0
    for word in _WORD.finditer(fold(line)):
        start = word.start()
        while gaps and gaps[0] <= start:
            gaps.pop(0)
            cell += 1
        yield _Word(word[0], number, cell, start, word.end())


def _walk(wanted: Sequence[str], there: Sequence[_Word], at: int, *, across: bool) -> list[_Word]:
    """The words of a match that begins at `at`: words of another column are stepped over, a few may differ.

    across: wide gaps may also stand inside what is looked for.
    """
    found: list[_Word] = []
    patience = 1 + len(wanted) // _PATIENCE
    place = 0 if there[at].text == wanted[0] else 1
    while place < len(wanted) and at < len(there):
        word = there[at]
        if not across and found and _in_another_column(word, found):
            at += 1
        elif word.text == wanted[place]:
            found.append(word)
            place, at = place + 1, at + 1
        elif found and _in_another_column(word, found):
            at += 1
        elif patience == 0:
            break
        else:
            patience -= 1
            place, at = _past_difference(wanted, there, place, at)
    return found


def _in_another_column(word: _Word, found: Sequence[_Word]) -> bool:
    """Whether a word stands beside the match: in another cell than it on its line, than its beginning further down."""
    last = found[-1]
    return word.cell != (last if word.line == last.line else found[0]).cell


def _past_difference(wanted: Sequence[str], there: Sequence[_Word], place: int, at: int) -> tuple[int, int]:
    """Where both go on after a word that differs: it is more, less, or another."""
    following = there[at + 1].text if at + 1 < len(there) else ""
    if following == wanted[place]:
        return place, at + 1
    if place + 1 < len(wanted) and there[at].text == wanted[place + 1]:
        return place + 1, at
    return place + 1, at + 1


def _places(found: Sequence[_Word]) -> tuple[Place, ...]:
    rows = (list(words) for _, words in groupby(found, key=lambda word: (word.line, word.cell)))
    return tuple(Place(line=row[0].line, start=row[0].start, end=row[-1].end) for row in rows)
