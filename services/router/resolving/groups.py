"""Groups: 'Các bộ, ngành', 'các sở, ban, ngành tỉnh', 'các địa phương'. Membership is data/groups.csv."""

from __future__ import annotations

from services.router.directory.model import Group, Unit
from services.router.reading.syntax import Clause, Head
from services.router.resolving.bodies import fail
from services.router.resolving.context import Context
from services.router.resolving.found import NO_CONTEXT, OUTSIDE_DIRECTORY, UNSPECIFIED, Found, hits, miss
from services.router.resolving.units import LEVELS, root_above, shapes_at, units_of, units_under

EACH = "each-"
"""Prefix of a group's level: the bodies of every such unit under the issuer ('các huyện, thành ủy')."""
LISTED = "listed"
"""Level of the group 'các cơ quan, đơn vị': those on the list, so it adds nobody to it; a task goes to all of them."""

NOBODY = {LISTED: UNSPECIFIED, "none": OUTSIDE_DIRECTORY}
"""Levels of groups that give no recipient of their own, and the reason told."""


def group_members(head: Head, group: Group, clause: Clause, context: Context) -> Found:
    """Everybody in the group on the day, under the issuer or in the places named."""
    if group.level in NOBODY:
        return miss(clause.text or head.text, NOBODY[group.level])
    if _is_one(head, clause):
        return own_office(head, context)
    if group.level == "central":
        return hits(context.directory.central(group.tags, context.as_of), f"group:{group.slug}")
    if group.level.startswith(EACH):
        level = group.level.removeprefix(EACH)
        root = root_above(level, context) if level != LEVELS[0] else None
        return _of_each(head, group, context.directory.units_below(root, level, context.as_of), context)
    if group.level == "below":
        return _localities(head, clause, context)
    return _in_units(head, group, clause, context)


def _named_members(group: Group, context: Context) -> Found:
    """The members that an operator named, as far as they exist on the day."""
    offices = (context.directory.find(member) for member in group.members)
    return hits([each for each in offices if each and each.holds(context.as_of)], f"group:{group.slug}")


def _is_one(head: Head, clause: Clause) -> bool:
    """'Bộ', 'Sở' in the singular, with no other group beside: the issuer itself."""
    beside = any(other.sense.group is not None and other is not head for other in clause.heads)
    return head.key in (("bộ",), ("sở",)) and not head.plural and not beside and not clause.places


def own_office(head: Head, context: Context) -> Found:
    """'Bộ', 'Sở': the issuer, or the office that the issuer is a part of."""
    issuer = context.issuer
    while issuer is not None:
        if context.directory.spelling.key(issuer.name)[:1] == head.key[:1]:
            return hits([issuer], "office:own")
        issuer = context.directory.find(issuer.parent) if issuer.parent else None
    return miss(head.text, NO_CONTEXT)


def _in_units(head: Head, group: Group, clause: Clause, context: Context) -> Found:
    if group.members:
        return _named_members(group, context)
    levels = group.level.split()
    failed = Found()
    if context.is_central and not clause.places:
        members = list(context.directory.central(group.tags, context.as_of))
        return hits(members, f"group:{group.slug}") if members else miss(clause.text or head.text, NO_CONTEXT)
    if clause.places:
        units, failures = units_of(clause, shapes_at(levels), context)
        failed = sum((fail(failure, head, clause, context) for failure in failures), failed)
    else:
        units = _own_unit(levels, context)
    members = [office for unit in units for office in context.directory.tagged(group.tags, unit, context.as_of)]
    if members or failed.missed:
        return hits(members, f"group:{group.slug}") + failed
    return miss(clause.text or head.text, OUTSIDE_DIRECTORY if units else NO_CONTEXT)


def _of_each(head: Head, group: Group, units: list[Unit], context: Context) -> Found:
    members = [office for unit in units for office in context.directory.tagged(group.tags, unit, context.as_of)]
    return hits(members, f"group:{group.slug}") if members else miss(head.text, OUTSIDE_DIRECTORY)


def _own_unit(levels: list[str], context: Context) -> list[Unit]:
    return [unit for unit in context.chain if unit.level in levels][:1]


def _localities(head: Head, clause: Clause, context: Context) -> Found:
    """'Các địa phương': UBND one level under the issuer; named places: their UBND."""
    if any(place.units for place in clause.places):
        return bodies_of_places(clause, context)
    if context.issuer is None and context.unit is None:
        return miss(head.text, NO_CONTEXT)
    units = units_under(context)
    return _committees(units, context) if units else miss(head.text, OUTSIDE_DIRECTORY)


def bodies_of_places(clause: Clause, context: Context) -> Found:
    """Places alone ('các huyện, thành phố'; 'tỉnh Bắc Giang') mean their UBND."""
    units, failures = units_of(clause, shapes_at(LEVELS), context)
    return sum((fail(failure, None, clause, context) for failure in failures), _committees(units, context))


def _committees(units: list[Unit], context: Context) -> Found:
    bodies = (context.directory.body("ubnd", unit, context.as_of) for unit in units)
    return hits([body for body in bodies if body is not None], "group:localities")
