"""Words that lost their marks get them back, where the words of the directory leave one choice only.

Scanners lose marks first: 'Sở Y tê', 'thành phô'. Words that together have the bare letters of one phrase of the
directory only are taken for it ('Sơ Tài chinh'). Of the rest, a word that no name holds is taken for the only word of
the directory with the same bare letters; with two such words or phrases, or none, it stays as it is.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from services.router.directory.fold import Key, Token, tokenize
from services.router.directory.offices import Directory

_SHORTEST = 2
_LONGEST = 12
"""Words of the longest phrase that is looked for."""


def respell(text: str, directory: Directory) -> str | None:
    """The text with its misspelt words put right; None where there is none."""
    known = _by_bare_letters(directory.words)
    rewritten = _with_phrases(text, directory)
    spelled, end = [], 0
    for token in tokenize(rewritten):
        right = _only(known, token.key)
        if right is not None:
            spelled += [rewritten[end : token.start], _as_written(token.text, right)]
            end = token.end
    respelt = "".join((*spelled, rewritten[end:]))
    return respelt if respelt != text else None


def _with_phrases(text: str, directory: Directory) -> str:
    """The text with each phrase that is misspelt as a whole put right."""
    phrases = _phrases_by_bare_letters(directory.phrases)
    tokens = directory.spelling.read(text)
    spelled, end, at = [], 0, 0
    while at < len(tokens):
        length, right = _phrase_at(tokens, at, phrases)
        if right:
            spelled += [text[end : tokens[at].start], " ".join(right)]
            end = tokens[at + length - 1].end
        at += length
    return "".join((*spelled, text[end:]))


def _phrase_at(tokens: Sequence[Token], at: int, phrases: Mapping[Key, frozenset[Key]]) -> tuple[int, Key]:
    """The longest phrase that the words from `at` are or misspell, with its length; no key where nothing changes."""
    for length in range(min(_LONGEST, len(tokens) - at), 1, -1):
        written = tuple(token.key for token in tokens[at : at + length])
        alike = phrases.get(tuple(map(bare, written)), frozenset())
        splits = at + length < len(tokens) and tokens[at + length].start == tokens[at + length - 1].start
        if not alike or splits:
            continue
        return length, () if written in alike or len(alike) > 1 else next(iter(alike))
    return 1, ()


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


@lru_cache(maxsize=4)
def _phrases_by_bare_letters(phrases: frozenset[Key]) -> Mapping[Key, frozenset[Key]]:
    groups: dict[Key, set[Key]] = defaultdict(set)
    for phrase in phrases:
        groups[tuple(map(bare, phrase))].add(phrase)
    return {letters: frozenset(alike) for letters, alike in groups.items()}


def _grouped(words: Iterable[str]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for word in words:
        groups[bare(word)].add(word)
    return {letters: frozenset(alike) for letters, alike in groups.items()}
