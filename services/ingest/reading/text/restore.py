"""A second look at a garbled text: the words of official Vietnamese behind what a scanner or typist left of them.

Only a text in which enough words cannot be Vietnamese is looked at, and only words of the closed vocabulary are put
back: next to a word that they go with, or where no other word comes near. What is read is still quoted as written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from services.ingest.reading.text.closed_words import meant_by
from services.ingest.reading.text.syllables import is_damaged
from services.ingest.reading.text.unglue import gaps_in, gaps_in_chunk

_WORD = re.compile(r"[^\W_]+")
_APART = re.compile(rf"({_WORD.pattern})")
"""Cuts a text into what stands between words and the words, in turn."""
_FEWEST = 4
_SHARE = 0.005
"""How many different words that cannot be Vietnamese make a text garbled, and as a share of all its words.

Foreign words are fewer, or in capitals.
"""
_SOUND: set[str] = set()
"""What was found to be sound, since texts repeat it; forgotten when it has grown to `_MOST_CHUNKS`."""
_MOST_CHUNKS = 1 << 15


@dataclass(frozen=True)
class Restored:
    """A text with words put back. `text` is for reading; `written` is the original.

    ends: where in `text` each word put back ends; behind: how far the original is behind there, in characters.
    before: where the original was itself put back from another. spaces: only spaces were put back.
    """

    text: str
    written: str
    ends: tuple[int, ...]
    behind: tuple[int, ...]
    before: Restored | None = None
    spaces: bool = False

    def as_written(self, phrase: str) -> str:
        """A phrase of `text` as the original has it; a name put together from two places, each as it has it."""
        at = self.text.find(phrase)
        if at >= 0:
            original = self.written[self._back(at) : self._back(at + len(phrase))]
            return self.before.as_written(original) if self.before else original
        head, _, rest = phrase.partition(" ")
        return f"{head} {self.as_written(rest)}" if rest and rest in self.text else phrase

    def as_spelt(self, phrase: str) -> str:
        """A phrase of `text` with the letters of the original; spaces that were put back stay."""
        return phrase if self.spaces else replace(self, before=None).as_written(phrase)

    def _back(self, at: int) -> int:
        passed = bisect_right(self.ends, at)
        return at + (self.behind[passed - 1] if passed else 0)


def damage_to(texts: Sequence[str]) -> tuple[bool, frozenset[str]]:
    """Whether so many words cannot be Vietnamese that a scan or an export must have spoilt them; and where spaces lack.

    texts: all paragraphs of a notice. Where spaces lack is told by what stands there between two spaces.
    """
    chunks: set[str] = set()
    for text in texts:
        chunks.update(text.split())
    odd = set(filter(_is_odd, chunks - _SOUND))
    if not odd:
        return False, frozenset()
    damaged = {word for chunk in odd for word in filter(is_damaged, _WORD.findall(chunk))}
    garbled = len(damaged) >= _FEWEST and _is_share(len(damaged), texts)
    return garbled, frozenset(filter(gaps_in_chunk, odd))


def _is_share(damaged: int, texts: Sequence[str]) -> bool:
    """Whether damaged words are enough of all words: these are counted where they could be too many."""
    most = sum((len(text) + 1) // 2 for text in texts)
    return damaged >= _SHARE * most or damaged >= _SHARE * sum(map(_count_words, texts))


def _count_words(text: str) -> int:
    """How many words there are: between two spaces mostly one, and only the others are cut."""
    chunks = text.split()
    others = [chunk for chunk in chunks if not chunk.isalnum()]
    return len(chunks) - len(others) + len(_WORD.findall(" ".join(others)))


def forget() -> None:
    """Forget which words were found to be sound."""
    _SOUND.clear()
    _is_odd.cache_clear()


@lru_cache(_MOST_CHUNKS)
def _is_odd(chunk: str) -> bool:
    """Whether a word cannot be Vietnamese, or spaces lack, in what stands between two spaces."""
    if gaps_in_chunk(chunk) or any(map(is_damaged, _WORD.findall(chunk))):
        return True
    if len(_SOUND) >= _MOST_CHUNKS:
        forget()
    _SOUND.add(chunk)
    return False


def unglue(text: str) -> Restored | None:
    """The text with the spaces put back that its words lost; None where none is missing."""
    gaps = gaps_in(text)
    return replace(_put_back(text, [(at, at, " ") for at in gaps]), spaces=True) if gaps else None


def restore(text: str, earlier: Restored | None = None) -> Restored | None:
    """The text with the words put back that can only be meant; `earlier`, of which it is the text, where none are."""
    parts = _APART.split(text)
    between, words = parts[::2], parts[1::2]
    read = [*words, ""]
    changed = []
    for index, word in enumerate(words):
        before = read[index - 1] if index and between[index] == " " else ""
        after = read[index + 1] if between[index + 1] == " " else ""
        meant = meant_by(word, before, after)
        if meant and meant != word:
            read[index] = meant
            changed.append(index)
    if not changed:
        return earlier
    starts = list(accumulate(map(len, parts)))
    changes = [(starts[2 * index], starts[2 * index + 1], read[index]) for index in changed]
    return replace(_put_back(text, changes), before=earlier)


def _put_back(text: str, changes: Sequence[tuple[int, int, str]]) -> Restored:
    """The text with each span, from its start to before its end, replaced."""
    parts: list[str] = []
    ends, behind = [], []
    done = length = 0
    for start, end, meant in changes:
        parts += [text[done:start], meant]
        length += start - done + len(meant)
        done = end
        ends.append(length)
        behind.append(done - length)
    return Restored("".join([*parts, text[done:]]), text, tuple(ends), tuple(behind))
