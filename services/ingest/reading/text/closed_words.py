"""The closed vocabulary as neighbours: which word may be meant by a garbled one between two others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from services.ingest.reading.text.folding import fold, modern_tone
from services.ingest.reading.text.letters import one_off, shortened
from services.ingest.reading.text.syllables import is_damaged
from services.ingest.reading.vocabulary import column, rows

_LISTS = (
    ("duty_words", "word"),
    ("duty_exceptions", "words"),
    ("directive_verbs", "verb"),
    ("body_heads", "head"),
    ("body_words", "word"),
    ("background", "words"),
    ("portfolios", "name"),
    ("name_words", "name"),
    ("name_qualifiers", "words"),
    ("proper_names", "name"),
    ("adverbial_openers", "opener"),
    ("modifier_verbs", "word"),
    ("common_words", "word"),
)
_MISSPELT = frozenset({"yêu câu", "đê nghị"})
"""Directive verbs that the list holds as scanners misread them."""
_SHORTEST = 4
"""Letters of a word that may be known by all of them but one, without a neighbour."""
_MOST_WORDS = 1 << 15


def _phrases() -> Iterator[str]:
    for name, field in _LISTS:
        yield from (modern_tone(phrase.lower()) for phrase in column(name, field) if phrase not in _MISSPELT)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for key, value in pairs:
        table.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in table.items()}


_SPELT = [re.findall(r"[^\W_]+|[^\w\s]", phrase) for phrase in _phrases()]
_PAIRS = {pair for words in _SPELT for pair in pairwise(words) if pair[0].isalpha() and pair[1].isalpha()}
_WORDS = frozenset(word for words in _SPELT for word in words if word.isalpha())
_AFTER = _grouped(_PAIRS)
_BEFORE = _grouped((second, first) for first, second in _PAIRS)
_BY_FOLD = _grouped((fold(word), word) for word in _WORDS)
_UNACCENTED = {row["written"]: row["meant"] for row in rows("unaccented")}
_UNLESS = {row["written"]: frozenset(row["unless"].split()) for row in rows("unaccented")}
_NAMED = {fold(head): head for head in column("body_heads", "head", kind="named") if " " not in head}


_NEAR = _grouped((short, word) for word in _WORDS if len(word) >= _SHORTEST for short in shortened(word))


_LONGEST = max(len(word) for word in _WORDS) + 1
"""Letters of a word that may be one of the vocabulary with a letter too much."""


@lru_cache(_MOST_WORDS)
def meant_by(word: str, before: str, after: str) -> str | None:
    """The word that must be meant by one that stands between two others, '' where none does; None where none must."""
    return _by_context(word, before, after) or _by_itself(word, before, after)


@lru_cache(_MOST_WORDS)
def _plain(word: str) -> str:
    return modern_tone(word.lower())


def _by_context(word: str, before: str, after: str) -> str | None:
    """The word that must be meant next to `before` or `after`; None where the word may stand, or none fits alone."""
    lower, left, right = _plain(word), _plain(before), _plain(after)
    follows, precedes = _AFTER.get(left, frozenset()), _BEFORE.get(right, frozenset())
    if lower in follows or lower in precedes or not word[1:].islower():
        return None
    fitting = _meant(lower, follows & precedes) or _meant(lower, follows | precedes)
    if not fitting and right:
        fitting = {one for one in _BY_FOLD.get(fold(lower), ()) if _both_lost(lower, one, right)}
    return _as_cased(next(iter(fitting)), word) if len(fitting) == 1 else None


def _both_lost(word: str, meant: str, after: str) -> bool:
    """Whether a word and the next both lost their accents, and go together with them."""
    return _lost_marks(word, meant) and any(
        (meant, other) in _PAIRS and (word, after) != (meant, other) for other in _meant(after, _AFTER.get(meant, ()))
    )


def _meant(word: str, candidates: Iterable[str]) -> set[str]:
    close = {one for one in candidates if _lost_marks(word, one)}
    if close or not is_damaged(word):
        return close
    return {one for one in candidates if one_off(word, one)}


def _by_itself(word: str, before: str, after: str) -> str | None:
    """The word that a garbled one must be wherever it stands: no other of the vocabulary comes near."""
    if not word[1:].islower() and len(word) > 1:
        return None
    if word.isascii() and word.istitle() and after[:1].isupper() and not before[:1].isupper():
        head = _NAMED.get(fold(word))
        if head and head != word:
            return head
    if not is_damaged(word):
        return None if after in _UNLESS.get(word, ()) else _UNACCENTED.get(word)
    lower = word.lower()
    near = {one for one in _BY_FOLD.get(fold(lower), ()) if _lost_marks(lower, one)} or _one_letter_off(lower)
    return _as_cased(next(iter(near)), word) if len(near) == 1 else None


def _one_letter_off(word: str) -> set[str]:
    if not _SHORTEST <= len(word) <= _LONGEST:
        return set()
    found = {one for short in shortened(word) for one in _NEAR.get(short, ())}
    return {one for one in found if one_off(word, one)}


@lru_cache(_MOST_WORDS)
def _lost_marks(word: str, meant: str) -> bool:
    """Whether a word is another that lost some of its marks, and changed nothing else."""
    if len(word) != len(meant) or word == meant or fold(word) != fold(meant):
        return False
    return all(_marks(one) <= _marks(other) for one, other in zip(word, meant, strict=True))


def _marks(letter: str) -> set[str]:
    return {"-"} if letter == "đ" else set(unicodedata.normalize("NFD", letter)[1:])


def _as_cased(meant: str, word: str) -> str:
    return meant.capitalize() if word[:1].isupper() else meant
