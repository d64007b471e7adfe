"""Letters compared without case and accents, since scans and typists lose both."""

from __future__ import annotations

import re
import unicodedata
from codecs import charmap_build, charmap_decode, charmap_encode
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

_FOLD = "".join(_base(chr(code)) if chr(code) in UPPER + LOWER else chr(code) for code in range(0x1F00))
"""The folded letter of every code, as a string: looked up in it, a letter is found twice as fast as in a dict."""
_TONES = ("", *"\u0300\u0301\u0303\u0309\u0323")
_VIETNAMESE = [unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in _TONES]
_USUAL = dict.fromkeys(["\0\t\n", *map(chr, range(0x20, 0x7F)), *_VIETNAMESE, *"đĐ“”‘’–—…•·°²³×≥≤→«»©−½■●"])
_PAGE = "".join(_USUAL).ljust(256, "\ufffe")
"""A code page of what notices are written with: to its bytes and back, a text is folded six times as fast.

It begins with NUL, since the codec is slow without, and ends with what no byte stands for.
"""
_TO_BYTES = charmap_build(_PAGE)
_FOLDED = _PAGE.translate(_FOLD)
_WORDS = re.compile(r"\w+")
_COMMON = "nhcigtoa"
"""The most common small letters: counted first, they tell prose from capitals."""
_Tree = dict[str, "_Tree"]


def fold(text: str) -> str:
    """The text in small letters without accents, character for character: positions stay the same."""
    coded = charmap_encode(text, "ignore", _TO_BYTES)[0]
    return charmap_decode(coded, "strict", _FOLDED)[0] if len(coded) == len(text) else text.translate(_FOLD)


def is_usual(text: str) -> bool:
    """Whether a text holds nothing but what notices are mostly written with: letters in one piece, and usual signs."""
    try:
        charmap_encode(text, "strict", _TO_BYTES)
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def is_capital(text: str, share: float = 0.7) -> bool:
    """Whether a line is set in capitals: at least `share` of its letters, and at least two of them."""
    most = (1 - share) * len(text)
    if text.count("n") + text.count("h") > most:
        return False
    coded = charmap_encode(text, "ignore", _TO_BYTES)[0]
    if len(coded) == len(text):
        shape = coded.translate(_SHAPES)
        common, capitals = shape.count(b"n"), shape.count(b"C")
        return common <= most and capitals > 1 and capitals >= share * (common + capitals + shape.count(b"a"))
    if sum(map(text.count, _COMMON)) > most:
        return False
    capitals = sum(map(str.isupper, text))
    return capitals > 1 and capitals >= share * sum(map(str.isalpha, text))


def _shape(char: str) -> int:
    """C for a capital, n for one of the most common small letters, a for any other letter."""
    if char.isupper():
        return ord("C")
    return ord("n" if char in _COMMON else "a" if char.isalpha() else "-")


_SHAPES = bytes(map(_shape, _PAGE))
_TONED = {"a": "àáảãạ", "e": "èéẻẽẹ", "y": "ỳýỷỹỵ", "o": "òóỏõọ", "u": "ùúủũụ"}
_OLDER_LOWER = {
    f"{first}{last}": f"{pair[0]}{toned}"
    for pair in ("oa", "oe", "uy")
    for first, last, toned in zip(_TONED[pair[0]], pair[1] * 5, _TONED[pair[1]], strict=True)
}
_OLDER = {change(new): change(old) for new, old in _OLDER_LOWER.items() for change in (str.lower, str.title, str.upper)}
"""Open syllables in the newer and the older spelling: ủy, uỷ; hòa, hoà. Both are met in official documents."""
_NEWER = {old: new for new, old in _OLDER.items()}
_NEW_TONE = re.compile(rf"(?<![qQ])(?:{'|'.join(_OLDER)})(?!\w)")
_UNIT = re.compile(rf"\s+|{_NEW_TONE.pattern}|.")
_OLD_TONE = re.compile(rf"(?<![qQ])(?:{'|'.join(_NEWER)})(?!\w)")


def modern_tone(text: str) -> str:
    """The text with its tone marks where the newer spelling has them: uỷ → ủy, hoà → hòa."""
    return _OLD_TONE.sub(lambda match: _NEWER[match[0]], text)


def holds_any(text: str, phrases: Iterable[str]) -> bool:
    """Whether a text holds any of some phrases, letter by letter."""
    for phrase in phrases:  # noqa: SIM110 - a generator takes three times as long
        if phrase in text:
            return True
    return False


def words(text: str) -> list[str]:
    """The folded words of a text, without punctuation."""
    return _WORDS.findall(fold(text))


def alternatives(phrases: Iterable[str]) -> str:
    """A regular expression that matches any of the phrases, the longest where several match.

    What phrases begin with is written once, so that a text that holds none of hundreds is told by its first letters.
    """
    tree: _Tree = {}
    for phrase in sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase)):
        node = tree
        for unit in _UNIT.findall(phrase):
            node = node.setdefault(unit, {})
        node[""] = {}
    return _pattern(tree)


def _pattern(tree: _Tree) -> str:
    """The rest of the phrases from a node of their tree on; those that end there come last."""
    rest = "|".join(_unit_pattern(unit) + _pattern(below) for unit, below in tree.items() if unit)
    if "" in tree:
        return f"(?:{rest})?" if rest else ""
    return f"(?:{rest})" if len(tree) > 1 else rest


def _unit_pattern(unit: str) -> str:
    if unit.isspace():
        return r"\s+"
    return f"(?:{unit}|{_OLDER[unit]})" if unit in _OLDER else re.escape(unit)
