"""Names from capitals to ordinary case: "ỦY BAN NHÂN DÂN TỈNH BẮC KẠN" → "Ủy ban nhân dân tỉnh Bắc Kạn"."""

from __future__ import annotations

import re
from functools import cache

from services.ingest.reading.folding import fold, modern_tone
from services.ingest.reading.vocabulary import column

_PLACE = frozenset(word.lower() for word in column("generic_place_words", "word"))
_VOWELS = re.compile(r"[aeiouy]")
_ROMAN = re.compile(r"[ivx]+")


@cache
def _known() -> tuple[re.Pattern[str], dict[str, str]]:
    """Names whose capitals are known: portfolios, provinces, bodies; keyed by their small letters."""
    names = [*column("portfolios", "name"), *column("provinces", "name"), *column("issuer_heads", "head")]
    names += column("proper_names", "name")
    table = {name.lower(): name for name in reversed(names)}
    pattern = "|".join(re.escape(key) for key in sorted(table, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), table


def ordinary_case(name: str) -> str:
    """A name set in capitals, in the case it has in a sentence. A name in mixed case is left as it is."""
    if any(char.islower() for char in name):
        return name
    pattern, table = _known()
    lowered = pattern.sub(lambda match: table[match[0]], modern_tone(name.lower()))
    words = lowered.split(" ")
    cased = [_cased(words, index) for index in range(len(words))]
    return "".join((cased[0][:1].upper() + cased[0][1:], *(f" {word}" for word in cased[1:])))


def _cased(words: list[str], index: int) -> str:
    word = words[index]
    if word[:1].isupper() or not word:
        return word
    if index and _after_place(words, index):
        return word[:1].upper() + word[1:]
    if index == 1 and fold(words[0]) in {"bo", "so", "cuc", "vu", "tong", "phong", "thue"}:
        return word[:1].upper() + word[1:] if words[0].lower() != "tổng" else word
    if index == 2 and fold(" ".join(words[:2])) in {"tong cuc", "chi cuc"}:
        return word[:1].upper() + word[1:]
    if len(word) > 1 and not _VOWELS.search(fold(word)) and word.isalpha():
        return word.upper()
    return word.upper() if _ROMAN.fullmatch(word) and len(word) > 1 else word


def _after_place(words: list[str], index: int) -> bool:
    """Whether a word belongs to the proper name that follows "xã", "phường", "huyện" … to the end of the line."""
    for back in range(index - 1, -1, -1):
        lowered = words[back]
        if lowered in _PLACE and not (
            lowered == "phố" or words[index].lower() in _PLACE | {"phố", "xã", "trấn", "khu"}
        ):
            return True
        if lowered == "phố" and back and words[back - 1].lower() == "thành":
            return True
        if lowered in {"ủy", "đoàn"}:
            return back > 0
        if lowered in {"và", ",", "-", "của", "về"}:
            return False
    return False
