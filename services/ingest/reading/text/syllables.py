"""Which words can be Vietnamese at all: a scan's garbled words and those that lost their accents mostly cannot."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from services.ingest.reading.vocabulary import column, rows

_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_STOPPED = ("p", "t", "c", "ch")
_STOP_TONES = frozenset("\u0301\u0323")
"""A syllable that ends in a stop has the tone sắc or nặng."""
_ONSETS = {"": "any"} | {row["onset"]: row["before"] for row in rows("onsets")}
_FRONT = ("i", "e", "ê", "y")
_SYLLABLES = frozenset(
    onset + rime
    for onset, before in _ONSETS.items()
    for rime in column("rimes", "rime")
    if before == "any" or (before == "front") == rime.startswith(_FRONT)
)
"""Every onset with every rime that may follow it, without tones."""
_LONGEST = 7
_MOST_WORDS = 1 << 16


@lru_cache(_MOST_WORDS)
def is_damaged(word: str) -> bool:
    """Whether a word in small letters, its first perhaps a capital, cannot be a syllable of Vietnamese."""
    rest = word[1:]
    if not rest.islower() or not word[0].isalnum() or word[0].isdigit():
        return False
    return len(word) > _LONGEST or not is_syllable(word.lower())


def is_syllable(word: str) -> bool:
    """Whether small letters make a syllable that Vietnamese can have."""
    apart = unicodedata.normalize("NFD", word)
    toneless, tones = _TONES.subn("", apart)
    bare = unicodedata.normalize("NFC", toneless)
    if tones > 1 or (bare.endswith(_STOPPED) and _STOP_TONES.isdisjoint(apart)):
        return False
    return bare in _SYLLABLES
