"""What a line says, before anybody asks who is meant."""

from __future__ import annotations

from dataclasses import dataclass

from services.router.directory.fold import Key
from services.router.directory.lexicon import Sense
from services.router.directory.model import Position, Unit


@dataclass(frozen=True, slots=True)
class Place:
    """Units named, or a kind of units: 'huyện Ba Bể', 'các tỉnh', 'tỉnh' (the issuer's own)."""

    kind: str | None
    units: tuple[Unit, ...]
    """every unit of that name; empty for a kind without a name"""
    plural: bool
    text: str
    run: bool = False
    """'trực thuộc Trung ương' follows"""
    tier: bool = False
    """'cấp huyện': the level, whatever its units are called"""
    count: int = 0
    """'2 tỉnh': that many, which the notice's subject names"""
    every: bool = False
    """'vùng Tây Nguyên': all of the units that there are on the day, not the one meant of several called so"""


@dataclass(frozen=True, slots=True)
class Head:
    """A body, an office, a group; or inner units by their codes ('phòng' with 'KGVX', 'TH')."""

    key: Key
    sense: Sense
    plural: bool
    text: str
    codes: tuple[str, ...] = ()
    owner: Head | None = None
    """'Cổng TTĐT' of 'Bộ Xây dựng'"""

    @property
    def is_inner(self) -> bool:
        """Whether it means parts of some office: 'các Vụ', 'phòng KGVX'."""
        return bool(self.codes) or (self.sense.group is not None and self.sense.group.level == "own")

    @property
    def families(self) -> frozenset[str]:
        """Families of the bodies that it can be."""
        return frozenset(template.family for template in self.sense.templates)


@dataclass(frozen=True, slots=True)
class Post:
    """A position as written."""

    position: Position
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """Posts of heads in places: every post of every head in every place.

    `list_owner` is what stands before the colon of the list that it is in: 'VPCP: BTCN, các PCN'.
    """

    text: str
    posts: tuple[Post, ...] = ()
    heads: tuple[Head, ...] = ()
    places: tuple[Place, ...] = ()
    within: tuple[Place, ...] = ()
    list_owner: Clause | None = None
    whole_country: bool = False
    run: bool = False
    """'các tỉnh ủy, thành ủy trực thuộc Trung ương': bodies of the provinces"""
    vague: bool = False
    """'liên quan': some of them, the issuer knows which"""


@dataclass(frozen=True, slots=True)
class Reference:
    """'Như trên', 'Như Điều 3', 'Các đơn vị có tên trong KH'."""

    text: str
    to: str
    """addressees, clause, assignees"""


@dataclass(frozen=True, slots=True)
class Unread:
    """Words that no rule reads. `reason` is unknown_name, condition or note."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Excepted:
    """Whom '(trừ …)' takes out of what the line names, as written."""

    text: str


Item = Clause | Reference | Unread | Excepted
