"""Why a recipient gets a copy: "(để b/c)", "(p/h chỉ đạo)", and on which channel."""

from __future__ import annotations

import re
from typing import Literal

from services.ingest.reading.text.folding import alternatives, fold
from services.ingest.reading.vocabulary import rows

_SHORT = {fold(row["short"]): row["meaning"] for row in rows("purposes")}
_WORDS = alternatives(list(_SHORT))
_PURPOSE = re.compile(
    rf"[(\[]\s*(?:(?:de|thay)\s+(?P<said>[^()\[\]]{{2,40}})|(?P<short>(?:{_WORDS})"
    rf"(?:[\s,;-]+[^()\[\]]{{0,40}})?))\s*(?:[)\]]|$)"
)
_BARE = re.compile(rf"\s(?:de)\s+(?P<said>(?:{_WORDS})(?:[\s,;-]+(?:{_WORDS}))*)$")
_TOKEN = re.compile(rf"(?<![\w/])(?:{_WORDS})(?![\w/])")
_CHANNELS = tuple((fold(row["words"]), row["channel"]) for row in rows("channels"))
Channel = Literal["paper", "electronic"]


def purpose_of(text: str) -> str | None:
    """The purpose that a recipient line states, in full words; None where it states none."""
    if "(" not in text and "[" not in text and "để" not in text and " de " not in text:
        return None
    folded = fold(text).rstrip(" ;,.:")
    stated = list(_PURPOSE.finditer(folded))
    match = stated[-1] if stated else _BARE.search(folded)
    if match is None:
        return None
    group = "said" if match["said"] else "short"
    return _in_full(text[match.start(group) : match.end(group)])


def is_purpose(text: str) -> bool:
    """Whether a text is a purpose and nothing else, as a brace leaves it beside or under the lines it means."""
    if text[:1] not in "([đĐdD":
        return False
    folded = fold(text)
    if folded.startswith("de "):
        return _BARE.fullmatch(f" {folded.rstrip(' ;,.:)}]')}") is not None
    match = _PURPOSE.match(folded) if text[:1] in "([" else None
    return bool(match) and not text[match.end() if match else 0 :].strip(" ;,.:)}]")


def _in_full(words: str) -> str:
    """Abbreviated words of purpose written out; words that are not abbreviated stay as they were."""
    folded = fold(words)
    out, position = [], 0
    for match in _TOKEN.finditer(folded):
        out.append(words[position : match.start()])
        out.append(_SHORT[match[0]] if _is_short(match[0]) else words[match.start() : match.end()])
        position = match.end()
    joined = "".join([*out, words[position:]])
    return re.sub(r"\s+", " ", joined.replace(" ,", ",")).strip(" ;,.").lower()


def _is_short(word: str) -> bool:
    return "/" in word or "." in word or word == "bc"


def channel_of(text: str | None) -> Channel | None:
    """The channel that a heading such as "Gửi bản giấy:" names."""
    if not text:
        return None
    folded = fold(text)
    for words, channel in _CHANNELS:
        if words in folded:
            return "paper" if channel == "paper" else "electronic"
    return None
