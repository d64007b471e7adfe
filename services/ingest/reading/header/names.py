"""Names from capitals to ordinary case: "ỦY BAN NHÂN DÂN TỈNH BẮC KẠN" → "Ủy ban nhân dân tỉnh Bắc Kạn"."""

from __future__ import annotations

import re
from functools import cache

from services.ingest.reading.text.folding import fold, modern_tone
from services.ingest.reading.text.keep import kept
from services.ingest.reading.vocabulary import column

_JOINED = "\x1f"
"""Holds the words of a known name together while the others are looked at."""
_PLACE = frozenset(word.lower().replace(" ", _JOINED) for word in column("generic_place_words", "word"))
_SMALL = frozenset({"và", "của", "về", "các", "tại", "cho", "ở", "thuộc", "trực", "số", "chuyên", "tối", "cao", ","})
_NAMED_AFTER = ("Trường", "Đại học", "Học viện", "Bệnh viện", "Công ty", "Tổng công ty", "Đồn", "Nhà máy", "Xí nghiệp")
"""Bodies whose further words are proper names: "Trường Tiểu học Nguyễn Du"."""
_OFFICES = frozenset({"Bộ", "Sở", "Cục", "Vụ", "Phòng", "Thuế", "Tổng cục", "Chi cục"})
_VOWELS = re.compile(r"[aeiouy]")
_LONGEST_NAME = 12
"""Words: no place has a longer proper name."""
_ROMAN = re.compile(r"[ivx]+")


@cache
def _known() -> tuple[re.Pattern[str], dict[str, str]]:
    """Names whose capitals are known: portfolios, provinces, bodies; keyed by their small letters."""
    names = [*column("generic_place_words", "word"), *column("portfolios", "name"), *column("provinces", "name")]
    names += [*column("issuer_heads", "head"), *column("proper_names", "name"), *column("name_words", "name")]
    table = {name.lower(): name.replace(" ", _JOINED) for name in reversed(names)}
    pattern = "|".join(re.escape(key) for key in sorted(table, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), table


@kept
def ordinary_case(name: str) -> str:
    """A name set in capitals, in the case it has in a sentence. A name in mixed case is left as it is."""
    if any(char.islower() for char in name):
        return name
    pattern, table = _known()
    words = pattern.sub(lambda match: table[match[0]], modern_tone(name.lower())).split(" ")
    cased = " ".join(_cased(words, index) for index in range(len(words))).replace(_JOINED, " ")
    return cased[:1].upper() + cased[1:]


def _cased(words: list[str], index: int) -> str:
    word = words[index]
    if word[:1].isupper() or _JOINED in word or word in _PLACE or not word:
        return word
    if _begins_proper_name(words, index):
        return word[:1].upper() + word[1:]
    if len(word) > 1 and (_ROMAN.fullmatch(word) or (word.isalpha() and not _VOWELS.search(fold(word)))):
        return word.upper()
    return word


def _begins_proper_name(words: list[str], index: int) -> bool:
    if index == 0 or words[index] in _SMALL:
        return False
    if index == 1 and words[0].replace(_JOINED, " ") in _OFFICES:
        return True
    return _after_place(words, index) or words[0].replace(_JOINED, " ") in _NAMED_AFTER


def _after_place(words: list[str], index: int) -> bool:
    """Whether a word belongs to the proper name that follows "xã", "phường", "huyện" … to the end of the line."""
    for back in range(index - 1, max(-1, index - 1 - _LONGEST_NAME), -1):
        if words[back] in _PLACE:
            return True
        if words[back].lower().endswith(("ủy", "đoàn")):
            return back > 0 or _JOINED in words[back]
        if words[back] in _SMALL:
            return False
    return False
