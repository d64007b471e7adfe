"""Lists of offices put back together: items that wrap over lines, items that share a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from services.ingest.reading.landmarks import MARK
from services.ingest.reading.text.folding import holds_any
from services.ingest.reading.text.noise import without_noise

_INLINE = re.compile(
    r"[-–+•\s](?:(?<=[;.,:][-–+•\s])(?:(?<=\s)\s*[-–+•]|(?<!\s))\s+(?=\w)"
    r"|(?<=[^\W\d]\s)\s*[-–]\s+(?=(?:Lưu|Như|Các|UBND|Sở|Bộ|VP)\b)"
    r"|(?<=;[-–+•\s])(?:(?<=\s)\s*[-–+•]|(?<!\s))(?=[^\W\d]))"
)
"""The mark of an item within a line, with its spaces. It is found fast, since it opens with one of few characters."""
_SIGNS = "-–+•"
_SPACES = re.compile(r"\s+")
_END = " \t;,.:/"


@dataclass
class Item:
    """One item as its lines are met. `mark` is its list mark, '' where it has none."""

    parts: list[str]
    mark: str
    line: int
    group: str | None = None
    purposes: list[str] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """The item with its lines joined and its closing punctuation."""
        joined = " ".join(self.parts).strip()
        return _SPACES.sub(" ", joined) if "  " in joined else joined

    @property
    def text(self) -> str:
        """The item as written, without list mark and closing punctuation."""
        return without_closing(self.raw)


class Piece(NamedTuple):
    """A line's share of a list: its text without the mark."""

    text: str
    mark: str
    line: int


def without_closing(text: str) -> str:
    """The text without the marks that end an item: ";", ",", ".", "./."."""
    stripped = text.rstrip(_END)
    return stripped + "…" if text.endswith("...") else stripped


def pieces(text: str, line: int) -> list[Piece]:
    """The pieces of one line: usually one, more where a joined line holds several marked items."""
    found = []
    mark = MARK.match(text)
    body = text[mark.end() :] if mark else text
    for index, part in enumerate(_INLINE.split(body) if holds_any(body, _SIGNS) else (body,)):
        clean = without_noise(part)
        if clean:
            sign = (mark[0].strip() if mark else "") if index == 0 else "-"
            found.append(Piece(clean, sign, line))
    return found


def joins_above(piece: Piece, above: Item | None, marked: bool, usual_end: str) -> bool:
    """Whether a piece continues the item above it.

    In a list with marks whatever has none continues. Without marks an item goes on where it has not ended as its
    neighbours do, or where the line starts with a small letter.
    """
    if above is None or piece.mark:
        return False
    end = above.parts[-1].rstrip()[-1:]
    if marked:
        return bool(above.mark) or end not in ";."
    if piece.text[:1].islower() and end not in ";.":
        return True
    return (end == "," and usual_end == ";") or end in ":-–("


def usual_end(texts: list[str]) -> str:
    """The mark of punctuation that most lines of a list end with."""
    ends = [end for text in texts if (end := text.rstrip()[-1:]) in ";,."]
    return max(dict.fromkeys(ends), key=ends.count, default="")
