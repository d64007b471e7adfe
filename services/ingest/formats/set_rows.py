"""Pages of words become the rows of a document: columns apart, furniture gone, gaps judged, pages joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from services.ingest.formats.drop_furniture import Placed, drop_furniture
from services.ingest.formats.drop_overlays import drop_overlays
from services.ingest.formats.gather_rows import (
    Band,
    body_height,
    gather_rows,
    without_footnotes,
    without_raised,
)
from services.ingest.formats.page import Row, Rule, Word
from services.ingest.formats.ruled_tables import take_tables
from services.ingest.formats.split_columns import split_columns

_GAP = 1.28
"""Times the usual distance of two rows: from there on they stand apart."""
_FULL = 0.85
_LEAST_STEP = 4.0
_AT_MARGIN = 6.0
"""Points."""
_RULE = frozenset("-–—_=~*. ")


@dataclass(frozen=True)
class PageWords:
    """The words of a page, its height in points, and the lines drawn on it. `number` counts from 1."""

    number: int
    words: tuple[Word, ...]
    height: float
    rules: tuple[Rule, ...] = ()


def set_rows(pages: Sequence[PageWords]) -> tuple[list[Row], list[str]]:
    """The rows of a document, and what a person should know of how they were found."""
    parted = [take_tables(page.words, page.rules) for page in pages]
    banded = [gather_rows(words) for words, _ in parted]
    body = body_height(band for bands in banded for band in bands)
    placed, footnotes = [], 0
    for page, bands, (_, tables) in zip(pages, banded, parted, strict=True):
        kept, dropped = without_footnotes(bands, body, page.height)
        footnotes += dropped
        placed.append(sorted([*drop_overlays(_place(kept), body), *tables], key=lambda row: row.y0))
    clean = drop_furniture(placed, [page.height for page in pages])
    rows: list[Row] = []
    for page, found in zip(pages, clean, strict=True):
        rows += _joined(rows, _judged(page.number, found))
    doubts = [f"footnotes_left_out: {footnotes} rows of footnotes were left out"] if footnotes else []
    return rows, doubts


def _place(bands: Sequence[Band]) -> list[Placed]:
    flat = [band for band in map(without_raised, bands) if band is not None]
    return [
        Placed(band.y0, band.y1, band.height, pieces) for band, pieces in zip(flat, split_columns(flat), strict=True)
    ]


def _judged(number: int, placed: Sequence[Placed]) -> list[Row]:
    """The rows of one page; lines that are nothing but a rule are told by the row below them."""
    usual = _pitch(placed)
    rows: list[Row] = []
    ruled = False
    above: Placed | None = None
    for row in placed:
        if _RULE.issuperset(row.text):
            ruled = True
            continue
        rows.append(Row(number, row.y0, row.y1, row.pieces, _stand_apart(above, row, usual), ruled, row.tabled))
        above, ruled = row, False
    return rows


def _stand_apart(above: Placed | None, row: Placed, usual: float) -> bool:
    """Whether more than the usual space parts two rows; those of one table stand together however high they are."""
    if above is None or (above.tabled and row.tabled):
        return False
    return row.y1 - above.y1 > _GAP * max(usual, 0.9 * max(row.height, above.height))


def _pitch(placed: Sequence[Placed]) -> float:
    """The usual distance of two rows of one paragraph, in points; of any two where no paragraph goes over lines.

    A paragraph goes on where a row reaches the right margin and the next begins at the left one.
    """
    pairs = [(above, below) for above, below in pairwise(placed) if below.y1 - above.y1 > _LEAST_STEP]
    single = [pair for pair in pairs if all(len(row.pieces) == 1 for row in pair)]
    right = max((above.pieces[0].x1 for above, _ in single), default=0.0)
    left = min((below.pieces[0].x0 for _, below in single), default=0.0)
    inside = sorted(
        below.y1 - above.y1
        for above, below in single
        if above.pieces[0].x1 - left > _FULL * (right - left) and below.pieces[0].x0 - left < _AT_MARGIN
    )
    if inside:
        return inside[len(inside) // 4]
    return median([below.y1 - above.y1 for above, below in pairs] or [0.0])


def _joined(before: Sequence[Row], rows: list[Row]) -> list[Row]:
    """The rows of a further page: no gap opens it, unless the last row above is short and so ended a paragraph."""
    if not before or not rows:
        return rows
    edge = max((row.pieces[-1].x1 for row in before[-40:]), default=0.0)
    start = min((row.pieces[0].x0 for row in before[-40:]), default=0.0)
    short = before[-1].pieces[-1].x1 - start < _FULL * (edge - start)
    first = rows[0]
    return [replace(first, gap_before=short), *rows[1:]]
