"""Scanner dirt: strokes of stamps, seals and signatures that OCR reads as letters."""

from __future__ import annotations

import re

from services.ingest.reading.text.folding import LOWER, UPPER

_DIRT = re.compile(r"[⁄„^%»«‹›~=<>{}\\©®¬¦§¢¤¥£€|`°¡¿¨\ufffd—_](?:(?<![—_])|[—_]+)")
_LEADING = re.compile(r"^[^\w(\"“'-]*(?:\S{0,4}[⁄„^»«‹›~=<>{}\\©®¬¦§¢`]\S{0,3}\s+|[._~^]{2,}\s*)+")
_TORN = re.compile(rf"(?<=[,;])\s+\([{UPPER}]{{1,6}}$")
_SHOUT = re.compile(rf"(?<=[{LOWER},])(?:\s+[{UPPER}]{{2,}}){{3,}}\W*$")


def is_dirty(text: str) -> bool:
    """Whether a text holds characters that official documents do not use."""
    return bool(_DIRT.search(text))


def without_noise(text: str, right_column: bool = False) -> str:
    """The text without dirt before it, and without the dirt that follows its last mark of punctuation.

    right_column: also drop words in capitals at the end, which belong to a stamp beside the text.
    """
    dirt = _DIRT.search(text)
    if dirt or not text[:1].isalnum():
        text = _LEADING.sub("", text)
        dirt = _DIRT.search(text)
    if dirt:
        stop = max(text.rfind(mark, 0, dirt.start()) for mark in ";,.:)")
        text = text[: stop + 1] if stop > 0 else text[: dirt.start()]
    text = _TORN.sub("", text) if "(" in text else text
    if right_column:
        text = _SHOUT.sub("", text)
    return text.strip()


def without_dirty_words(text: str) -> str:
    """The text up to its last word that a person could have typed."""
    words = text.split()
    if not is_dirty(text):
        return text
    while words and (is_dirty(words[-1]) or len(words[-1]) <= 2):
        words.pop()
    return " ".join(words)
