"""The tree as an SVG picture: the notice above, its lines down the left, beside each line whom it reaches.

The same trees give the same bytes. It is read in light and in dark, and names no font that must be fetched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from cli.plan.fanout import Branch, Cell, Tree
from cli.plan.lettering import cut, width, wrap

WIDTH = 1_360
_MARGIN = 24
_TRUNK = 36
_LINE_LEFT, _LINE_WIDTH = 60, 390
_CELLS_LEFT = 480
_CELLS_WIDTH = WIDTH - _MARGIN - _CELLS_LEFT
_CELL_HEIGHT, _GAP = 24, 6
_PAD = 10
_SMALL, _TEXT, _LARGE = 11.0, 12.0, 17.0
_BOLD = 1.17
"""How much wider bold letters are."""
_BETWEEN_BRANCHES, _BETWEEN_TREES = 18, 40
_MOST_ROWS = 22
"""Rows of cells that a line may have before its cells are set narrower."""
_STYLE = (Path(__file__).parent / "fanout.css").read_text(encoding="utf-8")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Drawn:
    """A piece of the picture and how high it is, in px."""

    marks: str
    height: float


def picture(trees: Sequence[Tree]) -> str:
    """The picture of these trees, one below the other."""
    marks: list[str] = []
    top = float(_MARGIN)
    for tree in trees:
        drawn = _tree(tree, top)
        marks.append(drawn.marks)
        top += drawn.height + _BETWEEN_TREES
    height = round(top - _BETWEEN_TREES + _MARGIN) if trees else 2 * _MARGIN
    title = "; ".join(f"{tree.heading}: {tree.subject}" for tree in trees) or "No notice"
    told = "; ".join(tree.summary for tree in trees)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'role="graphics-document" aria-labelledby="title desc" lang="vi">\n'
        f'<title id="title">{_safe(title)}</title>\n'
        f'<desc id="desc">To whom it goes, line by line: {_safe(told)}</desc>\n'
        f'<style>\n{_STYLE}</style>\n<rect class="paper" width="{WIDTH}" height="{height}"/>\n{"".join(marks)}</svg>\n'
    )


def _tree(tree: Tree, top: float) -> Drawn:
    root = _root(tree, top)
    marks = [root.marks]
    at = top + root.height + _BETWEEN_BRANCHES
    elbow = at
    for branch in tree.branches:
        drawn = _branch(branch, at)
        elbow = at + _CELL_HEIGHT / 2
        marks.append(f'<path class="link" d="M{_TRUNK} {elbow:g}H{_LINE_LEFT}"/>\n{drawn.marks}')
        at += drawn.height + _BETWEEN_BRANCHES
    if tree.branches:
        marks.append(f'<path class="link" d="M{_TRUNK} {top + root.height:g}V{elbow:g}"/>\n')
    return Drawn(f'<g class="tree">\n{"".join(marks)}</g>\n', at - top - _BETWEEN_BRANCHES)


def _root(tree: Tree, top: float) -> Drawn:
    room = WIDTH - 2 * _MARGIN - 2 * _PAD
    at = top + 24
    marks = [_text(_MARGIN + _PAD, at, cut(tree.heading, room, _TEXT * _BOLD), "heading")]
    for line in wrap(tree.subject, room, _LARGE * _BOLD, 3):
        at += 24
        marks.append(_text(_MARGIN + _PAD, at, line, "subject"))
    at += 22
    marks.append(_text(_MARGIN + _PAD, at, cut(tree.summary, room, _TEXT), "note"))
    box = _box(_MARGIN, top, WIDTH - 2 * _MARGIN, at + 14 - top, "root")
    return Drawn(f"<g><title>{_safe(tree.heading)}</title>{box}{''.join(marks)}</g>\n", at + 14 - top)


def _branch(branch: Branch, top: float) -> Drawn:
    line = _line(branch, top)
    cells = _cells(branch.cells, top)
    bracket = ""
    if branch.cells:
        middle = (_LINE_LEFT + _LINE_WIDTH + _CELLS_LEFT) / 2
        start = top + _CELL_HEIGHT / 2
        bracket = (
            f'<path class="link" d="M{_LINE_LEFT + _LINE_WIDTH} {start:g}H{middle:g}"/>'
            f'<path class="link" d="M{_CELLS_LEFT - 4} {top:g}H{middle:g}V{top + cells.height:g}H{_CELLS_LEFT - 4}"/>\n'
        )
    return Drawn(
        f'<g class="branch" data-count="{branch.count}">\n{line.marks}{bracket}{cells.marks}</g>\n',
        max(line.height, cells.height),
    )


def _line(branch: Branch, top: float) -> Drawn:
    room = _LINE_WIDTH - 2 * _PAD
    left, right = _LINE_LEFT + _PAD, _LINE_LEFT + _LINE_WIDTH - _PAD
    count = f"{branch.count:,}" if branch.place != "Tasks" else ""
    at = top + 18
    marks = [_text(left, at, branch.place, "note"), _text(right, at, count, "count end")]
    for text in wrap(branch.text, room, _TEXT, 4):
        at += 17
        marks.append(_text(left, at, text, "name"))
    if branch.about:
        at += 17
        marks.append(_text(left, at, cut(branch.about, room, _SMALL), "note"))
    height = at + _PAD - top
    state = " open" if any(cell.kind == "open" for cell in branch.cells) else ""
    box = _box(_LINE_LEFT, top, _LINE_WIDTH, height, f"line{state}")
    return Drawn(f"<g><title>{_safe(branch.text)}</title>{box}{''.join(marks)}</g>\n", height)


def _cells(cells: Sequence[Cell], top: float) -> Drawn:
    """Cells in a grid, row by row; the parts nobody was found for below them, each as wide as the grid."""
    gridded = [cell for cell in cells if cell.kind != "open"]
    columns = _columns(gridded)
    wide = (_CELLS_WIDTH - (columns - 1) * _GAP) / columns
    most = max((cell.count for cell in gridded if cell.kind == "group"), default=1)
    marks = []
    for place, cell in enumerate(gridded):
        left = _CELLS_LEFT + place % columns * (wide + _GAP)
        marks.append(_cell(cell, left, top + place // columns * (_CELL_HEIGHT + _GAP), wide, most))
    at = top + -(-len(gridded) // columns) * (_CELL_HEIGHT + _GAP)
    for cell in cells:
        if cell.kind == "open":
            drawn = _open(cell, at)
            marks.append(drawn.marks)
            at += drawn.height + _GAP
    return Drawn("".join(marks), at - _GAP - top)


def _columns(cells: Sequence[Cell]) -> int:
    """As many columns as let every label stand whole, unless that were too many rows."""
    widest = max((width(cell.label, _TEXT) + width(_right(cell), _SMALL) + 3 * _PAD for cell in cells), default=0)
    for columns in (4, 3, 2, 1):
        if widest <= (_CELLS_WIDTH - (columns - 1) * _GAP) / columns:
            return columns if len(cells) <= columns * _MOST_ROWS else min(4, -(-len(cells) // _MOST_ROWS))
    return 1


def _right(cell: Cell) -> str:
    counted = f"{cell.count:,}" if cell.kind in {"group", "rest"} or cell.count > 1 else ""
    return " · ".join(filter(None, (cell.note, counted)))


def _cell(cell: Cell, left: float, top: float, wide: float, most: int) -> str:
    right = cut(_right(cell), wide * 0.6, _SMALL)
    label = cut(cell.label, wide - 3 * _PAD - width(right, _SMALL), _TEXT)
    bar = ""
    if cell.kind == "group":
        long = max(2.0, wide * cell.count / most)
        bar = f'<rect class="bar" x="{left:.1f}" y="{top:g}" width="{long:.1f}" height="{_CELL_HEIGHT}" rx="4"/>'
    baseline = top + 16
    state = " unreached" if cell.unreached else ""
    return (
        f'<g class="cell {cell.kind}{state}" data-count="{cell.count}"><title>{_safe(cell.title or cell.label)}</title>'
        f"{_box(left, top, wide, _CELL_HEIGHT, cell.kind + state)}{bar}"
        f"{_text(left + _PAD, baseline, label, 'name')}{_text(left + wide - _PAD, baseline, right, 'note end')}</g>\n"
    )


def _open(cell: Cell, top: float) -> Drawn:
    lines = wrap(cell.label, _CELLS_WIDTH - 2 * _PAD, _TEXT, 2)
    height = 8 + 16 * max(1, len(lines))
    texts = "".join(_text(_CELLS_LEFT + _PAD, top + 16 * at, line, "name") for at, line in enumerate(lines, start=1))
    box = _box(_CELLS_LEFT, top, _CELLS_WIDTH, height, "open")
    marks = f'<g class="cell open" data-count="0"><title>{_safe(cell.title or cell.label)}</title>{box}{texts}</g>\n'
    return Drawn(marks, height)


def _box(left: float, top: float, wide: float, high: float, kind: str) -> str:
    place = f'x="{left:.1f}" y="{top:g}" width="{wide:.1f}" height="{high:g}"'
    return f'<rect class="box {kind}" {place} rx="4"/>'


def _text(left: float, baseline: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{left:.1f}" y="{baseline:g}">{_safe(text)}</text>' if text else ""


def _safe(text: str) -> str:
    """As XML may hold it."""
    return escape(_NOT_XML.sub("\ufffd", text))
