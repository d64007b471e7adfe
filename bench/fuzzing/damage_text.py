"""What happens to the words of a document: letters, lines, columns and boxes are spoilt, each way by itself."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from bench.papers import sources, words_of

_TIMES = 1_000
_MOST = 400_000
"""Characters that a text may grow to: what is longer takes long because it is long."""
_STRANGE = (
    "\x00\x01\x08\x0b\x0c\x1b\x7f\x85\ue000\uf0b7\uf8ff\u200b\u200f\u202e\u2028\ufeff\ufffd\ufffe\U000f0000\u0301"
)
_OPENERS = re.compile(r"^\W*(?:Nơi nhận|Kính gửi|Số\s*:|CỘNG HÒA|QUYẾT ĐỊNH|Điều \d+)", re.MULTILINE)

Damage = Callable[[str, random.Random], str]


def _each(text: str, chance: random.Random, change: Callable[[str], str]) -> str:
    """The text with some of its characters changed, one in 500 to one in 10."""
    rate = chance.choice((0.002, 0.01, 0.05, 0.1))
    return "".join(change(each) if chance.random() < rate else each for each in text)


def _swapped(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 100)):
        at = chance.randrange(max(1, len(letters) - 1))
        letters[at : at + 2] = letters[at : at + 2][::-1]
    return "".join(letters)


def _dropped(text: str, chance: random.Random) -> str:
    return _each(text, chance, lambda _: "")


def _doubled(text: str, chance: random.Random) -> str:
    return _each(text, chance, lambda each: each * chance.choice((2, 2, 3, 40)))


def _strange(text: str, chance: random.Random) -> str:
    return _each(text, chance, lambda each: each + chance.choice(_STRANGE))


def _surrogates(text: str, chance: random.Random) -> str:
    return _each(text, chance, lambda each: each + chr(chance.randint(0xD800, 0xDFFF)))


def _decomposed(text: str, chance: random.Random) -> str:
    return unicodedata.normalize(chance.choice(("NFD", "NFKD")), text)


def _shouted(text: str, chance: random.Random) -> str:
    return text.upper() if chance.random() < 0.5 else text.swapcase()


def _joined(text: str, chance: random.Random) -> str:
    gap, rate = chance.choice(("", " ", "   ", "\t")), chance.choice((0.1, 0.5, 1.0))
    return re.sub(r"\n+", lambda end: gap if chance.random() < rate else end[0], text)


def _cut(text: str, chance: random.Random) -> str:
    width = chance.choice((1, 2, 7, 20, 60))
    return "\n".join(line[at : at + width] for line in text.split("\n") for at in range(0, max(1, len(line)), width))


def _reordered(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    chance.shuffle(lines)
    return "\n".join(lines)


def _line_repeated(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    gap = chance.choice(("\n", "\n", "\n\n", " ", "; ", ""))
    return "\n".join((*lines[:at], gap.join([lines[at]] * _TIMES), *lines[at + 1 :]))


def _long_line(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    piece = chance.choice((text[at : at + 8], "a", "- ", "(", "1.", " ", ";", "và ", "Giao Sở Y tế, ", "ng", "|", "/"))
    return text[:at] + piece * chance.choice((1_000, 20_000)) + text[at:]


def _glued(text: str, chance: random.Random) -> str:
    """Two columns of lines side by side, or all wide gaps lost."""
    if chance.random() < 0.5:
        return re.sub(r" {2,}|\t", chance.choice(("", " ")), text)
    lines = text.split("\n")
    half, gap = len(lines) // 2, chance.choice(("", " ", "     ", " | "))
    return "\n".join(f"{left}{gap}{right}" for left, right in zip(lines[:half], lines[half:], strict=False))


def _boxes_repeated(text: str, chance: random.Random) -> str:
    """One box of the notice, from its opening words to the next one's, again and again."""
    cuts = [each.start() for each in _OPENERS.finditer(text)] or [0]
    at = chance.randrange(len(cuts))
    box = text[cuts[at] : cuts[at + 1] if at + 1 < len(cuts) else len(text)]
    return text[: cuts[at]] + box * chance.choice((2, 10, 100)) + text[cuts[at] :]


def _tables(text: str, chance: random.Random) -> str:
    """The lines as rows of a table whose cells hold tables."""
    columns, depth = chance.choice((1, 3, 30)), chance.choice((1, 5, 40))
    lines = [line for line in text.split("\n") if line.strip()]
    rows = ["|" * depth + "|".join(lines[at : at + columns]) + "|" * depth for at in range(0, len(lines), columns)]
    return "\n".join((rows[0] if rows else "|", "|---" * columns + "|", *rows[1:]))


def _mixed(text: str, chance: random.Random) -> str:
    """Another document's text begins in the middle of a line."""
    other: Path = chance.choice(sources())
    return text[: chance.randrange(len(text) + 1)] + words_of(other)[chance.randrange(200) :]


DAMAGES: dict[str, Damage] = {
    each.__name__.strip("_"): each
    for each in (
        _swapped, _dropped, _doubled, _strange, _surrogates, _decomposed, _shouted, _joined, _cut, _reordered,
        _line_repeated, _long_line, _glued, _boxes_repeated, _tables, _mixed,
    )
}  # fmt: skip


def damaged(text: str, names: tuple[str, ...], chance: random.Random) -> str:
    """The text after each named damage in turn, cut where it grew too long."""
    for name in names:
        text = DAMAGES[name](text, chance)[:_MOST]
    return text
