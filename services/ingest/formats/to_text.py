"""A sheet as a text that keeps its columns, for a reader of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from services.ingest.formats.page import Piece, Row, Sheet
from services.ingest.reading.text.repair import repair

_COLUMN = 595 / 110
"""Points for one character: an A4 page is 110 characters wide."""
_APART = 5
"""Spaces between two pieces, at least."""
_FURTHEST = 400
_FULL, _FEW = 0.8, 4
"""A line as long as that part of a page's longest is full; fewer such lines tell no margin."""


@dataclass(frozen=True)
class Spot:
    """A piece of a row on its line of the text, from column `start` to before `end`, counted from 0."""

    row: Row
    piece: Piece
    start: int
    end: int


@dataclass(frozen=True)
class Laid:
    """A sheet as a text, and what stands on each of its lines; `spots` by line, counted from 1."""

    text: str
    spots: dict[int, tuple[Spot, ...]]


def layout(sheet: Sheet) -> str:
    """The text of a sheet, its columns kept."""
    return lay_out(sheet).text


def lay_out(sheet: Sheet) -> Laid:
    """The rows as lines; pieces stand at columns proportional to their place, a blank line stands for a gap.

    The left margin of each page is taken off, so that only what is indented or in a right column begins further in.
    """
    lines: list[str] = []
    spots: dict[int, tuple[Spot, ...]] = {}
    margins = _margins(sheet.rows)
    for row in sheet.rows:
        if row.ruled:
            lines.append("-" * 20)
        if row.gap_before and lines:
            lines.append("")
        line, found = _line(row, margins[row.page])
        lines.append(line)
        spots[len(lines)] = found
    return Laid("\n".join(lines) + "\n", spots)


def _margins(rows: tuple[Row, ...]) -> dict[int, float]:
    """Where the text of each page begins, in points: the left edge that its leftmost tenth of rows keep to.

    Only full lines count where there are some: a letterhead is set further left than what stands below it.
    """
    pages: dict[int, list[Row]] = {}
    for row in rows:
        pages.setdefault(row.page, []).append(row)
    return {page: _margin(found) for page, found in pages.items()}


def _margin(rows: Sequence[Row]) -> float:
    single = [row.pieces[0] for row in rows if len(row.pieces) == 1]
    widest = max((piece.x1 - piece.x0 for piece in single), default=0.0)
    full = sorted(piece.x0 for piece in single if piece.x1 - piece.x0 > _FULL * widest)
    starts = full if len(full) >= _FEW else sorted(row.pieces[0].x0 for row in rows)
    return median(starts[: max(1, len(starts) // 10 * 2)])


def _line(row: Row, margin: float) -> tuple[str, tuple[Spot, ...]]:
    """Letters as the reader wants them, composed and repaired: done later it would move the columns."""
    if row.tabled:
        return _barred(row)
    line, spots = "", []
    for piece in row.pieces:
        column = min(max(0, round((piece.x0 - margin) / _COLUMN)), _FURTHEST)
        line = line.ljust(max(column, len(line) + _APART if line else 0))
        text = " ".join(repair(piece.text).split())
        spots.append(Spot(row, piece, len(line), len(line) + len(text)))
        line += text
    return line, tuple(spots)


def _barred(row: Row) -> tuple[str, tuple[Spot, ...]]:
    """A table's row, a bar between its cells; an empty one shows as a dash, so that cells keep their places."""
    line, spots = "", []
    for at, piece in enumerate(row.pieces):
        text = " ".join(repair(piece.text).split()).replace("|", "/") or "-"
        line += " | " if at else ""
        spots.append(Spot(row, piece, len(line), len(line) + len(text)))
        line += text
    return line, tuple(spots)
