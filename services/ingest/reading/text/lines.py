"""The document as lines of cells: columns that stand side by side are told apart, page furniture is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.ingest.reading.text.folding import LOWER, UPPER, fold, holds_any, is_capital
from services.ingest.reading.text.markdown import marks_in, unmark

_GAP = re.compile(r"[ \t]*\t[ \t]*| {3,}(?!\|)|\s+\|(?=\s|$)|^\s*\|\s+")
_GAPS = ("|", "\t", "   ")
"""One of these stands in every gap between cells."""
_SPACES = re.compile(r"\s+")
_PAGE = re.compile(
    r"(?:[-–—]?\s*\d{1,3}\s*[-–—]?|(?:trang|page)\s*:?\s*\d+(?:\s*(?:/|of)\s*\d+)?|\d+\s*/\s*\d+"
    r"|[-=_~*#]*\s*(?:page|trang)\s*\d+\s*[-=_~*#]*)",
    re.IGNORECASE,
)
_LONGEST_RUNNING_HEAD = 250
_RUNNING_HEAD = re.compile(r"\s*\S.{0,90}?(?:\t| {3,})\s*(?:Trang|Page)\s*\d+\s*/\s*\d+\s*")
_LONGEST_PAGE_NUMBER = 40
_RULE = re.compile(r"[\s\-–—_=*~.·•|+]+")
_BANNER = re.compile(
    r"(?=[#\[sdnktehw,]|\W)"
    r"(?:^#{1,3}\s*(?:OCR|Generated|Model|PAGE|Source|File)\b|^\[Bản trích|^Signature Not Verified|^Digitally signed"
    r"|^\W{0,3}(?:Người ký|Ký bởi|Thời gian ký|Signed by|Signing time|Email|Ngày ký)\s*:|^, ?Thời gian ký"
    r"|^(?:https?://|www\.)\S+$)",
    re.IGNORECASE,
)
"""What machines put beside a page. It says first what the alternatives open with: most lines open with none of it."""
_SIGNED_FOR = re.compile(r"^\W{0,3}(?:Cơ quan|Tổ chức|Đơn vị)\s*:", re.IGNORECASE)
_GLUED_PAGE = re.compile(rf"^\s*(?:Trang|Page) \d{{1,3}}(?=[{UPPER}]{{2}})")
_PAGE_WORDS = ("Trang ", "Page ")
_RUN_IN = re.compile(rf"[^{LOWER}]*[{UPPER}]{{3}}(?=[{UPPER}][{LOWER}]+ [{UPPER}][{LOWER}])")
_SMALL = frozenset(LOWER)
"""With one of these for its second letter, no line opens in capitals."""
_TABLE_COLUMN = 60
_SPACED_OUT = 0.93


@dataclass  # not frozen, as nor is Line: a text makes hundreds, and a frozen one takes three times as long to make
class Cell:
    """A piece of a line between wide gaps. `start` is its column, counted from 0.

    column: which cell of a table's row it is, counted from 0, where bars part the cells; else -1.
    """

    text: str
    start: int
    column: int = -1
    _folded: str | None = field(default=None, repr=False, compare=False)

    @property
    def folded(self) -> str:
        """Its text without case and accents."""
        if self._folded is None:
            self._folded = fold(self.text)
        return self._folded


@dataclass
class Line:
    """One line with something on it. `number` counts from 1 in the text; `after_blank`: a blank line precedes it."""

    number: int
    cells: tuple[Cell, ...]
    after_blank: bool = False
    ruled: bool = False
    _folded: str | None = field(default=None, repr=False, compare=False)
    _capital: bool | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Join its cells with one space between them: its text."""
        self.text = self.cells[0].text if len(self.cells) == 1 else " ".join(cell.text for cell in self.cells)

    @property
    def folded(self) -> str:
        """Its text without case and accents."""
        if self._folded is None:
            self._folded = self.cells[0].folded if len(self.cells) == 1 else fold(self.text)
        return self._folded

    @property
    def capital(self) -> bool:
        """Whether it is set in capitals."""
        if self._capital is None:
            self._capital = is_capital(self.text)
        return self._capital

    @property
    def start(self) -> int:
        """The column at which it begins, counted from 0."""
        return self.cells[0].start


def read_lines(text: str) -> list[Line]:
    """The lines of a text that hold words. Page numbers, rules and machine banners are dropped."""
    lines: list[Line] = []
    blank = ruled = False
    banner_at = -9
    marks, gaps = marks_in(text), tuple(gap for gap in _GAPS if gap in text)
    for number, raw in enumerate(text.split("\n"), start=1):
        if not raw or raw.isspace():
            blank = True
            continue
        if _BANNER.match(raw) or (number - banner_at <= 2 and _SIGNED_FOR.match(raw)):
            banner_at = number
            continue
        for piece in _pieces(raw, marks):
            shown = piece.strip()
            if not shown or _is_furniture(piece, shown):
                blank = True
            elif not shown[0].isalnum() and _RULE.fullmatch(shown):
                ruled = True
            elif cells := _cells(piece, shown, gaps):
                lines.append(Line(number, cells, blank, ruled))
                blank = ruled = False
    return _without_spacing(lines)


def _is_furniture(piece: str, shown: str) -> bool:
    """Whether a line is a page's number, or the document's name at a page's edge, far from the number."""
    if len(shown) <= _LONGEST_PAGE_NUMBER and _PAGE.fullmatch(shown):
        return True
    if "/" not in piece or len(piece) > _LONGEST_RUNNING_HEAD:
        return False
    return ("rang " in piece or "age " in piece) and bool(_RUNNING_HEAD.fullmatch(piece))


def _pieces(raw: str, marks: str) -> list[str]:
    """What a line shows, cut at its breaks and where a line in capitals ran into the next, as a title into a name."""
    pieces = unmark(_GLUED_PAGE.sub("", raw) if raw.lstrip().startswith(_PAGE_WORDS) else raw, marks)
    if len(pieces) == 1 and (pieces[0][1:2] in _SMALL or not _RUN_IN.match(pieces[0])):
        return pieces
    found = []
    for piece in pieces:
        title = _RUN_IN.match(piece)
        found += [title[0].strip(), piece[title.end() :]] if title and " " in title[0].strip() else [piece]
    return found


def _without_spacing(lines: list[Line]) -> list[Line]:
    """Blank lines that follow nearly every line are spacing of the export and part nothing."""
    if len(lines) < 12 or [line.after_blank for line in lines].count(True) < _SPACED_OUT * len(lines):
        return lines
    return [Line(line.number, line.cells, False, line.ruled) for line in lines]


def _cells(piece: str, stripped: str, gaps: Sequence[str]) -> tuple[Cell, ...]:
    """The cells of a line; `stripped` is what it shows between its spaces, `gaps` what its text has of `_GAPS`."""
    if not holds_any(stripped, gaps):
        start = 0 if piece.startswith(stripped[0]) else len(piece) - len(piece.lstrip())
        return (Cell(_SPACES.sub(" ", stripped) if "  " in stripped else stripped, start),)
    cells, position, column, barred = [], 0, 0, -1 if "|" not in piece else 0
    for gap in [*_GAP.finditer(piece), None]:
        content = piece[position : gap.start() if gap else len(piece)]
        if content.strip() and not _RULE.fullmatch(content):
            start = position + len(content) - len(content.lstrip())
            cells.append(Cell(_SPACES.sub(" ", content.strip()), max(start, column), barred))
        if gap:
            position = gap.end()
            if "|" in gap[0] and gap.start() > 0:
                column += _TABLE_COLUMN
                barred += gap[0].count("|")
    return tuple(cells)
