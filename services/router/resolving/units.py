"""Which units a place means, for a body that exists at some levels."""

from __future__ import annotations

from collections.abc import Sequence

from services.router.directory.model import Unit
from services.router.reading.line import LEVELS_OF_KIND
from services.router.reading.syntax import Clause, Place
from services.router.resolving.context import Context

LEVELS = ("province", "district", "commune")


def units_of(clause: Clause, levels: frozenset[str], context: Context) -> tuple[list[Unit], str | None]:
    """The units that the clause's places mean at `levels`; a reason where a place means none."""
    named = [place for place in clause.places if place.units]
    generic = [place for place in clause.places if not place.units]
    units: list[Unit] = []
    for place in named:
        chosen, reason = _named(place, levels, clause, context)
        if reason:
            return chosen, reason
        units += chosen
    if generic:
        chosen, reason = _generic(generic, levels, clause, context)
        if reason:
            return [], reason
        units += chosen
    return list(dict.fromkeys(units)), None


def _named(place: Place, levels: frozenset[str], clause: Clause, context: Context) -> tuple[list[Unit], str | None]:
    """One unit: of the day, of the right level, within what follows, in the issuer's own province if it can be."""
    units = [unit for unit in dict.fromkeys(place.units) if unit.level in levels]
    alive = [unit for unit in units if unit.holds(context.as_of)]
    if not units:
        return [], "no_such_level"
    if not alive:
        return _successors(units, context), "not_in_force"
    alive = _within(alive, clause.within, context) or alive
    for root in context.chain:
        near = [unit for unit in alive if context.directory.lies_in(unit, root)]
        if near:
            alive = near
            break
    top = min(LEVELS.index(unit.level) for unit in alive)
    alive = [unit for unit in alive if LEVELS.index(unit.level) == top]
    return (alive, None) if len(alive) == 1 else (alive, "ambiguous")


def _successors(units: Sequence[Unit], context: Context) -> list[Unit]:
    return [context.directory.units[unit.successor] for unit in units if unit.successor]


def _within(units: Sequence[Unit], places: Sequence[Place], context: Context) -> list[Unit]:
    roots = [root for place in places for root in place.units]
    if not roots:
        return []
    return [unit for unit in units if any(context.directory.lies_in(unit, root) for root in roots)]


def _generic(
    places: Sequence[Place], levels: frozenset[str], clause: Clause, context: Context
) -> tuple[list[Unit], str | None]:
    """'tỉnh' is the issuer's own; 'các huyện', 'tỉnh, TP' are all of that level; two kinds or more mean the level."""
    kinds = [place.kind or "" for place in places]
    by_level = _levels_of(kinds, places, context)
    many = any(place.plural for place in places) or any(place.run for place in places) or clause.whole_country
    units: list[Unit] = []
    for level, of_level in by_level.items():
        if level not in levels:
            continue
        if many or len(of_level) > 1:
            units += _all(level, of_level, clause, context)
        else:
            units += [unit for unit in context.chain if unit.kind == of_level[0]][:1]
    if units:
        return units, None
    if any(level in levels for level in by_level):
        return [], "outside_directory" if many and (context.issuer or context.unit) else "no_context"
    return [], "no_such_level"


def _levels_of(kinds: Sequence[str], places: Sequence[Place], context: Context) -> dict[str, list[str]]:
    """Kinds by level. 'thành phố' follows the kinds beside it; alone, the issuer decides."""
    by_level: dict[str, list[str]] = {}
    for kind in kinds:
        if kind != "thành phố":
            by_level.setdefault(LEVELS_OF_KIND[kind][0], []).append(kind)
    if "thành phố" in kinds:
        level = _level_of_city(by_level, places, context)
        by_level.setdefault(level, []).append("thành phố")
    return by_level


def _level_of_city(by_level: dict[str, list[str]], places: Sequence[Place], context: Context) -> str:
    if any(place.run for place in places) or "province" in by_level:
        return "province"
    if "district" in by_level:
        return "district"
    own = next((unit for unit in context.chain if unit.kind == "thành phố"), None)
    if own is not None:
        return own.level
    return "district" if context.unit is not None else "province"


def _all(level: str, kinds: Sequence[str], clause: Clause, context: Context) -> list[Unit]:
    """Every unit of the level under the issuer (provinces: of the country); one kind named alone means that kind."""
    roots: list[Unit | None] = [unit for place in clause.within for unit in place.units if unit.holds(context.as_of)]
    if not roots:
        roots = [_own_root(clause.within, level, context)]
    if clause.whole_country or level == "province":
        roots = [None]
    units = [unit for root in roots for unit in context.directory.units_below(root, level, context.as_of)]
    return units if len(set(kinds)) > 1 or level == "province" else [unit for unit in units if unit.kind == kinds[0]]


def _own_root(within: Sequence[Place], level: str, context: Context) -> Unit | None:
    for place in within:
        own = next((unit for unit in context.chain if unit.kind == place.kind), None)
        if own is not None:
            return own
    above = [unit for unit in context.chain if LEVELS.index(unit.level) < LEVELS.index(level)]
    return above[0] if above else None
