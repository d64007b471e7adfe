"""The marks that Word shows before list items ("1.", "a)", "-"), counted as it counts them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%(\d)")
_BULLETS = {"\uf0b7": "•", "\uf02d": "-", "\uf0a7": "▪", "\uf0d8": "•", "o": "+", "\uf0fc": "•"}
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MOST = 5_000
_LEVELS = 9


@dataclass(frozen=True)
class _Level:
    shape: str
    pattern: str
    start: int


class ListNumbers:
    """Counts the items of every list of a document. `numbering` is the root of numbering.xml, None without one."""

    def __init__(self, numbering: Any | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._abstract: dict[str, str] = {}
        if numbering is not None:
            self._read(numbering)

    def _read(self, numbering: Any) -> None:
        for abstract in numbering.iter(f"{W}abstractNum"):
            levels = {_whole(level.get(f"{W}ilvl")): _level(level) for level in abstract.iter(f"{W}lvl")}
            self._levels[abstract.get(f"{W}abstractNumId", "")] = levels
        for number in numbering.iter(f"{W}num"):
            target = number.find(f"{W}abstractNumId")
            if target is not None:
                self._abstract[number.get(f"{W}numId", "")] = target.get(f"{W}val", "")

    def mark(self, list_id: str, depth: int) -> str:
        """The mark of the next item of a list at a depth from 0; empty where the list shows none."""
        abstract = self._abstract.get(list_id)
        levels = self._levels.get(abstract or "", {})
        level = levels.get(depth)
        if abstract is None or level is None or not 0 <= depth < _LEVELS:
            return ""
        counts = self._counts[abstract]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if level.shape == "bullet":
            return _BULLETS.get(level.pattern.strip(), level.pattern.strip() or "-")
        return _PLACE.sub(lambda place: _shown(int(place[1]) - 1, counts, levels), level.pattern).strip()


def _shown(depth: int, counts: dict[int, int], levels: dict[int, _Level]) -> str:
    level = levels.get(depth)
    return _number(counts.get(depth, level.start), level.shape) if level else ""


def _level(element: Any) -> _Level:
    found = {each: element.find(f"{W}{each}") for each in ("numFmt", "lvlText", "start")}
    shape, pattern, start = (each.get(f"{W}val", "") if each is not None else "" for each in found.values())
    return _Level(shape or "decimal", pattern, _whole(start, 1))


def _whole(text: str | None, default: int = 0) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else default


def _number(value: int, shape: str) -> str:
    value = min(max(value, 0), _MOST)
    if shape in {"lowerLetter", "upperLetter"}:
        letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter.upper() if shape == "upperLetter" else letter
    if shape in {"lowerRoman", "upperRoman"}:
        return _roman(value).upper() if shape == "upperRoman" else _roman(value)
    if shape == "none":
        return ""
    return f"{value:02d}" if shape == "decimalZero" else str(value)


def _roman(value: int) -> str:
    text = ""
    for worth, sign in _ROMAN:
        text += sign * (value // worth)
        value %= worth
    return text
