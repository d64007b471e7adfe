"""A row comes apart where columns part: at wide gaps, and at narrow ones in a gutter shared with its neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from services.ingest.formats.gather_rows import Band, joined
from services.ingest.formats.page import Piece, Word

_WIDE = 2.5
"""Average characters: a gap wider than this parts columns by itself."""
_SEED = 1.5
"""Average characters: such gaps part columns where three rows share them."""
_NARROW = 0.9
"""Average characters: such a gap parts columns where it lies in the gutter of a neighbouring row."""
_UNUSUAL = 1.5
"""Times the usual gap of its row."""
_OTHER_SIZE = 0.75
_PARTED = 0.2
"""Part of a word's height: the white between two words of one line is about that wide."""
_SHARING = 3
_REACH = 60
_NEAR = 4.0
"""Row heights: rows further apart share no gutter."""
_LIST_MARK = re.compile(r"[-–—+•*·●▪○■◦]|\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-zđ]|[IVX]{1,5})[.)]")


@dataclass(frozen=True)
class _Gap:
    """The white between word `after` and the next, in points; `width` in average characters of the row."""

    after: int
    x0: float
    x1: float
    width: float
    unusual: bool


def split_columns(bands: Sequence[Band]) -> list[tuple[Piece, ...]]:
    """The pieces of each row of one page."""
    gaps = [_gaps(band) for band in bands]
    wide = [{gap.after for gap in row if gap.width >= _WIDE} for row in gaps]
    cuts = [each | _resized(band) for each, band in zip(wide, bands, strict=True)]
    for at, row in enumerate(gaps):
        for gap in row:
            if gap.width >= _SEED and gap.unusual:
                shared = _follow(bands, gaps, at, gap)
                if gap.width >= _WIDE or len(shared) >= _SHARING:
                    for index, after in shared:
                        cuts[index].add(after)
    return [_pieces(band, at) for band, at in zip(bands, cuts, strict=True)]


def _gaps(band: Band) -> list[_Gap]:
    """The gaps of a row that could part columns; none where all are alike, as in a line spread to the margins."""
    words = band.words
    letters = sum(len(word.text) for word in words)
    if len(words) < 2 or not letters:
        return []
    character = max(sum(word.x1 - word.x0 for word in words) / letters, 0.5)
    white = [max(0.0, after.x0 - before.x1) for before, after in pairwise(words)]
    usual = median(white)
    if len(white) >= 3 and usual < 8 * character and max(white) <= _UNUSUAL * usual:
        return []
    found = []
    for index, width in enumerate(white):
        if width < _NARROW * character or (_is_mark(words, index) and width < 8 * character):
            continue
        unusual = len(white) < 3 or width >= _UNUSUAL * usual
        found.append(_Gap(index, words[index].x1, words[index + 1].x0, width / character, unusual))
    return found


def _resized(band: Band) -> set[int]:
    """The words after which a row goes on in another size: a line is set in one, so what differs was put beside it."""
    found = set()
    for index, (before, after) in enumerate(pairwise(band.words)):
        small, large = sorted((before.height, after.height))
        apart = after.x0 - before.x1 >= _PARTED * large
        if apart and small < _OTHER_SIZE * large and min(len(before.text), len(after.text)) > 1:
            found.add(index)
    return found


def _is_mark(words: Sequence[Word], index: int) -> bool:
    """Whether the word before a gap is the mark of a list item at the row's start."""
    return index == 0 and bool(_LIST_MARK.fullmatch(words[0].text))


def _follow(bands: Sequence[Band], gaps: list[list[_Gap]], at: int, seed: _Gap) -> list[tuple[int, int]]:
    """The rows above and below that part in the same gutter, each with the word before its gap."""
    shared = [(at, seed.after)]
    for step in (1, -1):
        left, right = seed.x0, seed.x1
        index = at + step
        while 0 <= index < len(bands) and abs(index - at) <= _REACH and _are_near(bands[index - step], bands[index]):
            if not _is_aside(bands[index], left, right):
                gap = _in_gutter(gaps[index], left, right)
                if gap is None:
                    break
                left, right = max(left, gap.x0), min(right, gap.x1)
                shared.append((index, gap.after))
            index += step
    return shared


def _are_near(one: Band, other: Band) -> bool:
    return max(one.y0, other.y0) - min(one.y1, other.y1) < _NEAR * max(one.height, other.height)


def _is_aside(band: Band, left: float, right: float) -> bool:
    """Whether a row stands wholly on one side of a gutter."""
    middle = (left + right) / 2
    return band.words[-1].x1 <= middle or band.words[0].x0 >= middle


def _in_gutter(row: list[_Gap], left: float, right: float) -> _Gap | None:
    for gap in row:
        character = (gap.x1 - gap.x0) / gap.width
        if gap.unusual and min(gap.x1, right) - max(gap.x0, left) >= 0.7 * character:
            return gap
    return None


def _pieces(band: Band, cuts: set[int]) -> tuple[Piece, ...]:
    words, start, found = band.words, 0, []
    for index in range(len(words)):
        if index == len(words) - 1 or index in cuts:
            found.append(_piece(words[start : index + 1]))
            start = index + 1
    return tuple(found)


def _piece(words: Sequence[Word]) -> Piece:
    bold = sum(len(word.text) for word in words if word.bold) * 2 > sum(len(word.text) for word in words)
    sure = sum(word.sure for word in words) / len(words)
    height = median(word.height for word in words)
    span = (min(word.y0 for word in words), max(word.y1 for word in words))
    return Piece(joined(words), words[0].x0, max(word.x1 for word in words), bold, sure, height, _stops(words), span)


def _stops(words: Sequence[Word]) -> tuple[tuple[int, float], ...]:
    """Where each word begins and ends in the text of all of them, and on the page."""
    found, at = [], 0
    for position, word in enumerate(words):
        at += 0 if word.glued or position == 0 else 1
        found += [(at, word.x0), (at + len(word.text), word.x1)]
        at += len(word.text)
    return tuple(found)
