"""What the directory is made of. All values are frozen; dates are inclusive, None means unbounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

UnitLevel = Literal["province", "district", "commune"]


def holds(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Whether `on` lies in the interval."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the country.

    `code` is the statistics office's code (unique over the levels by its length); a unit set up under a
    code that was in use before carries the year too: '24-2025' is the Bắc Ninh made of Bắc Giang and Bắc Ninh.
    Since the Law on local government 72/2025/QH15 (1/7/2025) communes lie in provinces; a district's work went to
    them and to the province by subject, so that it has no successor, unless it was an island without communes.
    """

    code: str
    level: UnitLevel
    kind: str
    """tỉnh, thành phố, huyện, quận, thị xã, xã, phường, thị trấn, đặc khu"""
    name: str
    parent: str | None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    """codes of the units that it became; of several, the main one first"""

    @property
    def slug(self) -> str:
        """First part of its offices' ids: vn.p24, vn.d213, vn.c07210."""
        return f"vn.{self.level[0]}{self.code}"

    def holds(self, on: date) -> bool:
        """Whether it existed on that day."""
        return holds(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class Template:
    """A body that every unit of some level and kind has.

    Rows of one `family` are one body under several names: Tỉnh ủy, Thành ủy are the family `cap-uy`.
    """

    slug: str
    family: str
    level: UnitLevel
    kinds: frozenset[str]
    pattern: str
    """'UBND {kind} {name}'"""
    aliases: tuple[str, ...]
    tags: frozenset[str]
    parent: str | None
    """Family of the body that it is an inner unit of: a division of the UBND's office."""
    only: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None

    def fits(self, unit: Unit, on: date) -> bool:
        """Whether `unit` had this body on that day."""
        if unit.level != self.level or unit.kind not in self.kinds:
            return False
        code = unit.code.partition("-")[0]
        return (
            (not self.only or code in self.only)
            and code not in self.excluded
            and holds(self.valid_from, self.valid_to, on)
        )


@dataclass(frozen=True, slots=True)
class Office:
    """Somebody that a notice can be sent to.

    Levels: central, provincial, district, commune — an office of that level; unit — a part of an office
    (Vụ Tổng hợp); position — a post, or several of one name (Các Phó Thủ tướng); collective — people whose
    list only its secretary has (the members of a committee), reached as one.
    """

    recipient_id: str
    name: str
    level: str
    family: str
    aliases: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    unit: Unit | None = None
    parent: str | None = None
    """recipient_id of the office that it is a part of"""
    province: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    heads: str | None = None
    """recipient_id of the office that this position leads or speaks for"""

    def holds(self, on: date) -> bool:
        """Whether it existed on that day."""
        return holds(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True)
class Position:
    """A post that offices of some families have: Chủ tịch of a UBND."""

    slug: str
    pattern: str
    """'Chủ tịch {office}'"""
    aliases: tuple[str, ...]
    families: frozenset[str]
    """Families that it exists in; empty means any."""
    reach: str
    """office: the office itself is meant; post: the post; collective: a body of people"""
    leads: bool
    through: str | None = None
    """The inner office that the post belongs to: Chánh Văn phòng of a UBND is of its `van-phong`."""


@dataclass(frozen=True, slots=True)
class Group:
    """A phrase that means many offices by a rule of membership.

    `level`: central — offices of the centre with one of `tags`; one or more unit levels — bodies with one of
    `tags` in the units meant; below — the same, one level under the issuer; own — inner units of an office;
    none — membership is not public.
    """

    slug: str
    phrases: tuple[str, ...]
    tags: frozenset[str]
    level: str
    title: str
    members: tuple[str, ...] = ()
    """recipient_ids, where an operator named the members one by one"""
