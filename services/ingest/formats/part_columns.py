"""Columns of a scanned page are recognised apart: OCR takes what stands level for one line, and loses both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from PIL import Image

_COARSE_DPI = 100
_INK = 150
"""Grey values below it are ink once a page is made coarse, which wipes out its grain."""
_WHITE = 255
_TALL = 30.0
"""Points: a band this high holds lines that overlap, as those of two columns do."""
_GUTTER, _GUTTER_OF_ONE_LINE = 9.0, 30.0
"""Points of white that part columns: in a tall band, and in a single line, whose words may be spread."""
_ACCENT = 4.0
"""Points of white that may stand within a band: between a letter and its accents, or two lines of a paragraph."""
_BESIDE = 12
"""Pixels of white between two parts where they are put below each other."""


@dataclass(frozen=True)
class Part:
    """A part of a page without columns in it: its box in pixels, and how far down it was moved."""

    left: int
    top: int
    right: int
    bottom: int
    moved: int = 0


def in_one_column(picture: Image.Image, dpi: float) -> tuple[Image.Image, list[Part]]:
    """A grey page with the parts of its columns below each other, each at its own distance from the left, and these."""
    factor = max(1, round(dpi / _COARSE_DPI))
    ink = picture.reduce(factor).point([_WHITE if value < _INK else 0 for value in range(256)])
    placed: list[Part] = []
    foot = 0
    for part in _parts(ink, 72 * factor / dpi):
        left, top, right, bottom = (edge * factor for edge in (part.left, part.top, part.right, part.bottom))
        placed.append(Part(left, top, min(right, picture.width), min(bottom, picture.height), foot - top))
        foot += placed[-1].bottom - top + _BESIDE
    page = Image.new("L", (picture.width, max(foot, 1)), _WHITE)
    for part in placed:
        page.paste(picture.crop((part.left, part.top, part.right, part.bottom)), (part.left, part.top + part.moved))
    return page, placed


def moved_at(parts: Sequence[Part], middle: float) -> int:
    """How many pixels down that was moved which now stands at a height."""
    return next((part.moved for part in parts if middle < part.bottom + part.moved + _BESIDE / 2), 0)


def _parts(ink: Image.Image, point: float) -> Iterator[Part]:
    """The parts, top to bottom and left to right. point: the size of a pixel in points."""
    edge = ink.height
    bands = list(_runs(ink.resize((1, ink.height), Image.Resampling.BOX), _ACCENT / point))
    for at, (top, bottom) in enumerate(bands):
        head = (bands[at - 1][1] + top) // 2 if at else 0
        foot = (bottom + bands[at + 1][0]) // 2 if at + 1 < len(bands) else edge
        gutter = (_GUTTER if (bottom - top) * point >= _TALL else _GUTTER_OF_ONE_LINE) / point
        columns = list(
            _runs(ink.crop((0, top, ink.width, bottom)).resize((ink.width, 1), Image.Resampling.BOX), gutter)
        )
        for number, (left, right) in enumerate(columns):
            begin = (columns[number - 1][1] + left) // 2 if number else 0
            end = (right + columns[number + 1][0]) // 2 if number + 1 < len(columns) else ink.width
            yield Part(begin, head, end, foot)


def _runs(profile: Image.Image, gap: float) -> Iterator[tuple[int, int]]:
    """Where ink stands along a profile; runs with no more than a gap between them are one."""
    runs = [list(group) for dark, group in groupby(enumerate(profile.tobytes()), key=lambda pair: pair[1] > 0) if dark]
    start: int | None = None
    end = 0
    for run in runs:
        first, last = run[0][0], run[-1][0] + 1
        if start is not None and first - end > gap:
            yield start, end
            start = None
        start, end = first if start is None else start, last
    if start is not None:
        yield start, end
