"""A sheet as a text that keeps its columns, for a reader of texts."""

from __future__ import annotations

from statistics import median

from services.ingest.formats.page import Row, Sheet

_COLUMN = 595 / 110
"""Points for one character: an A4 page is 110 characters wide."""
_APART = 5
"""Spaces between two pieces, at least."""
_FURTHEST = 400


def layout(sheet: Sheet) -> str:
    """The rows as lines; pieces stand at columns proportional to their place, a blank line stands for a gap.

    The left margin of each page is taken off, so that only what is indented or in a right column begins further in.
    """
    lines: list[str] = []
    margins = _margins(sheet.rows)
    for row in sheet.rows:
        if row.ruled:
            lines.append("-" * 20)
        if row.gap_before and lines:
            lines.append("")
        lines.append(_line(row, margins[row.page]))
    return "\n".join(lines) + "\n"


def _margins(rows: tuple[Row, ...]) -> dict[int, float]:
    """Where the text of each page begins, in points: the left edge that its leftmost tenth of rows keep to."""
    starts: dict[int, list[float]] = {}
    for row in rows:
        starts.setdefault(row.page, []).append(row.pieces[0].x0)
    return {page: median(sorted(found)[: max(1, len(found) // 10 * 2)]) for page, found in starts.items()}


def _line(row: Row, margin: float) -> str:
    line = ""
    for piece in row.pieces:
        column = min(max(0, round((piece.x0 - margin) / _COLUMN)), _FURTHEST)
        line = line.ljust(max(column, len(line) + _APART if line else 0)) + " ".join(piece.text.split())
    return line
