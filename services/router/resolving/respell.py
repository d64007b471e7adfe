"""Words that lost their marks get them back, where the words of the directory leave one choice only.

Scanners lose marks first: 'Sở Y tê', 'thành phô'. A word that no name holds is taken for the only word of the
directory with the same bare letters; with two such words, or none, it stays as it is.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from services.router.directory.fold import tokenize
from services.router.directory.offices import Directory

_SHORTEST = 2


def respell(text: str, directory: Directory) -> str | None:
    """The text with its misspelt words put right; None where there is none."""
    known = _by_bare_letters(directory.words)
    spelled, end = [], 0
    for token in tokenize(text):
        right = _only(known, token.key)
        if right is not None:
            spelled += [text[end : token.start], _as_written(token.text, right)]
            end = token.end
    return "".join((*spelled, text[end:])) if spelled else None


@lru_cache(maxsize=50_000)
def bare(text: str) -> str:
    """The letters without marks."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _as_written(old: str, right: str) -> str:
    """The right word in the case of the one it replaces."""
    if old.isupper():
        return right.upper()
    return right[:1].upper() + right[1:] if old[:1].isupper() else right


def _only(known: Mapping[str, frozenset[str]], word: str) -> str | None:
    if len(word) < _SHORTEST or not word.isalpha():
        return None
    alike = known.get(bare(word), frozenset())
    return next(iter(alike)) if len(alike) == 1 and word not in alike else None


@lru_cache(maxsize=4)
def _by_bare_letters(words: frozenset[str]) -> Mapping[str, frozenset[str]]:
    return _grouped(words)


def _grouped(words: Iterable[str]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for word in words:
        groups[bare(word)].add(word)
    return {letters: frozenset(alike) for letters, alike in groups.items()}
