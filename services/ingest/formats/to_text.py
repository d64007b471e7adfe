"""A sheet as a text that keeps its columns, for a reader of texts."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from services.ingest.formats.page import Piece, Row, Sheet
from services.ingest.reading.text.repair import repair

_COLUMN = 595 / 110
"""Points for one character: an A4 page is 110 characters wide."""
_APART = 5
"""Spaces between two pieces, at least."""
_FURTHEST = 400


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
    """Where the text of each page begins, in points: the left edge that its leftmost tenth of rows keep to."""
    starts: dict[int, list[float]] = {}
    for row in rows:
        starts.setdefault(row.page, []).append(row.pieces[0].x0)
    return {page: median(sorted(found)[: max(1, len(found) // 10 * 2)]) for page, found in starts.items()}


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
