"""Tables whose cells are parted by drawn lines: each of their rows becomes one row, each cell one piece.

What wraps inside a cell is put together, which the places of its words alone do not tell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from services.ingest.formats.drop_furniture import Placed
from services.ingest.formats.gather_rows import gather_rows, joined
from services.ingest.formats.page import Piece, Rule, Word

_SAME = 2.5
"""Points by which two pieces of one line may stand apart across it; a border may be drawn twice."""
_TOUCH = 4.0
"""Points by which the ends of lines may miss each other."""
_LEAST_COLUMNS = 3
"""Two cells side by side are how offices set a letterhead, or a signature beside its list."""
_MOST_LINES = 600


@dataclass(frozen=True)
class _Line:
    """A line across (`at` its height) or down (`at` its distance from the left), from `start` to `end`, in points."""

    at: float
    start: float
    end: float

    def covers(self, place: float) -> bool:
        return self.start - _TOUCH <= place <= self.end + _TOUCH


@dataclass(frozen=True)
class _Grid:
    """The lines of one table."""

    across: tuple[_Line, ...]
    down: tuple[_Line, ...]

    @cached_property
    def xs(self) -> list[float]:
        return _places(self.down)

    @cached_property
    def ys(self) -> list[float]:
        return _places(self.across)


def take_tables(words: Sequence[Word], rules: Sequence[Rule]) -> tuple[list[Word], list[Placed]]:
    """The words that stand in no ruled table, and the rows of the tables, top to bottom."""
    left, rows = list(words), []
    for grid in _grids(rules):
        inside = [word for word in left if _holds(grid, word)]
        if inside:
            taken = set(map(id, inside))
            left = [word for word in left if id(word) not in taken]
            rows += _rows(grid, inside)
    return left, sorted(rows, key=lambda row: row.y0)


def _grids(rules: Sequence[Rule]) -> list[_Grid]:
    """Lines that touch each other make a grid, where they part three columns at least."""
    across = _merged(_Line((rule.y0 + rule.y1) / 2, rule.x0, rule.x1) for rule in rules if rule.across)
    down = _merged(_Line((rule.x0 + rule.x1) / 2, rule.y0, rule.y1) for rule in rules if not rule.across)
    if not across or not down or len(across) + len(down) > _MOST_LINES:
        return []
    grids = []
    waiting = list(down)
    while waiting:
        grid, waiting = _connected(waiting, across)
        if len(grid.xs) > _LEAST_COLUMNS and len(grid.ys) > 1:
            grids.append(grid)
    return grids


def _connected(down: list[_Line], across: Sequence[_Line]) -> tuple[_Grid, list[_Line]]:
    """The grid that the first line down belongs to, and the lines down that belong to others."""
    mine, others, crossing = [down[0]], down[1:], list[_Line]()
    grew = True
    while grew:
        crossing = [line for line in across if any(_meet(line, each) for each in mine)]
        joining = [line for line in others if any(_meet(each, line) for each in crossing)]
        others = [line for line in others if line not in joining]
        mine += joining
        grew = bool(joining)
    return _Grid(tuple(crossing), tuple(mine)), others


def _meet(across: _Line, down: _Line) -> bool:
    return across.covers(down.at) and down.covers(across.at)


def _merged(lines: Iterable[_Line]) -> list[_Line]:
    """Pieces of one line as one: borders are drawn cell by cell, and often twice."""
    found: list[_Line] = []
    for line in sorted(lines, key=lambda line: (round(line.at / _SAME), line.start)):
        last = found[-1] if found else None
        if last and abs(last.at - line.at) <= _SAME and line.start <= last.end + _TOUCH:
            found[-1] = _Line(last.at, last.start, max(last.end, line.end))
        else:
            found.append(line)
    return found


def _places(lines: Sequence[_Line]) -> list[float]:
    """Where lines stand, those nearly level once."""
    found: list[float] = []
    for at in sorted(line.at for line in lines):
        if not found or at - found[-1] > _SAME:
            found.append(at)
    return found


def _middle(word: Word) -> tuple[float, float]:
    return (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2


def _holds(grid: _Grid, word: Word) -> bool:
    x, y = _middle(word)
    xs, ys = grid.xs, grid.ys
    return xs[0] < x < xs[-1] and ys[0] < y < ys[-1]


def _rows(grid: _Grid, words: Sequence[Word]) -> list[Placed]:
    xs, ys = grid.xs, grid.ys
    cells: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        cells.setdefault(_cell(grid, xs, ys, word), []).append(word)
    found = []
    for row in sorted({row for row, _ in cells}):
        pieces = [_piece(cells.get((row, column), ()), xs[column], xs[column + 1]) for column in range(len(xs) - 1)]
        inside = [word for column in range(len(xs) - 1) for word in cells.get((row, column), ())]
        y0, y1 = min(word.y0 for word in inside), max(word.y1 for word in inside)
        found.append(Placed(y0, y1, median(word.height for word in inside), tuple(pieces), tabled=True))
    return found


def _cell(grid: _Grid, xs: Sequence[float], ys: Sequence[float], word: Word) -> tuple[int, int]:
    """Row and column of a word, counted from 0; a cell over several of them is known by its first."""
    x, y = _middle(word)
    row, column = bisect_right(ys, y) - 1, bisect_right(xs, x) - 1
    while column > 0 and not _parts(grid.down, xs[column], y):
        column -= 1
    while row > 0 and not _parts(grid.across, ys[row], x):
        row -= 1
    return row, column


def _parts(lines: Sequence[_Line], at: float, place: float) -> bool:
    """Whether a line stands at a place along the lines' row."""
    return any(abs(line.at - at) <= _SAME and line.start <= place <= line.end for line in lines)


def _piece(words: Sequence[Word], left: float, right: float) -> Piece:
    if not words:
        return Piece("", left, right)
    text = " ".join(joined(band.words) for band in gather_rows(words))
    bold = sum(len(word.text) for word in words if word.bold) * 2 > sum(len(word.text) for word in words)
    x0, x1 = min(word.x0 for word in words), max(word.x1 for word in words)
    span = (min(word.y0 for word in words), max(word.y1 for word in words))
    return Piece(text, x0, x1, bold, 1.0, median(word.height for word in words), span=span)
