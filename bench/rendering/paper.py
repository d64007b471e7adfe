"""A sheet of A4 to set notices on."""

from __future__ import annotations

from datetime import UTC, datetime

import font_roboto  # type: ignore[import-untyped]
import fpdf

LEFT, RIGHT, TOP, FOOT = 85.0, 555.0, 60.0, 790.0
"""Points: the margins of Decree 30 on A4."""
_MADE = datetime(2026, 1, 1, tzinfo=UTC)


class Paper(fpdf.FPDF):
    """A4 in points, with a font that has every Vietnamese letter; the same words make the same bytes."""

    def __init__(self) -> None:
        super().__init__(unit="pt", format="A4")
        self.set_creation_date(_MADE)
        self.add_font("Roboto", fname=font_roboto.Roboto)
        self.add_font("Roboto", "B", fname=font_roboto.RobotoBold)
        self.set_auto_page_break(False)
        self.next_page()

    def next_page(self) -> None:
        """Begin a page at its top."""
        self.add_page()
        self.y_now = TOP

    def say(self, text: str, x: float, y: float, size: float = 13, *, bold: bool = False) -> float:
        """Put one line with its baseline at y; returns its right edge."""
        self.set_font("Roboto", "B" if bold else "", size)
        self.text(x, y, text)
        return x + self.get_string_width(text)

    def centre(self, text: str, x0: float, x1: float, y: float, size: float = 13, *, bold: bool = False) -> None:
        """Put one line in the middle between two edges."""
        self.set_font("Roboto", "B" if bold else "", size)
        self.say(text, (x0 + x1 - self.get_string_width(text)) / 2, y, size, bold=bold)

    def centred(self, text: str, x0: float, x1: float, size: float = 13, *, bold: bool = False) -> None:
        """Put a text in the middle between two edges, over as many lines as it needs, and go below it."""
        for line in self.wrap(text, x1 - x0, size, bold=bold):
            self.centre(line, x0, x1, self.y_now, size, bold=bold)
            self.y_now += size * 1.3

    def wrap(self, text: str, width: float, size: float, first: float = 0.0, *, bold: bool = False) -> list[str]:
        """The lines of a paragraph in a width; the first is shorter by `first`."""
        self.set_font("Roboto", "B" if bold else "", size)
        lines: list[str] = []
        line = ""
        for word in text.split():
            room = width - (0 if lines else first)
            if line and self.get_string_width(f"{line} {word}") > room:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        return [*lines, line]

    def paragraph(self, text: str, *, indent: float = 28.0, size: float = 13) -> float:
        """Put a paragraph below what stands, over as many pages as it needs, its lines spread to both margins.

        Returns the right edge of its last line, whose baseline is a line and 6 points above `y_now`.
        """
        edge = LEFT
        lines = self.wrap(text, RIGHT - LEFT, size, indent)
        for at, line in enumerate(lines):
            if self.y_now > FOOT:
                self.next_page()
            x = LEFT + (indent if at == 0 else 0)
            edge = self.spread(line, x, RIGHT if at < len(lines) - 1 else None, size)
            self.y_now += size * 1.3
        self.y_now += 6
        return edge

    def spread(self, line: str, x: float, edge: float | None, size: float) -> float:
        """Put a line; up to an edge its spaces are widened. Returns its right edge."""
        words = line.split()
        self.set_font("Roboto", "", size)
        space = self.get_string_width(" ")
        if edge is not None and len(words) > 1:
            space = (edge - x - sum(map(self.get_string_width, words))) / (len(words) - 1)
        for word in words:
            x = self.say(word, x, self.y_now, size) + space
        return x - space

    def number_pages(self) -> None:
        """Put its number on top of every page but the first."""
        for number in range(2, self.pages_count + 1):
            self.page = number
            self.centre(str(number), LEFT, RIGHT, 36)
