"""Sheets of A4 with tables that go on over pages; the same rows make the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cli.evidence.words import moment

try:
    import font_roboto  # type: ignore[import-untyped]
    import fpdf
except ImportError as error:  # the notifier's image has no command line
    raise ImportError(f"a PDF needs fpdf2 and font-roboto, of noinhan's extra 'cli': {error}") from None

LEFT: Final = 42.0
RIGHT: Final = 553.0
_TOP: Final = 46.0
_FOOT: Final = 792.0
_LEADING: Final = 1.32
_PAD: Final = 3.0
_GREY: Final = 228
_FAMILY: Final = "Roboto"


class Column(NamedTuple):
    """A heading, and a width in points."""

    heading: str
    width: float


class Paper(fpdf.FPDF):
    """A4 in points, in Roboto, which has every Vietnamese letter. `made`: the moment that stands in the file."""

    def __init__(self, title: str, made: datetime) -> None:
        super().__init__(unit="pt", format="A4")
        self.set_creation_date(made)
        self.set_title(title)
        self.set_lang("vi")
        self.add_font(_FAMILY, fname=font_roboto.Roboto)
        self.add_font(_FAMILY, "B", fname=font_roboto.RobotoBold)
        self.set_auto_page_break(auto=False)
        self._widths: dict[tuple[str, str, float], float] = {}
        self.next_page()

    def next_page(self) -> None:
        """Begin a page at its top."""
        self.add_page()
        self.down = _TOP

    def room(self, height: float) -> None:
        """Begin a page where so much does not fit on this one."""
        if self.down + height > _FOOT:
            self.next_page()

    def say(self, text: str, size: float = 9.5, *, bold: bool = False, after: float = 3) -> None:
        """A paragraph over the whole width."""
        for line in self._wrapped(text, RIGHT - LEFT, size, bold=bold):
            self.room(size * _LEADING)
            self._put(line, LEFT, size, bold=bold)
            self.down += size * _LEADING
        self.down += after

    def rule(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], size: float = 8.5) -> None:
        """A table; its headings stand again on every page that it goes on to."""
        self.room(4 * size * _LEADING)
        self._heads(columns, size)
        for row in rows:
            cells = [self._wrapped(text, each.width - 2 * _PAD, size) for text, each in zip(row, columns, strict=True)]
            self._row(columns, cells, size)
        self.down += 8

    def _heads(self, columns: Sequence[Column], size: float) -> None:
        cells = [self._wrapped(each.heading, each.width - 2 * _PAD, size, bold=True) for each in columns]
        height = max(map(len, cells)) * size * _LEADING + 2 * _PAD
        self.set_fill_color(_GREY)
        self.rect(LEFT, self.down, sum(each.width for each in columns), height, style="F")
        self._cells(columns, cells, size, bold=True)
        self.down += height

    def _row(self, columns: Sequence[Column], cells: Sequence[Sequence[str]], size: float) -> None:
        """One row, whole where a page can hold it, else part by part."""
        lines = max(map(len, cells))
        left = int((_FOOT - self.down - 2 * _PAD) / (size * _LEADING))
        whole = int((_FOOT - _TOP) / (size * _LEADING)) - 4
        begun = 0
        if left < lines <= whole:
            left = 0
        while begun < lines:
            if left < 1:
                self.next_page()
                self._heads(columns, size)
                left = int((_FOOT - self.down - 2 * _PAD) / (size * _LEADING))
            part = [cell[begun : begun + left] for cell in cells]
            self._cells(columns, part, size)
            self.down += max(map(len, part)) * size * _LEADING + 2 * _PAD
            begun, left = begun + left, 0
        self.set_draw_color(_GREY)
        self.line(LEFT, self.down, LEFT + sum(each.width for each in columns), self.down)

    def _cells(
        self, columns: Sequence[Column], cells: Sequence[Sequence[str]], size: float, *, bold: bool = False
    ) -> None:
        at = LEFT
        for column, lines in zip(columns, cells, strict=True):
            for number, line in enumerate(lines):
                self._put(line, at + _PAD, size, bold=bold, below=_PAD + number * size * _LEADING)
            at += column.width

    def _put(self, line: str, x: float, size: float, *, bold: bool = False, below: float = 0) -> None:
        if line:
            self.set_font(_FAMILY, "B" if bold else "", size)
            self.text(x, self.down + below + size, line)

    def _wrapped(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """The text in lines that fit; a word that is longer than a line is cut."""
        style = "B" if bold else ""
        self.set_font(_FAMILY, style, size)
        lines = [""]
        for word in (part for each in text.split() for part in self._parts(each, width, style, size)):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self._width(longer, style, size) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def _parts(self, word: str, width: float, style: str, size: float) -> Iterator[str]:
        while len(word) > 1 and self._width(word, style, size) > width:
            fitting = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or self.get_string_width(word[:n]) <= width)
            yield word[:fitting]
            word = word[fitting:]
        yield word

    def _width(self, text: str, style: str, size: float) -> float:
        """The width of a text, as the sum of its words': most of them come many times."""
        space = self._word(" ", style, size)
        words = text.split(" ")
        return sum(self._word(each, style, size) for each in words) + space * (len(words) - 1)

    def _word(self, word: str, style: str, size: float) -> float:
        key = (word, style, size)
        if key not in self._widths:
            self._widths[key] = self.get_string_width(word)
        return self._widths[key]

    def finish(self, foot: str, as_of: str) -> bytes:
        """Put a foot on every page, with its number of so many, and give the file's bytes."""
        for number in range(1, self.pages_count + 1):
            self.page = number
            self.set_font(_FAMILY, "B", 7)  # else the page keeps the font of its last word
            self.down = _FOOT + 8
            self._put(foot, LEFT, 7)
            self.down += 10
            self._put(f"Trạng thái đến {moment(as_of)} (giờ Hà Nội)", LEFT, 7)
            said = f"Trang {number}/{self.pages_count}"
            self.set_font(_FAMILY, "", 7)
            self._put(said, RIGHT - self.get_string_width(said), 7)
        return bytes(self.output())
