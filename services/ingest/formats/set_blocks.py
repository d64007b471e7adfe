"""Paragraphs and tables, as DOCX and HTML have them, become rows: cells side by side, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from services.ingest.formats.limits import Limits, too_deep
from services.ingest.formats.page import Piece, Row
from services.ingest.reading import too_many_lines

LINE = 14.0
"""Points from one row to the next: these formats have no pages, so places are made up, in order."""
CHARACTER = 5.4
_COLUMN = 200.0
_HALF = 300.0
_LONG = 80
"""Characters: a paragraph this long is a sentence, and stands apart from what is around it."""
_ITEMS = ("-", "–", "+", "•")
_RULE = frozenset("-–—_=~* ")


@dataclass(frozen=True)
class Run:
    """A part of a line that begins `x` points from the left of its cell or page."""

    text: str
    x: float = 0.0
    bold: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph: its lines, each of runs that stand apart. A line without runs is blank. centred: as titles are."""

    lines: tuple[tuple[Run, ...], ...]
    centred: bool = False


@dataclass(frozen=True)
class Cell:
    """A table's cell over `span` columns."""

    blocks: tuple[Block, ...]
    span: int = 1


@dataclass(frozen=True)
class Table:
    """Rows of cells."""

    rows: tuple[tuple[Cell, ...], ...]


Block = Text | Table


@dataclass(frozen=True)
class _Line:
    pieces: tuple[Piece, ...]
    apart: bool = False
    ruled: bool = False


def set_blocks(blocks: Iterable[Block], limits: Limits) -> list[Row]:
    """The rows of a document. Raises Unreadable: malformed (tables nested too deep), too_many_lines."""
    rows: list[Row] = []
    blank = ruled = False
    for at, line in enumerate(_spaced(blocks, limits.nesting)):
        if at == limits.lines:
            raise too_many_lines(limits.lines)
        shown = tuple(piece for piece in line.pieces if not _RULE.issuperset(piece.text))
        if not shown:
            ruled = ruled or bool(line.pieces)
            blank = blank or not line.pieces
            continue
        apart = bool(rows) and (blank or line.apart)
        rows.append(Row(1, at * LINE, at * LINE + LINE - 2, shown, apart, ruled))
        blank = ruled = False
    return rows


def _spaced(blocks: Iterable[Block], nesting: int) -> Iterator[_Line]:
    """The lines, with a gap around tables, around each paragraph that is a sentence, and where a title ends."""
    above: Block | None = None
    for block in blocks:
        lines = list(_lines(block, 0.0, nesting))
        if lines and lines[0].pieces:
            lines[0] = replace(lines[0], apart=_stands_apart(above, block))
        yield from lines
        above = block


def _stands_apart(above: Block | None, block: Block) -> bool:
    if above is None:
        return False
    if _is_centred(above) != _is_centred(block):
        return True
    if _starts(above).startswith(_ITEMS) and _starts(block)[:1].isupper():
        return True
    return any(isinstance(each, Table) or _is_long(each) for each in (above, block))


def _is_centred(block: Block) -> bool:
    return isinstance(block, Text) and block.centred


def _starts(block: Block) -> str:
    """How a paragraph's first line begins; empty for a table and for a blank line."""
    return block.lines[0][0].text.lstrip() if isinstance(block, Text) and block.lines and block.lines[0] else ""


def _is_long(text: Text) -> bool:
    return any(sum(len(run.text) for run in line) > _LONG for line in text.lines)


def _lines(block: Block, x: float, nesting: int) -> Iterator[_Line]:
    if isinstance(block, Table):
        if nesting <= 0:
            raise too_deep("document", nesting)
        for row in block.rows:
            yield from _row_lines(row, x, nesting - 1)
        return
    for line in block.lines:
        yield _Line(tuple(_piece(run, x) for run in line if run.text.strip()))


def _piece(run: Run, x: float) -> Piece:
    text = " ".join(run.text.split())
    return Piece(text, x + run.x, x + run.x + len(text) * CHARACTER, run.bold)


def _row_lines(row: Sequence[Cell], x: float, nesting: int) -> Iterator[_Line]:
    """Line n of each cell beside line n of the others."""
    columns = sum(cell.span for cell in row)
    step = _HALF if columns == 2 else _COLUMN
    beside, at = [], 0
    for cell in row:
        beside.append(list(chain.from_iterable(_lines(block, x + at * step, nesting) for block in cell.blocks)))
        at += cell.span
    for level in zip_longest(*beside, fillvalue=_Line(())):
        yield _Line(tuple(piece for line in level for piece in line.pieces))
