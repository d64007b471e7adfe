"""Where in a text the words of a field stand: line by line, column by column, although two columns interleave."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, islice, repeat
from operator import add
from typing import NamedTuple

from services.ingest.reading.text.folding import fold

_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"(?<=\S)(?:\t| {3,})|^ {20,}|\|")
"""What parts columns; a small indent parts nothing."""
_MAY_GAP = re.compile(r"\t|   |\|")
_MOST_STARTS = 40
_REACH = 600
"""Words of the text among which those of one value stand, another column between them."""
_LONG = 20
_END_WORDS = 8
_SHORTEST_LINE = 12
"""Characters: a long value stands on no more lines than if each had so many."""
_PATIENCE = 8
"""One word in so many may differ from what is looked for, and one more."""


class _Word(NamedTuple):
    text: str
    line: int
    cell: int
    start: int
    end: int


class Span(NamedTuple):
    """Words that stand together: on which line, counted from 1, from which column, counted from 0, to before which."""

    line: int
    start: int
    end: int


class Match(NamedTuple):
    """Places in reading order, and which part of the words was found there (0 to 1)."""

    places: tuple[Span, ...]
    share: float

    @property
    def line(self) -> int:
        """The line on which it begins, counted from 1."""
        return self.places[0].line


class Words:
    """The words of a text, looked up by the numbers of its lines. A line is cut into words when it is first needed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._begins = [0, *accumulate(map(add, map(len, self._lines), repeat(1)))]
        self._gaps: dict[int, list[int]] = {}
        self._folded: dict[int, str] = {}

    def find(self, value: str, lines: Sequence[int], *, first: int = 0) -> Match | None:
        """The best match of a value's words on some lines, in their order; none of them before line `first`."""
        lines = lines[bisect_left(lines, first) :] if first else lines
        if not lines:
            return None
        if verbatim := self._verbatim(value, lines):
            return Match((verbatim,), 1.0)
        said = _WORD.findall(value)
        if len(said) > _LONG:
            return self._find_long(value, said, lines)
        return self._find_short(said, lines) if said else None

    def _verbatim(self, value: str, lines: Sequence[int]) -> Span | None:
        """The place on one line where a value stands letter by letter: most do, and that is found fast."""
        text, begins = self._text, self._begins
        at, end = begins[lines[0] - 1], begins[lines[-1]]
        if "|" in value:
            return None
        before, within = 0, len(value)
        while before < within and not value[before].isalnum():
            before += 1
        while before < within and not value[within - 1].isalnum():
            within -= 1
        if before == within:
            return None
        while (at := text.find(value, at, end)) >= 0:
            start, stop = at + before, at + within
            if not text[start - 1 : start].isalnum() and not text[stop : stop + 1].isalnum():
                line = bisect_right(begins, at)
                if lines[bisect_left(lines, line)] == line:
                    begin = begins[line - 1]
                    return Span(line, start - begin, stop - begin)
            at += 1
        return None

    def _find_short(self, said: Sequence[str], lines: Sequence[int]) -> Match | None:
        wanted = fold(" ".join(said)).split(" ")
        best: list[_Word] = []
        for across in (False, True):
            for at, word in islice(self._starts(said, wanted, lines), _MOST_STARTS):
                if places := self._in_a_row(wanted, lines[at:], word):
                    return Match(places, 1.0)
                found = _walk(wanted, islice(self._from(lines, at, word), _REACH), across=across)
                if len(found) > len(best):
                    best = found
                if len(best) == len(wanted):
                    return Match(_places(best), 1.0)
        return Match(_places(best), len(best) / len(wanted)) if len(best) * 2 > len(wanted) else None

    def _in_a_row(self, wanted: Sequence[str], lines: Sequence[int], column: int) -> tuple[Span, ...] | None:
        """Where all words stand in a row from a column of the first line on, in a text of one column: most do."""
        places: list[Span] = []
        done = 0
        for number in lines:
            if self._gaps_of(number):
                return None
            row = list(islice(_WORD.finditer(self._folded_line(number), column), len(wanted) - done))
            if [word[0] for word in row] != wanted[done : done + len(row)]:
                return None
            if row:
                places.append(Span(number, row[0].start(), row[-1].end()))
            column, done = 0, done + len(row)
            if done == len(wanted):
                return tuple(places)
        return None

    def _find_long(self, value: str, said: Sequence[str], lines: Sequence[int]) -> Match | None:
        """A long value by its beginning and its end; the lines between the two are its own."""
        head = self._find_short(said[:_END_WORDS], lines)
        if head is None:
            return None
        reach = lines[bisect_left(lines, head.line) : bisect_left(lines, head.line) + 1 + len(value) // _SHORTEST_LINE]
        tail = self._find_short(said[-_END_WORDS:], reach)
        if tail is None or tail.line < head.places[-1].line:
            return Match(head.places, head.share / 2)
        between = reach[bisect_left(reach, head.places[-1].line + 1) : bisect_left(reach, tail.line)]
        whole = tuple(_whole(self._lines[number - 1], number) for number in between if self._lines[number - 1].strip())
        begin, end = list(head.places), list(tail.places)
        if begin[-1].line < end[0].line:
            begin[-1] = begin[-1]._replace(end=max(begin[-1].end, self._row(begin[-1]).end))
            end[0] = end[0]._replace(start=min(end[0].start, self._row(end[0]).start))
        return Match(_merged((*begin, *whole, *end)), (head.share + tail.share) / 2)

    def _row(self, place: Span) -> Span:
        """The line of a place, where it has one column; else the place."""
        return place if self._gaps_of(place.line) else _whole(self._lines[place.line - 1], place.line)

    def _starts(self, said: Sequence[str], wanted: Sequence[str], lines: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Where a match may begin, each the place of a line among `lines` and a column on it.

        That is at its first word as it is written, else with other accents, else at its second word.
        """
        exact = said[0].lower()
        as_written = (each for each in self._at(wanted[0], lines) if self._small(each[0], lines, each[1], exact))
        for starts in (as_written, *(self._at(word, lines) for word in wanted[:2])):
            first = next(starts, None)
            if first is not None:
                yield first
                yield from starts
                return

    def _small(self, at: int, lines: Sequence[int], column: int, word: str) -> bool:
        """Whether a word stands at a column as it is written, but for capitals."""
        return self._lines[lines[at] - 1][column : column + len(word)].lower() == word

    def _at(self, word: str, lines: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Where a word stands, whatever its accents: the place of its line among `lines`, and its column."""
        for at, number in enumerate(lines):
            line = self._folded_line(number)
            start = line.find(word)
            while start >= 0:
                end = start + len(word)
                if not line[max(0, start - 1) : start].isalnum() and not line[end : end + 1].isalnum():
                    yield at, start
                start = line.find(word, end)

    def _from(self, lines: Sequence[int], at: int, column: int) -> Iterator[_Word]:
        """The words from a column of a line on."""
        yield from self._words(lines[at], column)
        for below in range(at + 1, len(lines)):
            yield from self._words(lines[below])

    def _words(self, number: int, column: int = 0) -> Iterator[_Word]:
        """The words of a line from a column on, each with the cell that it stands in."""
        gaps = self._gaps_of(number)
        for word in _WORD.finditer(self._folded_line(number), column):
            start, end = word.span()
            yield _Word(word[0], number, bisect_right(gaps, start) if gaps else 0, start, end)

    def _folded_line(self, number: int) -> str:
        """A line in small letters without accents, folded when it is first needed: most values stand as written."""
        if number not in self._folded:
            self._folded[number] = fold(self._lines[number - 1])
        return self._folded[number]

    def _gaps_of(self, number: int) -> list[int]:
        """Where the cells of a line begin, but for the first."""
        if number not in self._gaps:
            line = self._lines[number - 1]
            self._gaps[number] = [gap.end() for gap in _GAP.finditer(line)] if _MAY_GAP.search(line) else []
        return self._gaps[number]


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


def _whole(line: str, number: int) -> Span:
    """A line from its first to its last character."""
    return Span(number, len(line) - len(line.lstrip()), len(line.rstrip()))


def _merged(places: Sequence[Span]) -> tuple[Span, ...]:
    """The places, those on one line as one: what lies between two of them belongs to the same value."""
    rows = (list(row) for _, row in groupby(places, key=lambda place: place.line))
    return tuple(Span(row[0].line, min(each.start for each in row), max(each.end for each in row)) for row in rows)


def _places(found: Sequence[_Word]) -> tuple[Span, ...]:
    rows = (list(words) for _, words in groupby(found, key=lambda word: (word.line, word.cell)))
    return tuple(Span(row[0].line, row[0].start, row[-1].end) for row in rows)
