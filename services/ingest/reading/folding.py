"""Letters compared without case and accents, since scans and typists lose both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def _base(char: str) -> str:
    if char in "đĐ":
        return "d"
    plain = unicodedata.normalize("NFD", char)[0].lower()
    return plain if len(plain) == 1 else char


_LETTERS = [chr(code) for code in (*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00))]
UPPER = "".join(char for char in _LETTERS if char.isupper())
LOWER = "".join(char for char in _LETTERS if char.islower())
"""The capital and the small letters of Vietnamese, for character classes: in Unicode the two alternate."""

_FOLD = {code: _base(chr(code)) for code in (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00))}
_WORDS = re.compile(r"\w+")


def fold(text: str) -> str:
    """The text in small letters without accents, character for character: positions stay the same."""
    return text.translate(_FOLD)


def is_capital(text: str, share: float = 0.7) -> bool:
    """Whether a line is set in capitals: at least `share` of its letters, and at least two of them."""
    capitals = sum(map(str.isupper, text))
    return capitals > 1 and capitals >= share * sum(map(str.isalpha, text))


_TONE_SHIFT = str.maketrans("àáảãạèéẻẽẹỳýỷỹỵ", "òóỏõọòóỏõọùúủũụ")
_OLD_TONE = re.compile(r"([ou])([àáảãạèéẻẽẹỳýỷỹỵ])(?!\w)(?<!q[u].)", re.IGNORECASE)
_NEW_TONE = re.compile(r"[òóỏõọ][ae](?!\w)|(?<!q)[ùúủũụ]y(?!\w)", re.IGNORECASE)


def modern_tone(text: str) -> str:
    """The text with tone marks where the newer spelling has them: uỷ → ủy, hoà → hòa; "toàn" and "quý" stay."""
    return _OLD_TONE.sub(_moved, text)


def _moved(match: re.Match[str]) -> str:
    vowel, toned = match[1], match[2]
    if vowel.lower() == "u" and toned.lower() not in "ỳýỷỹỵ":
        return match[0]
    marked = toned.lower().translate(_TONE_SHIFT)
    if vowel.lower() == "u" and marked not in "ùúủũụ":
        return match[0]
    plain = _PLAIN[toned.lower()]
    return (marked.upper() if vowel.isupper() else marked) + (plain.upper() if toned.isupper() else plain)


def _either_tone(phrase: str) -> str:
    """A pattern for a phrase in the newer and in the older spelling of its tones."""
    return _NEW_TONE.sub(lambda match: f"(?:{match[0]}|{_OLDER.get(match[0].lower(), match[0])})", phrase)


def words(text: str) -> list[str]:
    """The folded words of a text, without punctuation."""
    return _WORDS.findall(fold(text))


def alternatives(phrases: Iterable[str]) -> str:
    """A regular expression that matches any of the phrases, longest first."""
    longest_first = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in longest_first)
