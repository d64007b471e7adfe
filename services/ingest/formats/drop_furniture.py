"""What belongs to the paper and not to the notice: page numbers, repeated heads and feet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.formats.page import Piece

_EDGE_ROWS = 3
_MARGIN = 0.1
"""Part of the page's height at its top and bottom where page numbers and repeated lines stand."""
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*\d{1,4}[-–—\s]*|(?:trang|page)\s*:?\s*\d+(?:\s*(?:/|of|trên)\s*\d+)?|\d+\s*/\s*\d+", re.IGNORECASE
)
_HEADER = re.compile(r"CỘNG\s*H[OÒ]À?A?|ĐẢNG CỘNG SẢN|Độc lập|Nơi nhận|Kính gửi", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Placed:
    """A row of a page before its gaps are judged: y0 and y1 in points, `height` the usual height of its words.

    tabled: its pieces are the cells of a table's row.
    """

    y0: float
    y1: float
    height: float
    pieces: tuple[Piece, ...]
    tabled: bool = False

    @property
    def text(self) -> str:
        """Its pieces with one space between them."""
        return " ".join(piece.text for piece in self.pieces)


def drop_furniture(pages: Sequence[Sequence[Placed]], heights: Sequence[float]) -> list[list[Placed]]:
    """The rows of each page without page numbers and without lines that most pages repeat. heights: in points."""
    numbered = [_without_number(rows, height) for rows, height in zip(pages, heights, strict=True)]
    repeated = _repeated(numbered, heights)
    return [
        rows
        if number == 0 or _holds_header(rows)
        else [row for row in rows if not _in_margin(row, height) or _key(row) not in repeated]
        for number, (rows, height) in enumerate(zip(numbered, heights, strict=True))
    ]


def _without_number(rows: Sequence[Placed], height: float) -> list[Placed]:
    edges = {*range(min(2, len(rows))), *range(max(0, len(rows) - 2), len(rows))}
    return [
        row
        for index, row in enumerate(rows)
        if index not in edges or not _in_margin(row, height, 0.13) or not _PAGE_NUMBER.fullmatch(row.text.strip())
    ]


def _repeated(pages: Sequence[Sequence[Placed]], heights: Sequence[float]) -> set[tuple[str, int]]:
    """The lines that stand at the same place on at least three pages and on half of them."""
    counts: Counter[tuple[str, int]] = Counter()
    for rows, height in zip(pages, heights, strict=True):
        edges = [*rows[:_EDGE_ROWS], *rows[-_EDGE_ROWS:]]
        counts.update({_key(row) for row in edges if _in_margin(row, height)})
    return {key for key, count in counts.items() if count >= max(3, len(pages) / 2)}


def _key(row: Placed) -> tuple[str, int]:
    return _DIGITS.sub("#", row.text).strip(), round(row.y0 / 8)


def _in_margin(row: Placed, height: float, part: float = _MARGIN) -> bool:
    return row.y1 < part * height or row.y0 > (1 - part) * height


def _holds_header(rows: Sequence[Placed]) -> bool:
    """Whether a notice opens on this page: what stands at its top may be the issuer."""
    return any(_HEADER.search(row.text) for row in rows[:8])
