"""A sheet of A4 to set notices on."""

from __future__ import annotations

import font_roboto
import fpdf

LEFT, RIGHT, TOP, FOOT = 85.0, 555.0, 60.0, 790.0
"""Points: the margins of Decree 30 on A4."""


class Paper(fpdf.FPDF):
    """A4 in points, with a font that has every Vietnamese letter."""

    def __init__(self) -> None:
        super().__init__(unit="pt", format="A4")
        self.add_font("Roboto", fname=font_roboto.Roboto)
        self.add_font("Roboto", "B", fname=font_roboto.RobotoBold)
        self.set_auto_page_break(False)
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

    def wrap(self, text: str, width: float, size: float, first: float = 0.0) -> list[str]:
        """The lines of a paragraph in a width; the first is shorter by `first`."""
        self.set_font("Roboto", "", size)
        lines, line = [], ""
        for word in text.split():
            room = width - (0 if lines else first)
            if line and self.get_string_width(f"{line} {word}") > room:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        return [*lines, line]

    def paragraph(self, text: str, *, indent: float = 28.0, size: float = 13, pitch: float = 17.0) -> None:
        """Put a paragraph below what stands, over as many pages as it needs, its lines spread to both margins."""
        lines = self.wrap(text, RIGHT - LEFT, size, indent)
        for at, line in enumerate(lines):
            if self.y_now > FOOT:
                self.add_page()
                self.y_now = TOP
            x = LEFT + (indent if at == 0 else 0)
            self.spread(line, x, RIGHT if at < len(lines) - 1 else None, size)
            self.y_now += pitch
        self.y_now += 6

    def spread(self, line: str, x: float, edge: float | None, size: float) -> None:
        """Put a line; up to an edge its spaces are widened."""
        words = line.split()
        self.set_font("Roboto", "", size)
        space = self.get_string_width(" ")
        if edge is not None and len(words) > 1:
            space = (edge - x - sum(map(self.get_string_width, words))) / (len(words) - 1)
        for word in words:
            x = self.say(word, x, self.y_now, size) + space
