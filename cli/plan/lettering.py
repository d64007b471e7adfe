"""How much room text takes, where no font can be asked: as in a wide sans serif, so that it is never too little."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("iljtfrI.,;:'’|!()[]/ ·-")
_WIDE = frozenset("mwMW@%—…→")
ELLIPSIS = "…"


def width(text: str, size: float) -> float:
    """Width of a text in a font of `size`, both in px."""
    plain = unicodedata.normalize("NFD", text)
    return size * sum(_of(letter) for letter in plain if not unicodedata.combining(letter))


def _of(letter: str) -> float:
    if letter in _NARROW:
        return 0.4
    if letter in _WIDE or unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 1.0
    return 0.74 if letter.isupper() else 0.63


def cut(text: str, room: float, size: float) -> str:
    """The text, or as much of it as has room, with an ellipsis."""
    if width(text, size) <= room:
        return text
    left = room - width(ELLIPSIS, size)
    for place, letter in enumerate(text):
        left -= width(letter, size)
        if left < 0:
            return text[:place].rstrip() + ELLIPSIS
    return text


def wrap(text: str, room: float, size: float, most: int) -> list[str]:
    """The text in at most `most` lines; an ellipsis ends it where that is not all."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        taken = 1
        while taken < len(words) and width(" ".join(words[: taken + 1]), size) <= room:
            taken += 1
        last = len(lines) == most - 1
        lines.append(cut(" ".join(words if last else words[:taken]), room, size))
        words = words[taken:]
    return lines
