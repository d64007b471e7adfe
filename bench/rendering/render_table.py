"""Ruled tables on paper: cells in which text wraps, borders drawn as boxes or as thin bars, as programs draw them."""

from __future__ import annotations

from collections.abc import Sequence

from bench.rendering.paper import FOOT, LEFT, RIGHT, Paper

BAR = " | "
LEAST_BARS = 2
"""Bars of a line that make it a table's row."""
_PADDING = 4.0
_SIZE = 11.0
_NARROWEST = 34.0
_THIN = 0.5


def put_table(paper: Paper, lines: Sequence[str]) -> None:
    """Put the rows, each a line whose cells are parted by bars, over as many pages as they need."""
    rows = [line.split(BAR) for line in lines]
    columns = max(map(len, rows))
    rows = [[*row, *[""] * (columns - len(row))] for row in rows]
    widths = _widths(rows)
    boxed = len(rows) % 2 == 0
    for row in rows:
        cells = [paper.wrap(cell, width - 2 * _PADDING, _SIZE) for cell, width in zip(row, widths, strict=True)]
        height = max(map(len, cells)) * _SIZE * 1.25 + _PADDING
        if paper.y_now + height > FOOT:
            paper.next_page()
        _put_row(paper, cells, widths, height, boxed=boxed)
    paper.y_now += 18


def _put_row(
    paper: Paper, cells: Sequence[Sequence[str]], widths: Sequence[float], height: float, *, boxed: bool
) -> None:
    x, top = LEFT, paper.y_now - _SIZE
    for lines, width in zip(cells, widths, strict=True):
        for at, line in enumerate(lines):
            paper.say(line, x + _PADDING, paper.y_now + at * _SIZE * 1.25, _SIZE)
        if boxed:
            paper.rect(x, top, width, height)
        else:
            for bar in ((x, top, width, _THIN), (x, top + height, width, _THIN)):
                paper.rect(*bar, style="F")
            for bar in ((x, top, _THIN, height), (x + width, top, _THIN, height)):
                paper.rect(*bar, style="F")
        x += width
    paper.y_now += height


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Columns as wide as their longest cells want, none too narrow for a word."""
    wants = [max(len(cell) for cell in column) ** 0.6 for column in zip(*rows, strict=True)]
    room = RIGHT - LEFT - _NARROWEST * len(wants)
    return [_NARROWEST + room * want / max(sum(wants), 1) for want in wants]
