"""Whether a text layer says what its page shows, or is letters that a broken font made up."""

from __future__ import annotations

import re
import unicodedata

from services.ingest.reading.text.legacy import from_mojibake

_WORD = re.compile(r"[^\W\d_]{2,}")
_ONSET = r"(?:ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?"
_NUCLEUS = r"(?:[iuo]?[aeiouy]{1,2}|uye|uya|yeu|oai|oay|uay|uoi|ieu|uou|oeo)"
_SYLLABLE = re.compile(rf"{_ONSET}{_NUCLEUS}(?:ch|ng|nh|[cmnpt])?")
_BROKEN = re.compile(r"[\x00-\x08\x0e-\x1f\x80-\x9f\ue000-\uf0a6\uf0ab-\uf8ff\ufffd]")
_MOST_BROKEN = 0.05
_SYLLABLES = 0.55
"""Share of words in small letters that can be Vietnamese; of English some four in ten pass."""
_ENOUGH_WORDS = 20


def is_garbage(text: str, unmapped: int = 0) -> bool:
    """Whether a page's text cannot be what the page shows.

    unmapped: characters that had no Unicode value. Text typed in TCVN3 or VNI fonts is no garbage: it can be converted.
    """
    letters = max(sum(not char.isspace() for char in text), 1)
    if (len(_BROKEN.findall(text)) + unmapped) > _MOST_BROKEN * letters:
        return True
    words = _WORD.findall(text)
    if len(words) < _ENOUGH_WORDS:
        return False
    return syllables(words) < _SYLLABLES and from_mojibake(text) is None


def syllables(words: list[str]) -> float:
    """Share of words that are built like a Vietnamese syllable; abbreviations in capitals without a vowel count."""
    return sum(map(_is_syllable, words)) / max(len(words), 1)


def _is_syllable(word: str) -> bool:
    bare = "".join(char for char in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(char))
    return bool(_SYLLABLE.fullmatch(bare)) or (word.isupper() and len(word) <= 6 and word.isascii())
