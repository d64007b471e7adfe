"""How reading holds up as text gets worse: F1 over the corpus at rising rates of OCR errors, and under other damage.

Nearly equal counts everywhere here, in the clean run too: a garbled name cannot come back letter by letter.
The limit is the clean run.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

from bench.harness import Result
from bench.parse import scored

RATES = (0.005, 0.01, 0.02)
_SEED = 20210527
_FIELDS = ("number", "issuer", "issued_on", "subject", "addressees", "recipients", "signer", "tasks")
_CONFUSED = {
    "ư": "ƣu", "ơ": "oở", "ă": "â", "â": "ă", "đ": "d", "Đ": "D", "ê": "e", "ô": "o", "l": "1I", "i": "1l", "o": "0",
    "n": "u", "u": "n", "c": "e", "e": "c", "h": "b", "t": "f", ";": ",:", ",": ".", "-": "–_", "g": "q", "m": "rn",
}  # fmt: skip


def measure() -> Result:
    """F1 of recipient lines at one wrong character in a hundred."""
    clean = _figures(str)
    _print("clean", clean)
    damaged = {f"ocr {rate:.1%}": _figures(ocr(rate)) for rate in RATES}
    damaged["accents lost on one word in ten"] = _figures(_unaccented)
    damaged["every tenth line joined to the next"] = _figures(_joined)
    for name, figures in damaged.items():
        _print(name, figures)
    detail = {name: figures["recipients"] for name, figures in damaged.items()}
    return Result("noise", damaged["ocr 1.0%"]["recipients"], "F1", clean["recipients"], "clean", detail)


def _figures(garble: Callable[[str], str]) -> dict[str, float]:
    fields = scored(garble, fuzzy=True).fields
    return {name: round(fields[name].f1, 3) for name in _FIELDS}


def _print(name: str, figures: dict[str, float]) -> None:
    print(f"{name:36}", "  ".join(f"{field} {value:.3f}" for field, value in figures.items()))


def ocr(rate: float) -> Callable[[str], str]:
    """Characters read as their neighbours, without their marks, twice or not at all."""

    def garble(text: str) -> str:
        chance = random.Random(f"{_SEED} {len(text)}")
        return "".join(_misread(each, chance) if chance.random() < rate and each != "\n" else each for each in text)

    return garble


def _misread(letter: str, chance: random.Random) -> str:
    bare = unicodedata.normalize("NFD", letter)[0]
    ways: list[str] = [bare, "", letter * 2, *_CONFUSED.get(letter, ""), *_CONFUSED.get(bare, "")]
    other: str = chance.choice([way for way in ways if way != letter])
    return other


def _unaccented(text: str) -> str:
    chance = random.Random(f"{_SEED} {len(text)}")

    def strip(word: re.Match[str]) -> str:
        if chance.random() > 0.1:
            return word[0]
        return unicodedata.normalize("NFC", re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFD", word[0])))

    return re.sub(r"\w+", strip, text)


def _joined(text: str) -> str:
    lines = text.split("\n")
    return "".join(line + (" " if place % 10 == 9 else "\n") for place, line in enumerate(lines))
