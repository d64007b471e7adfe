"""Text from before Unicode: TCVN3 (ABC fonts), VNI (VNI fonts), windows-1258. Detected by what reads as Vietnamese."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import islice

from services.ingest.reading.vocabulary import column, rows

_SAMPLE = 2_000
_UNICODE = re.compile("[ạ-ỹ]")
"""Letters that only Unicode has: text with enough of them needs no conversion."""
ENOUGH = 0.08
"""Share of words that must be common Vietnamese words before a conversion is trusted."""


@cache
def _tcvn3() -> dict[int, str]:
    return {int(row["code"], 16): row["letter"] for row in rows("tcvn3")}


@cache
def _vni() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {row["vni"]: row["letter"] for row in rows("vni")}
    pattern = "|".join(re.escape(key) for key in sorted(table, key=len, reverse=True))
    return re.compile(pattern), table


@cache
def _common() -> frozenset[str]:
    return frozenset(column("common_words", "word"))


def reads_as_vietnamese(text: str) -> float:
    """Share of the words that are common accented words of Vietnamese."""
    found = re.findall(r"[^\W\d_]+", text[:_SAMPLE].lower())
    return sum(word in _common() for word in found) / max(len(found), 1)


def from_legacy(text: str, content: bytes) -> tuple[str, str] | None:
    """Convert text whose characters are Latin-1 readings of an older encoding; None where none of them fits."""
    candidates = [
        (text.translate(_tcvn3()), "tcvn3"),
        (_vni()[0].sub(lambda match: _vni()[1][match[0]], text), "vni"),
        (_windows_1258(content), "windows-1258"),
    ]
    best = max(candidates, key=lambda pair: reads_as_vietnamese(pair[0]))
    return best if reads_as_vietnamese(best[0]) >= ENOUGH else None


def _windows_1258(content: bytes) -> str:
    return unicodedata.normalize("NFC", content.decode("cp1258", errors="replace"))


def from_mojibake(text: str) -> tuple[str, str] | None:
    """Convert decoded text that was typed in an ABC or VNI font: valid Unicode, but no Vietnamese until converted."""
    enough = min(len(text), _SAMPLE) // 50
    if next(islice(_UNICODE.finditer(text, 0, _SAMPLE), enough, None), None):
        return None
    if len(text) < 40 or text.isascii() or reads_as_vietnamese(text) >= ENOUGH:
        return None
    latin = sum(0xA1 <= ord(char) <= 0xFF for char in text[:20_000])
    if latin * 25 < len(text[:20_000]):
        return None
    converted = from_legacy(text, text.encode("cp1258", errors="replace"))
    return converted if converted and converted[1] != "windows-1258" else None
