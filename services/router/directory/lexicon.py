"""What a phrase can mean, by longest match over folded words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from services.router.directory.fold import Key, Token
from services.router.directory.model import Group, Office, Position, Template, Unit


@dataclass(frozen=True, slots=True)
class Sense:
    """Everything that one phrase can mean; the reader and the context choose."""

    offices: tuple[Office, ...] = ()
    templates: tuple[Template, ...] = ()
    group: Group | None = None
    position: Position | None = None
    kind: str | None = None
    """a kind of unit: tỉnh, huyện, …"""
    particle: str | None = None
    """role of a small word: each, drop, and, link, run, whole, vague, tail, note, condition, refer:…"""

    @property
    def names_somebody(self) -> bool:
        """Whether the phrase can be an office, a body or a group."""
        return bool(self.offices or self.templates or self.group)


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found in the line; `length` counts its tokens."""

    length: int
    sense: Sense
    key: Key


class Lexicon:
    """Phrases to senses. Phrases added twice gather their meanings."""

    def __init__(self) -> None:
        self._senses: dict[Key, Sense] = {}
        self._longest: dict[str, int] = {}

    def copy(self, instead: Mapping[str, Office]) -> Lexicon:
        """A lexicon of its own with the same phrases; an office in `instead`, by recipient_id, replaces the old one."""
        copied = Lexicon()
        copied._senses, copied._longest = dict(self._senses), dict(self._longest)
        for key, sense in self._senses.items():
            if any(office.recipient_id in instead for office in sense.offices):
                offices = tuple(instead.get(office.recipient_id, office) for office in sense.offices)
                copied._senses[key] = replace(sense, offices=offices)
        return copied

    def add(self, key: Key, **meaning: object) -> None:
        """Give the phrase one more meaning."""
        old = self._senses.get(key, Sense())
        for name in ("offices", "templates"):
            if name in meaning:
                added = [item for item in meaning[name] if item not in getattr(old, name)]  # type: ignore[attr-defined]
                meaning[name] = (*getattr(old, name), *added)
        self._senses[key] = replace(old, **meaning)  # type: ignore[arg-type]
        self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    def longest(self, tokens: Sequence[Token], at: int, prefix: Key = ()) -> Match | None:
        """The longest phrase that is `prefix` and the tokens from `at`; at least one token is used."""
        first = prefix[0] if prefix else tokens[at].key
        for length in range(min(self._longest.get(first, 0) - len(prefix), len(tokens) - at), 0, -1):
            key = prefix + tuple(token.key for token in tokens[at : at + length])
            sense = self._senses.get(key)
            if sense is not None:
                return Match(length, sense, key)
        return None

    def words(self) -> Iterator[str]:
        """Every word of every phrase."""
        return chain.from_iterable(self._senses)

    def phrases(self) -> Iterator[Key]:
        """Every phrase."""
        return iter(self._senses)

    def get(self, key: Key) -> Sense | None:
        """What exactly this phrase can mean."""
        return self._senses.get(key)


@dataclass
class UnitNames:
    """Units by their names' words; a name can belong to several units."""

    _units: dict[Key, list[Unit]] = field(default_factory=dict)
    _longest: dict[str, int] = field(default_factory=dict)

    def add(self, key: Key, unit: Unit) -> None:
        """Let the unit be called so."""
        self._units.setdefault(key, []).append(unit)
        self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[int, tuple[Unit, ...]]:
        """The units of the longest name that begins at `at`, and its length in tokens; 0 if there is none."""
        if at >= len(tokens):
            return 0, ()
        for length in range(min(self._longest.get(tokens[at].key, 0), len(tokens) - at), 0, -1):
            units = self._units.get(tuple(token.key for token in tokens[at : at + length]))
            if units:
                return length, tuple(units)
        return 0, ()
