"""The body as paragraphs: wrapped lines joined, list marks taken off and ranked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.ingest.reading.text.folding import LOWER, holds_any
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.restore import Restored, damage_to, restore, unglue

_MARKERS = (
    (1, r"(?:Điều|Chương|Phần|Mục|CHƯƠNG|PHẦN|MỤC)\s+(?:\d{1,3}|[IVXLC]{1,6})\s*[.:]?(?=\s|$)\s*"),
    (2, r"(?=[IVX])[IVXL]{1,6}\s?[.)]\s*(?=\S)|[A-HK]\s?[.)]\s+(?=\S)"),
    (5, r"\d{1,2}\.\d{1,2}\.\d{1,2}\.?\s+(?=\S)"),
    (4, r"\d{1,2}\.\d{1,2}\.?\s+(?=\S)"),
    (3, r"\d{1,2}\s?(?:[.)/]\s*|[-–]\s+)(?=[^\W\d]|[“\"(])"),
    (6, r"[a-zđ]\s?[).]\s+(?=\S)|[a-zđ]\d\)\s*(?=\S)"),
    (7, r"\((?:\d{1,2}|[ivx]{1,4}|[a-zđ])\)\s*(?=\S)"),
    (8, r"[-–—]\s*(?=[^\W\d_]|[“\"(\d])"),
    (9, r"[+•*·●▪○▫■~→✓]\s*(?=\S)"),
)
_MARKER = re.compile("|".join(f"({pattern})" for _, pattern in _MARKERS))
"""Any mark; the number of the group that matched tells which of `_MARKERS`."""
UNMARKED = 10
"""The rank of a paragraph without a mark; ranks below run from 1 (Điều) to 9 (+)."""
_FIRST = frozenset("0123456789ĐCPMIVXLABDEFGHK(-–—+•*·●▪○▫■~→✓abcdeghiklmnopqstuvxyđ")
_DIRT = re.compile(r"^[._~^|…]{2,}\s*(?:[._~^|…]+\s*)*")
_STROKES = frozenset("._~^|…")
_COUNTED = frozenset({"ngày", "tháng", "năm", "quý", "Quý", "số", "khoản", "Điều", "điều", "điểm", "mục", "hơn"})
"""Words after which a number must follow, be it on the next line or page."""
_SENTENCE_END = (".", ";", ":", "!", "?", "…", "/.")


class Paragraph(NamedTuple):
    """One paragraph. `mark` is its list mark as written, `rank` how deep such marks stand, `line` its first line.

    restored: where `text` has words put back that noise had spoilt; the key to what is written.
    """

    text: str
    mark: str
    rank: int
    line: int
    restored: Restored | None = None

    def as_written(self, phrase: str) -> str:
        """A phrase of `text` as it stands in the document."""
        return self.restored.as_written(phrase) if self.restored else phrase

    def as_spelt(self, phrase: str) -> str:
        """A phrase of `text` with the letters that stand in the document, and spaces between its words."""
        return self.restored.as_spelt(phrase) if self.restored else phrase

    @property
    def is_heading(self) -> bool:
        """Whether it is short, ranked and no sentence: the heading of what follows."""
        return self.rank <= 6 and len(self.text) <= 180 and not self.text.endswith((".", ";"))


@dataclass(frozen=True)
class _Page:
    """How the lines are set: first lines indented (`indented`), and how long a full line is (`width`; 0: no wraps)."""

    indented: bool
    width: int


def read_paragraphs(lines: Sequence[Line]) -> list[Paragraph]:
    """The paragraphs of some lines. Rows of wide tables are left out."""
    page = _measure(lines)
    found: list[tuple[Line, str, int, list[str]]] = []
    previous: Line | None = None
    for line in lines:
        if len(line.cells) > 2:
            previous = None
            continue
        text = _DIRT.sub("", line.text) if line.text[:1] in _STROKES else line.text
        mark, rank = _mark_of(text)
        if previous and found and not mark and _goes_on(found[-1][3][-1], line, page):
            found[-1][3].append(text)
        else:
            found.append((line, mark, rank, [text[len(mark) :]]))
        previous = line
    return [Paragraph(" ".join(parts), mark.strip(), rank, line.number) for line, mark, rank, parts in found]


def restored(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """The same paragraphs with lost spaces, and in a garbled text the words by which directives are known, put back."""
    garbled, glued = damage_to([paragraph.text for paragraph in paragraphs])
    if not garbled and not glued:
        return paragraphs
    return [_restored(paragraph, garbled=garbled, glued=holds_any(paragraph.text, glued)) for paragraph in paragraphs]


def _restored(paragraph: Paragraph, *, garbled: bool, glued: bool) -> Paragraph:
    found = unglue(paragraph.text) if glued else None
    if garbled:
        found = restore(found.text if found else paragraph.text, found)
    return paragraph._replace(text=found.text, restored=found) if found else paragraph


def _measure(lines: Sequence[Line]) -> _Page:
    if not lines:
        return _Page(False, 0)
    texts = [line.text for line in lines]
    long_line = sorted(map(len, texts))[int(len(texts) * 0.9)]
    full = [text for text in texts if len(text) >= 0.75 * long_line]
    wrapped = [text.endswith(_SENTENCE_END) for text in full].count(False) * 3 >= len(full)
    indented = [line.cells[0].start >= 3 for line in lines].count(True)
    flush = len(lines) - indented
    return _Page(indented > 2 and flush > indented // 2, long_line if wrapped and 40 < long_line < 170 else 0)


def _mark_of(text: str) -> tuple[str, int]:
    """The list mark at the start of a text and its rank; ('', UNMARKED) where there is none."""
    match = _MARKER.match(text) if text[:1] in _FIRST else None
    return (match[0], _MARKERS[match.lastindex - 1][0]) if match and match.lastindex else ("", UNMARKED)


def _goes_on(above: str, line: Line, page: _Page) -> bool:
    """Whether a line without a mark continues the paragraph above it."""
    text, above = line.text, above.rstrip()
    if text[:1].isdigit() and above.rpartition(" ")[2] in _COUNTED:
        return True
    ended = above.endswith(_SENTENCE_END)
    if text[:1] in LOWER or text[:1] in ",;.)":
        return not ended or (page.width > 0 and not line.after_blank)
    if page.indented:
        return line.start < 3 and not (line.after_blank and ended)
    if line.after_blank:
        return not ended and page.width > 0 and len(above) >= 0.85 * page.width and not line.capital
    if page.width == 0 or len(above) < 0.72 * page.width or line.capital:
        return False
    return not ended or len(above) >= 0.9 * page.width
