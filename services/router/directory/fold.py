"""Characters to tokens: one spelling for what Vietnamese typists and scanners write in many.

A token keeps where it stood in the line, so that whatever stays unread can be quoted as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

TOKEN = re.compile(r"[^\W\d_]{1,2}/[^\W\d_]{1,2}(?![^\W_])|[^\W_]+|[,;:()/+&|]|\.\.+|…")
DROPPED = frozenset("+|")
LOOKALIKES = str.maketrans({"ƣ": "ư", "Ƣ": "Ư", "Ð": "Đ", "ð": "đ", "ɖ": "đ"})
TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark. `key` is what is compared; `text` what was written at [start, end)."""

    key: str
    text: str
    start: int
    end: int

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation."""
        return not self.key[0].isalnum()

    @property
    def is_capitalised(self) -> bool:
        """Whether it was written with a capital first."""
        return self.text[0].isupper()


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """The compared form: lower case, composed, tone mark on the first vowel of oa, oe, uy."""
    word = unicodedata.normalize("NFC", word.translate(LOOKALIKES)).casefold()
    return word if word.isascii() else _move_tone(word)


def _move_tone(word: str) -> str:
    """'hoà' and 'hòa', 'uỷ' and 'ủy' are the same word in old and new typing."""
    for pair in ("oa", "oe", "uy"):
        bare = "".join(c for c in unicodedata.normalize("NFD", word) if c not in TONES)
        if not unicodedata.normalize("NFC", bare).endswith(pair):
            continue
        tone = "".join(c for c in unicodedata.normalize("NFD", word[-2:]) if c in TONES)
        return unicodedata.normalize("NFC", word[:-2] + pair[0] + tone + pair[1])
    return word


def tokenize(text: str) -> list[Token]:
    """The tokens of a line, before abbreviations are spelled out."""
    text = unicodedata.normalize("NFC", text)
    found = (Token(fold(m.group()), m.group(), m.start(), m.end()) for m in TOKEN.finditer(text))
    return [t if t.key != "&" else Token("và", t.text, t.start, t.end) for t in found if t.key not in DROPPED]


class Spelling:
    """Spells out abbreviations and undoes known scanner errors, longest first."""

    def __init__(self, rewrites: Mapping[Key, Key], exact: Mapping[str, Key]) -> None:
        self._rewrites = rewrites
        self._exact = exact
        self._longest: dict[str, int] = {}
        self.key = lru_cache(maxsize=50_000)(self._key)
        """The compared words of a text, spelled out."""
        for key in rewrites:
            self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, str]]) -> Spelling:
        """From rows of words.csv: `written`, `meant`, `exact` (yes where the case of letters decides)."""
        rows = list(rows)
        rewrites = {keys(row["written"]): keys(row["meant"]) for row in rows if row["exact"] != "yes"}
        return cls(rewrites, {row["written"]: keys(row["meant"]) for row in rows if row["exact"] == "yes"})

    def words(self) -> Iterator[str]:
        """Every word of an abbreviation."""
        return chain((word for key in self._rewrites for word in key), map(fold, self._exact))

    def read(self, text: str) -> tuple[Token, ...]:
        """Tokens of the line, spelled out; repeated until nothing changes, so that rows may build on rows."""
        tokens: Sequence[Token] = [spelled for token in tokenize(text) for spelled in self._case_decides(token)]
        for _ in range(4):
            rewritten = self._pass(tokens)
            if len(rewritten) == len(tokens) and all(a.key == b.key for a, b in zip(rewritten, tokens, strict=True)):
                break
            tokens = rewritten
        return tuple(tokens)

    def _key(self, text: str) -> Key:
        return tuple(token.key for token in self.read(text))

    def _case_decides(self, token: Token) -> list[Token]:
        meant = self._exact.get(token.text)
        return [token] if meant is None else _respell([token], meant)

    def _pass(self, tokens: Sequence[Token]) -> list[Token]:
        out: list[Token] = []
        at = 0
        while at < len(tokens):
            length, meant = self._match(tokens, at)
            if meant is None:
                out.append(tokens[at])
            else:
                out.extend(_respell(tokens[at : at + length], meant))
            at += length
        return out

    def _match(self, tokens: Sequence[Token], at: int) -> tuple[int, Key | None]:
        for length in range(min(self._longest.get(tokens[at].key, 0), len(tokens) - at), 0, -1):
            meant = self._rewrites.get(tuple(t.key for t in tokens[at : at + length]))
            if meant is not None:
                return length, meant
        return 1, None


def keys(text: str) -> Key:
    """The compared words of a phrase, abbreviations left alone."""
    return tuple(token.key for token in tokenize(text))


def _respell(old: Sequence[Token], meant: Key) -> list[Token]:
    """Words that stay keep their own place: in 'phường, TT' only TT is spelled out."""
    kept = 0
    while kept < min(len(old), len(meant)) - 1 and old[kept].key == meant[kept]:
        kept += 1
    rest = old[kept:]
    text = " ".join(token.text for token in rest)
    return [*old[:kept], *(Token(key, text, rest[0].start, rest[-1].end) for key in meant[kept:])]
