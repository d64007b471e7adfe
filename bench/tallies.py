"""How often what was read agreed with the gold, field by field."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Tally:
    """How many of one field's values were wanted, given, and right."""

    hit: int = 0
    want: int = 0
    gave: int = 0

    def __iadd__(self, other: Tally) -> Self:
        self.hit, self.want, self.gave = self.hit + other.hit, self.want + other.want, self.gave + other.gave
        return self

    @property
    def precision(self) -> float:
        """Right of those given; 1 where none was given."""
        return self.hit / self.gave if self.gave else 1.0

    @property
    def recall(self) -> float:
        """Right of those wanted; 1 where none was wanted."""
        return self.hit / self.want if self.want else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.hit / (self.want + self.gave) if self.want + self.gave else 1.0


@dataclass(frozen=True)
class Miss:
    """A value of one file that was wanted and not given, or the reverse."""

    file: str
    field: str
    wanted: tuple[str, ...]
    given: tuple[str, ...]


@dataclass
class Scores:
    """The tallies by field, and what they missed."""

    fields: dict[str, Tally] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)

    def add(self, file: str, name: str, tally: Tally, wanted: Collection[str], given: Collection[str]) -> None:
        """Count one comparison."""
        total = self.fields.setdefault(name, Tally())
        total += tally
        if tally.hit < max(tally.want, tally.gave):
            self.misses.append(Miss(file, name, tuple(wanted), tuple(given)))
