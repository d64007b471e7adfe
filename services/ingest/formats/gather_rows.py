"""Words that stand on one line become a row; words raised above it, footnote numbers, are told apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from services.ingest.formats.page import Word

_SAME_LINE = 0.3
"""Part of a word's height by which centres on one line may differ."""
_OVERLAP = 0.5
_MOST_BESIDE = 300
"""Words: a longer line is no column of a page."""
_SMALL = 0.82
_FOOTNOTE_SIZE = 0.93
_RAISED_NUMBER = re.compile(r"[\[(]?\d{1,2}[\])]?[,.;]?")
_UNIT = re.compile(r"(?:^|[\W\d])[kcdmh]?m$", re.IGNORECASE)
_FOOTNOTE = re.compile(r"^[\[(]?\d{1,2}[\])]?\s*(?=[^\W\d]|[“\"(])")


@dataclass(frozen=True)
class Band:
    """The words of one visual line, left to right."""

    words: tuple[Word, ...]

    @property
    def y0(self) -> float:
        """Its top, in points."""
        return min(word.y0 for word in self.words)

    @property
    def y1(self) -> float:
        """Its bottom, in points."""
        return max(word.y1 for word in self.words)

    @property
    def height(self) -> float:
        """The usual height of its words, in points."""
        return median(word.height for word in self.words)

    @property
    def text(self) -> str:
        """Its words, a space before each that is not glued to the one before."""
        return joined(self.words)


def joined(words: Iterable[Word]) -> str:
    """The text of words that stand side by side."""
    return "".join(word.text if word.glued or at == 0 else f" {word.text}" for at, word in enumerate(words))


def gather_rows(words: Iterable[Word]) -> list[Band]:
    """The lines of a page, top to bottom. Lines of two columns share a row where they stand level."""
    level = _on_levels(sorted(words, key=lambda word: word.y0 + word.y1))
    bands: list[list[Word]] = []
    for line in sorted(level, key=lambda line: min(word.y0 for word in line)):
        home = next((band for band in reversed(bands[-3:]) if _stands_beside(band, line)), None)
        if home is None:
            bands.append(line)
        else:
            home.extend(line)
    return [Band(_once(sorted(band, key=lambda word: word.x0))) for band in bands]


def _on_levels(words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped by the height of their centres."""
    lines: list[list[Word]] = []
    centre = height = 0.0
    for word in words:
        middle = (word.y0 + word.y1) / 2
        if lines and middle - centre <= _SAME_LINE * min(height, word.height):
            lines[-1].append(word)
        else:
            lines.append([word])
            centre, height = middle, word.height
    return lines


def _stands_beside(band: list[Word], line: list[Word]) -> bool:
    """Whether a line is level with a band and touches none of its words."""
    if len(band) > _MOST_BESIDE or len(line) > _MOST_BESIDE:
        return False
    top, bottom = min(word.y0 for word in line), max(word.y1 for word in line)
    above, below = min(word.y0 for word in band), max(word.y1 for word in band)
    if min(bottom, below) - max(top, above) < _OVERLAP * min(bottom - top, below - above):
        return False
    return not any(one.x0 < other.x1 - 1 and other.x0 < one.x1 - 1 for one in line for other in band)


def _once(words: list[Word]) -> tuple[Word, ...]:
    """Without words drawn twice on the same place, as some printers draw bold."""
    kept: list[Word] = []
    for word in words:
        twice = kept and kept[-1].text == word.text and abs(kept[-1].x0 - word.x0) < 0.4 * (word.x1 - word.x0)
        if not twice:
            kept.append(word)
    return tuple(kept)


def body_height(bands: Iterable[Band]) -> float:
    """The height of most of the text, in points; 0 where there is none."""
    letters: Counter[float] = Counter()
    for band in bands:
        for word in band.words:
            letters[round(word.y1 - word.y0, 1)] += len(word.text)
    passed = 0
    for height in sorted(letters):
        passed += letters[height]
        if passed * 2 >= letters.total():
            return height
    return 0.0


def without_footnotes(bands: list[Band], body: float, page_height: float) -> tuple[list[Band], int]:
    """A page without the small block at its foot that opens with a number, and how many rows that block had."""
    first = len(bands)
    while first > 0 and bands[first - 1].height <= _FOOTNOTE_SIZE * body:
        first -= 1
    for index in range(max(first, 1), len(bands)):
        if bands[index].y0 > 0.4 * page_height and _opens_footnote(bands[index]):
            return bands[:index], len(bands) - index
    return bands, 0


def _opens_footnote(band: Band) -> bool:
    words = band.words
    if len(words) > 1 and _is_raised(words[0], words[1].height, words[1].y1):
        return True
    return bool(_FOOTNOTE.match(band.text)) and not words[0].text.endswith(".")


def without_raised(band: Band) -> Band | None:
    """A row without raised footnote numbers; the 2 and 3 of m² and m³ stay. None where nothing else stood on it."""
    kept: list[Word] = []
    glued = False
    for word in band.words:
        if _is_raised(word, band.height, band.y1) and not _is_power(word, kept):
            continue
        glued = word.glued and bool(kept)
        kept.append(word if glued == word.glued else replace(word, glued=glued))
    return Band(tuple(kept)) if kept else None


def _is_raised(word: Word, height: float, bottom: float) -> bool:
    return (
        word.height < _SMALL * height and word.y1 < bottom - 0.15 * height and bool(_RAISED_NUMBER.fullmatch(word.text))
    )


def _is_power(word: Word, before: list[Word]) -> bool:
    return word.text[:1] in "23" and bool(before) and bool(_UNIT.search(before[-1].text))
