"""Words that lost the space between them, as web copies glue the ends of their lines: "Namnghiên" → "Nam nghiên"."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from services.ingest.reading.text.folding import LOWER, UPPER, fold
from services.ingest.reading.text.syllables import is_syllable
from services.ingest.reading.vocabulary import column

_CHUNK = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]{4,}")
_CASED = re.compile(rf"(?:[{UPPER}]{{2,}}+|[{UPPER}]?[{LOWER}]++)+|[{UPPER}]{{4,}}")
_TURNS = re.compile(rf"(?<=[{LOWER}])(?=[{UPPER}])|(?<=[{UPPER}][{UPPER}])(?=[{LOWER}])")
"""A capital after a small letter begins a word; so does a small letter after an abbreviation."""
_LISTS = (
    ("name_words", "name"),
    ("duty_words", "word"),
    ("body_heads", "head"),
    ("provinces", "name"),
    ("portfolios", "name"),
)
_KNOWN = frozenset(word.lower() for name, of in _LISTS for phrase in column(name, of) for word in phrase.split())
_VOWELS = frozenset("aeiou")
_BEFORE_NUMBER = re.compile(r"(?<!\w)(?:ngày|tháng|năm|[Qq]uý|số|[Đđ]iều|khoản|khóa|đến|từ|trước|ngay)(?=\d)")
_MOST_PIECES = 6
_LONGEST = 24
"""Characters: what is longer is no few words glued, and the ways to cut it grow without end."""
_MOST_WORDS = 1 << 15


def has_gaps(text: str) -> bool:
    """Whether a space is missing anywhere; what a long text repeats is looked at once."""
    return any(map(gaps_in_chunk, text.split()))


def gaps_in(text: str) -> list[int]:
    """Where spaces are missing, in order: in words that can be cut into syllables in one way, and before numbers."""
    if not has_gaps(text):
        return []
    return [chunk.start() + at for chunk in _CHUNK.finditer(text) for at in gaps_in_chunk(chunk[0])]


@lru_cache(_MOST_WORDS)
def gaps_in_chunk(chunk: str) -> tuple[int, ...]:
    """The same for what stands between two spaces: mostly one word with its punctuation."""
    inside = [word.start() + at for word in _WORD.finditer(chunk) for at in _cuts(word[0])]
    return tuple(sorted([*inside, *(word.end() for word in _BEFORE_NUMBER.finditer(chunk))]))


@lru_cache(_MOST_WORDS)
def _cuts(word: str) -> tuple[int, ...]:
    """Where one word is to be cut; nowhere where it is a syllable, an abbreviation, or no Vietnamese."""
    if len(word) > _LONGEST or word.isascii() or is_syllable(word.lower()) or not _CASED.fullmatch(word):
        return ()
    ways = sorted(_ways(word, 0, _MOST_PIECES), key=lambda way: _cost(word, way))
    sure = len(ways) == 1 or (len(ways) > 1 and _cost(word, ways[0]) < _cost(word, ways[1]))
    return ways[0][:-1] if sure else ()


def _cost(word: str, way: tuple[int, ...]) -> tuple[int, int, int]:
    """How many pieces there are, how many of them no list holds, and how many begin with a vowel, as few do."""
    pieces = [word[start:end] for start, end in pairwise((0, *way))]
    unknown = sum(piece.lower() not in _KNOWN for piece in pieces)
    return len(way), unknown, sum(fold(piece[0]) in _VOWELS for piece in pieces[1:])


def _ways(word: str, start: int, left: int) -> list[tuple[int, ...]]:
    """Every way to cut the word from `start` on, each as the ends of its pieces."""
    if start == len(word):
        return [()]
    if not left:
        return []
    return [
        (end, *rest)
        for end in range(start + 1, min(len(word), start + 7) + 1)
        if _is_piece(word, start, end)
        for rest in _ways(word, end, left - 1)
    ]


def _is_piece(word: str, start: int, end: int) -> bool:
    """Whether a piece is a syllable set in one way, or, in a word of both, an abbreviation of capitals.

    A syllable without a consonant before it is none of its own after a vowel: "trưòng" is one spoilt word.
    """
    piece = word[start:end]
    if end - start == 1 or _TURNS.search(piece):
        return False
    if start and fold(piece[0]) in _VOWELS and fold(word[start - 1]) in _VOWELS:
        return False
    if piece.isupper() and not word.isupper():
        return piece.isascii() and len(piece) > 2
    return is_syllable(piece.lower())
