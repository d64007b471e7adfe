"""Which units a place means, for a body that exists in some kinds of units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.router.directory.model import Template, Unit
from services.router.reading.places import LEVELS_OF_KIND
from services.router.reading.syntax import Clause, Place
from services.router.resolving.context import Context
from services.router.resolving.found import (
    AMBIGUOUS,
    NO_CONTEXT,
    NOT_IN_FORCE,
    OUTSIDE_DIRECTORY,
    UNKNOWN_NAME,
    UNSPECIFIED,
)

LOCALITIES = "địa phương"
SPECIAL_ZONE = "đặc khu"
LEVELS = ("province", "district", "commune")
Shapes = frozenset[tuple[str, str]]
"""Levels and kinds of units that a body exists in."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A place that means no unit, and units that it may have meant."""

    text: str
    reason: str
    candidates: tuple[Unit, ...] = ()


def shapes_of(templates: Iterable[Template]) -> Shapes:
    """Where the bodies exist."""
    return frozenset((template.level, kind) for template in templates for kind in template.kinds)


def levels_of(place: Place) -> set[str]:
    """Levels that the place can be at."""
    return {unit.level for unit in place.units} or set(LEVELS_OF_KIND[place.kind or ""])


def shapes_at(levels: Iterable[str]) -> Shapes:
    """Every kind of unit of the levels."""
    return frozenset((level, kind) for kind, of in LEVELS_OF_KIND.items() for level in of if level in levels)


def units_of(clause: Clause, shapes: Shapes, context: Context) -> tuple[list[Unit], list[Failure]]:
    """The units that the clause's places mean, and the places that mean none."""
    units: list[Unit] = []
    failures: list[Failure] = []
    for place in (place for place in clause.places if place.every):
        alive = [unit for unit in place.units if unit.holds(context.as_of)]
        units += alive
        failures += [] if alive else [Failure(place.text, NOT_IN_FORCE)]
    for place in (place for place in clause.places if not place.every):
        chosen = _named(place, shapes, clause, context) if place.units else None
        if isinstance(chosen, Failure):
            failures.append(chosen)
        elif chosen is not None:
            units.append(chosen)
    for place in (place for place in clause.places if place.count and not place.units):
        counted = _counted(place, context)
        if isinstance(counted, Failure):
            failures.append(counted)
        else:
            units += counted
    generic = [place for place in clause.places if not place.units and not place.count]
    if generic:
        many = _generic(generic, {level for level, _ in shapes}, clause, context)
        if isinstance(many, Failure):
            failures.append(many)
        else:
            units += many
    return list(dict.fromkeys(units)), failures


def _named(place: Place, shapes: Shapes, clause: Clause, context: Context) -> Unit | Failure:
    """One unit: of the body's kinds, of the day, within what follows, near the issuer, the highest of these."""
    levels = {level for level, _ in shapes}
    units = [unit for unit in dict.fromkeys(place.units) if unit.level in levels]
    units = [unit for unit in units if (unit.level, unit.kind) in shapes] or units
    if not units:
        return Failure(place.text, UNKNOWN_NAME)
    alive = [unit for unit in units if unit.holds(context.as_of)]
    if not alive:
        heirs = [context.directory.units[code] for unit in units for code in unit.successors]
        return Failure(place.text, NOT_IN_FORCE, tuple(_nearest(_inside(heirs, clause.within, context), context)))
    alive = _nearest(_inside(alive, clause.within, context), context)
    top = min(LEVELS.index(unit.level) for unit in alive)
    alive = [unit for unit in alive if LEVELS.index(unit.level) == top]
    return alive[0] if len(alive) == 1 else Failure(place.text, AMBIGUOUS, tuple(alive))


def _counted(place: Place, context: Context) -> list[Unit] | Failure:
    """'2 tỉnh' are the two that the subject names; '14 phường' all, if the issuer has so many."""
    kind = place.kind or ""
    level = LEVELS_OF_KIND[kind][0]
    every = context.directory.units_below(root_above(level, context), level, context.as_of)
    for pool in (every, [unit for unit in every if unit.kind == kind]):
        if len(pool) == place.count:
            return pool
    named = [unit for unit in context.subject_units if unit.kind == kind]
    return named if len(named) == place.count else Failure(place.text, UNSPECIFIED)


def _inside(units: list[Unit], places: Sequence[Place], context: Context) -> list[Unit]:
    roots = [root for place in places for root in place.units]
    return [unit for unit in units if any(context.directory.lies_in(unit, root) for root in roots)] or units


def _nearest(units: list[Unit], context: Context) -> list[Unit]:
    """Those in the smallest of the issuer's units that has any."""
    for root in context.chain:
        near = [unit for unit in units if context.directory.lies_in(unit, root)]
        if near:
            return near
    return units


def _generic(places: Sequence[Place], levels: set[str], clause: Clause, context: Context) -> list[Unit] | Failure:
    """'tỉnh' is the issuer's own; 'các huyện', 'tỉnh, TP' are all of that level; two kinds or more mean the level."""
    below = [place for place in places if place.kind == LOCALITIES]
    if below:
        units = units_under(context)
        return units or Failure(below[0].text, OUTSIDE_DIRECTORY)
    by_level = _kinds_by_level(places, context)
    many = clause.whole_country or any(place.plural or place.run for place in places)
    units = []
    for level, kinds in by_level.items():
        if level not in levels:
            continue
        if any(place.tier for place in places):
            own = context.unit_at(level)
            units += [own] if own else _all(level, set(LEVELS_OF_KIND), clause, context)
        elif many or len(kinds) > 1:
            units += _all(level, kinds, clause, context)
        else:
            units += [unit for unit in context.chain if unit.kind in kinds][:1]
    if units:
        return units
    text = ", ".join(place.text for place in places)
    if not levels.intersection(by_level):
        return Failure(text, UNKNOWN_NAME)
    return Failure(text, OUTSIDE_DIRECTORY if many and (context.issuer or context.unit) else NO_CONTEXT)


def units_under(context: Context) -> list[Unit]:
    """Units one level under the issuer: provinces to the centre, districts to a province while there were any."""
    own = LEVELS.index(context.unit.level) if context.unit else -1
    pools = (context.directory.units_below(context.unit, level, context.as_of) for level in LEVELS[own + 1 :])
    return next((units for units in pools if units), [])


def _kinds_by_level(places: Sequence[Place], context: Context) -> dict[str, set[str]]:
    """Kinds by level. 'thành phố' follows the kinds beside it; alone, the issuer decides."""
    by_level: dict[str, set[str]] = {}
    kinds = {place.kind or "" for place in places}
    for kind in kinds - {"thành phố"}:
        by_level.setdefault(LEVELS_OF_KIND[kind][0], set()).add(kind)
    if "thành phố" in kinds:
        level = _level_of_city(by_level, any(place.run for place in places), context)
        by_level.setdefault(level, set()).add("thành phố")
    return {level: by_level[level] for level in LEVELS if level in by_level}


def _level_of_city(beside: dict[str, set[str]], run: bool, context: Context) -> str:
    if run or "province" in beside:
        return "province"
    if "district" in beside:
        return "district"
    own = next((unit for unit in context.chain if unit.kind == "thành phố"), None)
    if own is not None:
        return own.level
    return "district" if context.unit is not None else "province"


def _all(level: str, kinds: set[str], clause: Clause, context: Context) -> list[Unit]:
    """Every unit of the level under the issuer (provinces: of the country); one kind named alone means that kind.

    A special zone is meant only where it is named: 'các xã, phường, đặc khu' (Law 72/2025/QH15, article 1).
    """
    roots: list[Unit | None] = [unit for place in clause.within for unit in place.units if unit.holds(context.as_of)]
    roots = roots or [_own_root(clause.within, level, context)]
    if clause.whole_country or level == "province":
        roots = [None]
    units = [unit for root in roots for unit in context.directory.units_below(root, level, context.as_of)]
    if level == "province" or (len(kinds) > 1 and SPECIAL_ZONE in kinds):
        return units
    many = len(kinds) > 1
    return [unit for unit in units if (unit.kind != SPECIAL_ZONE if many else unit.kind in kinds)]


def _own_root(within: Sequence[Place], level: str, context: Context) -> Unit | None:
    """Where 'các xã' lie: what 'trên địa bàn huyện' says, else the issuer's unit above them."""
    for place in within:
        own = next((unit for unit in context.chain if unit.kind == place.kind), None)
        if own is not None:
            return own
    return root_above(level, context)


def root_above(level: str, context: Context) -> Unit | None:
    """The issuer's nearest unit above that level; None is the country."""
    return next((unit for unit in context.chain if LEVELS.index(unit.level) < LEVELS.index(level)), None)
