"""What a page shows, whatever format it came in: rows of pieces with their places. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a space, in points from the top left of its page.

    glued: no space stands before it, as before the raised number of a footnote.
    sure: how sure its recognition is, from 0 to 1; 1 where it was not recognised on a picture.
    """

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    bold: bool = False
    glued: bool = False
    sure: float = 1.0

    @property
    def height(self) -> float:
        """From the font's ascent to its descent, in points."""
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line drawn on a page, in points from its top left corner."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def across(self) -> bool:
        """Whether it runs from left to right, not down."""
        return self.x1 - self.x0 >= self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a row between wide gaps: a column's line, a table's cell. x0 and x1 in points from the left.

    sure: how sure the recognition of its words is, from 0 to 1. height: the usual height of its words in points, 0 in a
    format that has no pages. stops: where its words begin and end, each a character of `text`, counted from 0, and its
    place in points; empty where only the ends are known. span: its own top and bottom, where they are known: beside
    what is set larger or lower, the row's are others.
    """

    text: str
    x0: float
    x1: float
    bold: bool = False
    sure: float = 1.0
    height: float = 0.0
    stops: tuple[tuple[int, float], ...] = ()
    span: tuple[float, float] | None = None

    def x_at(self, character: int) -> float:
        """Where a character begins, in points; between two stops as far as it is between their characters."""
        stops = self.stops or ((0, self.x0), (len(self.text), self.x1))
        for (left, x0), (right, x1) in pairwise(stops):
            if left <= character <= right:
                return x0 + (x1 - x0) * (character - left) / max(right - left, 1)
        return stops[0][1] if character < stops[0][0] else stops[-1][1]


@dataclass(frozen=True)
class Row:
    """A visual line. `page` counts from 1; y0 and y1 are its top and bottom, in points from the page's top.

    gap_before: more than the usual space parts it from the row above. ruled: a line is drawn between the two.
    tabled: its pieces are the cells of a table's row, each whole, the empty ones too.
    """

    page: int
    y0: float
    y1: float
    pieces: tuple[Piece, ...]
    gap_before: bool = False
    ruled: bool = False
    tabled: bool = False

    @cached_property
    def text(self) -> str:
        """Its pieces with one space between them."""
        return " ".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Sheet:
    """A whole document in reading order. made_by: "text layer", "ocr", "docx" or "html".

    doubts: what a person should know of how it was read, each "code: sentence".
    """

    rows: tuple[Row, ...]
    media_type: str
    pages: int
    made_by: str
    doubts: tuple[str, ...] = ()
