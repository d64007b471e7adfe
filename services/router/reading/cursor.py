"""Where the reader stands in the tokens, and what stands there."""

from __future__ import annotations

from collections.abc import Sequence

from services.router.directory.fold import Key, Token
from services.router.directory.lexicon import Match
from services.router.directory.model import Unit
from services.router.directory.offices import Directory

MARKS = frozenset({",", ";", ":", "/", "..", "…"})


class Cursor:
    """A position in the tokens of one line."""

    def __init__(self, text: str, tokens: Sequence[Token], directory: Directory) -> None:
        self.tokens, self.directory = tokens, directory
        self.at = 0
        self._text = text

    @property
    def is_done(self) -> bool:
        """Whether no token is left."""
        return self.at >= len(self.tokens)

    @property
    def key(self) -> str:
        """The word here; empty at the end."""
        return "" if self.is_done else self.tokens[self.at].key

    def peek(self, at: int | None = None, prefix: Key = ()) -> Match | None:
        """The longest known phrase here, `prefix` put before it."""
        at = self.at if at is None else at
        return self.directory.lexicon.longest(self.tokens, at, prefix) if at < len(self.tokens) else None

    def peek_member(self, at: int | None = None) -> Match | None:
        """The longest name or code of an inner unit of any office."""
        at = self.at if at is None else at
        return self.directory.members_lexicon.longest(self.tokens, at) if at < len(self.tokens) else None

    def peek_units(self) -> tuple[int, tuple[Unit, ...]]:
        """The longest name of units here, and how many words it has."""
        return self.directory.names.longest(self.tokens, self.at)

    def particle(self, at: int | None = None) -> str | None:
        """The role of the small word here, unless the phrase also names somebody."""
        match = self.peek(at)
        return match.sense.particle if match and not match.sense.names_somebody else None

    def ends_at(self, at: int) -> bool:
        """Whether a separator stands there; one that an abbreviation brought along (VHTTDL) separates nothing."""
        if at >= len(self.tokens):
            return True
        if at and self.tokens[at].start == self.tokens[at - 1].start:
            return False
        return self.tokens[at].key in MARKS or self.particle(at) == "and"

    @property
    def at_boundary(self) -> bool:
        """Whether a separator or the end is here."""
        return self.ends_at(self.at)

    def skip_phrase(self) -> None:
        """Move behind the known phrase here, or behind one word."""
        match = self.peek()
        self.at += match.length if match else 1

    def skip_quantifiers(self) -> bool:
        """Skip 'các', 'đồng chí'; whether many offices are announced: 'các đồng chí' are many persons."""
        plural = False
        while (role := self.particle()) in ("each", "drop"):
            plural = role == "each"
            self.skip_phrase()
        return plural

    def take(self, length: int) -> str:
        """Move on by `length` tokens; the words passed, as written."""
        start, self.at = self.at, self.at + length
        return self.quote(start, self.at)

    def quote(self, start: int, end: int) -> str:
        """The tokens [start, end) as they were written."""
        end = min(end, len(self.tokens))
        return self._text[self.tokens[start].start : self.tokens[end - 1].end].strip() if start < end else ""
