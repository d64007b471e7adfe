"""Who issued the document (box 2): the left column of the header, a unit under its parent body."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.ingest.reading.header.names import ordinary_case
from services.ingest.reading.header.numbers import read_date, read_number
from services.ingest.reading.landmarks import (
    HEADS,
    doc_type_of,
    is_signature,
    is_spoilt_motto,
    motto_at,
    opens_issuer,
    without_motto,
)
from services.ingest.reading.text.folding import fold, is_capital
from services.ingest.reading.text.keep import kept
from services.ingest.reading.text.letters import Nearby
from services.ingest.reading.text.lines import Line
from services.ingest.reading.vocabulary import column

_GENERIC = frozenset(fold(name) for name in column("generic_units", "name"))
_COMMITTEES = frozenset({"tinh uy", "thanh uy", "huyen uy", "quan uy", "thi uy", "dang uy", "ban chap hanh"})
_CHAPTER = re.compile(r"Đảng bộ (?:(?:tỉnh|thành phố|huyện|quận|thị xã) )?(?P<of>.+)")
"""A Party committee takes the place of the chapter it leads: Đảng bộ tỉnh Lào Cai over Tỉnh ủy."""
_OPEN = frozenset(fold(name) for name in column("open_names", "name"))
_PLACES = tuple(fold(word) for word in column("generic_place_words", "word"))
_DANGLING = re.compile(r"(?:[,\-–]|\b(?:va|cua|tinh|thanh pho|huyen|xa|phuong|quan|thi xa))$")
_HAS_PLACE = re.compile(r"\b(?:tinh|thanh pho|huyen|xa(?! hoi)|phuong)\b")
_EDGES = re.compile(r"^\W+|(?<![^\w)])[^\w)]+$")
_LONGEST_NAME = 400
_MARKS = frozenset(fold(mark) for mark in column("marks", "mark"))
_NEAR_MARKS = Nearby(_MARKS, 6)
_NUMBERED = re.compile(r"\w{0,3}\W{0,3}(?:(?<=\W)\w)?\d[\d\s]{0,7}[/–-]{0,2}\w*[/–-]?\w")
"""Box 3, however it is spoilt: no issuer's name opens with so short a word and digits."""


@dataclass(frozen=True)
class Issuer:
    """The issuing body by its full name, and the body it stands under; both in ordinary case."""

    name: str | None
    parent: str | None


def read_issuer(header: list[Line]) -> Issuer:
    """The issuer from the lines above the type, the subject or the addressees."""
    names = _names([text for line in header for text in _left(line)])
    if not names:
        return Issuer(None, None)
    name = ordinary_case(names[-1])
    parent = ordinary_case(names[-2]) if len(names) > 1 else None
    if parent and fold(name) in _COMMITTEES and (chapter := _CHAPTER.match(parent)):
        return Issuer(f"{name} {chapter['of']}", parent)
    if parent and fold(name) in _GENERIC:
        return Issuer(f"{name} {parent}", parent)
    return Issuer(name, parent)


def _left(line: Line) -> list[str]:
    """What of a header line can be part of the issuer's name: capitals, and no other box."""
    found: list[str] = []
    if read_number(line.text):
        return found
    for cell in line.cells:
        part = _part_of_name(cell.text)
        if part is None:
            break
        if part:
            found.append(part)
    return found


@kept
def _part_of_name(text: str) -> str | None:
    """What of a cell can be part of the issuer's name, '' where nothing is; None where the motto opens the cell."""
    if motto_at(text) == 0 or is_spoilt_motto(text):
        return None
    text = without_motto(text)
    if ((dated := read_date(text)) and dated.start == 0) or not text:
        return ""
    text = _EDGES.sub("", text)
    return text if _could_be_issuer(text) else ""


def _could_be_issuer(text: str) -> bool:
    if not text or not is_capital(text, 0.75) or fold(text) in _MARKS or len(text) > 110:
        return False
    if _NUMBERED.match(text) or _NEAR_MARKS.find(fold(text)):
        return False
    return doc_type_of(text) is None and not text.endswith(":") and not _only_signature(text)


def _only_signature(text: str) -> bool:
    return is_signature(text) and not HEADS.match(fold(text))


def _names(texts: list[str]) -> list[str]:
    """Lines put together to names: a line that opens no new name continues the one above."""
    names: list[str] = []
    for text in texts:
        if names and _continues(names[-1], text):
            names[-1] = f"{names[-1]} {text}"
        elif opens_issuer(text):
            names.append(text)
    return names


def _continues(above: str, text: str) -> bool:
    if len(above) > _LONGEST_NAME:
        return False
    folded, upper = fold(text), fold(above)
    if text.isalpha():
        return True  # "MÔI / TRƯỜNG": no body is called by one syllable
    if upper in _OPEN or _DANGLING.search(upper):
        return True
    if folded.startswith(_PLACES) and not folded.startswith(
        ("tinh uy", "thanh uy", "tinh doan", "huyen uy", "quan uy")
    ):
        return _HAS_PLACE.search(upper) is None
    return not opens_issuer(text) and upper not in {"", "dang cong san viet nam"}
