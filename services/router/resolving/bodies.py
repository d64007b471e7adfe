"""Bodies of units: 'UBND các huyện', 'Sở Y tế', 'Huyện ủy, thành ủy'; and offices of the centre."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.router.directory.fold import Key
from services.router.directory.model import Office, Template, Unit
from services.router.reading.syntax import Clause, Head
from services.router.resolving.context import Context
from services.router.resolving.found import (
    AMBIGUOUS,
    NO_CONTEXT,
    NOT_IN_FORCE,
    OUTSIDE_DIRECTORY,
    Found,
    hits,
    miss,
)
from services.router.resolving.units import LEVELS, Failure, root_above, shapes_of, units_of


def central_office(head: Head, context: Context) -> Found:
    """The office of the centre so called on the day."""
    alive = [office for office in head.sense.offices if office.holds(context.as_of)]
    if not alive:
        heirs = {heir for office in head.sense.offices for heir in office.successors}
        return miss(head.text, NOT_IN_FORCE, [context.directory.offices[heir] for heir in heirs])
    chosen = by_topic(alive, context)
    return hits(chosen, "office") if len(chosen) == 1 else miss(head.text, AMBIGUOUS, chosen)


def by_topic(offices: Sequence[Office], context: Context) -> Sequence[Office]:
    """Of several committees called the same, that whose topic the notice's subject names; all, if none is clear."""
    if len(offices) == 1:
        return offices
    topics = context.directory.topics
    fit = [
        o for o in offices if any(_within(context.subject, t) for t in topics.get(o.recipient_id.split(".")[-1], ()))
    ]
    return fit if len(fit) == 1 else offices


def _within(words: Key, part: Key) -> bool:
    return any(words[at : at + len(part)] == part for at in range(len(words) - len(part) + 1))


def bodies(head: Head, clause: Clause, context: Context) -> Found:
    """A body in the units named, in the units of its kind, or in the issuer's own."""
    if clause.places:
        units, failures = units_of(clause, shapes_of(head.sense.templates), context)
        found = in_units(head, units, context)
        failed = [fail(failure, head, clause, context) for failure in failures]
        return sum(failed, found if units else Found())
    if _means_many(head, clause, context):
        return in_units(head, _units_of_kinds(head, clause, context), context)
    return _own(head, context)


def in_units(head: Head, units: Iterable[Unit], context: Context) -> Found:
    """The body of each of the units."""
    made = [body for unit in units for body in _body(head.sense.templates, unit, context)]
    return hits(made, "body") if made else miss(head.text, OUTSIDE_DIRECTORY)


def fail(failure: Failure, head: Head | None, clause: Clause, context: Context) -> Found:
    """Say which place failed for which head, with the bodies that may have been meant."""
    templates = head.sense.templates if head else ()
    meant = [body for unit in failure.candidates for body in _body(templates, unit, context, unit.valid_from)]
    if len(clause.places) > 1 and any(place.units for place in clause.places):
        return miss(failure.text, failure.reason, meant)
    part = f"{head.text} {failure.text}" if head and len(clause.heads) > 1 else clause.text
    return miss(part, failure.reason, meant)


def _body(templates: Sequence[Template], unit: Unit, context: Context, day: object = None) -> list[Office]:
    """The unit's body: by the very name, else by another name of the same family (Tỉnh ủy of a city)."""
    on = max(unit.valid_from, context.as_of) if unit.valid_from and day else context.as_of
    exact = list(context.directory.bodies(templates, unit, on))
    if exact:
        chosen = by_topic(exact, context)
        return list(chosen) if len(chosen) == 1 else []
    families = sorted({t.family for t in templates if t.level == unit.level})
    return [body for family in families if (body := context.directory.body(family, unit, on)) is not None]


def _siblings(head: Head, clause: Clause) -> list[Head]:
    """Heads of the clause that name the same family: Huyện ủy, thành ủy."""
    return [other for other in clause.heads if other.families & head.families]


def _names_its_kind(head: Head) -> bool:
    """Tỉnh ủy, Huyện ủy: the name itself says in which kind of unit."""
    return all(len(template.kinds) == 1 for template in head.sense.templates)


def _means_many(head: Head, clause: Clause, context: Context) -> bool:
    """'Các Huyện ủy'; 'Huyện ủy, thành ủy'; 'các Công an huyện': not the issuer's own."""
    if clause.whole_country or clause.run:
        return True
    siblings = _siblings(head, clause)
    plural = any(other.plural for other in siblings)
    if _names_its_kind(head):
        return plural or len({other.key for other in siblings}) > 1
    own = LEVELS.index(context.unit.level) if context.unit else -1
    return plural and all(LEVELS.index(template.level) > own for template in head.sense.templates)


def _units_of_kinds(head: Head, clause: Clause, context: Context) -> list[Unit]:
    """Two names of one family mean every unit of their level; one name means the units of its kind."""
    siblings = _siblings(head, clause)
    shared = frozenset.intersection(*(frozenset(t.level for t in other.sense.templates) for other in siblings))
    level = _level_below(shared or frozenset(t.level for t in head.sense.templates), clause, context)
    root = None if clause.whole_country or clause.run else root_above(level, context)
    units = context.directory.units_below(root, level, context.as_of)
    if len({other.key for other in siblings}) > 1 or clause.run:
        return units
    kinds = {kind for t in head.sense.templates if t.level == level for kind in t.kinds}
    return [unit for unit in units if unit.kind in kinds]


def _level_below(levels: frozenset[str], clause: Clause, context: Context) -> str:
    """Of the levels possible, the highest under the issuer's; with 'trực thuộc TW' the provinces'."""
    own = LEVELS.index(context.unit.level) if context.unit and not clause.run else -1
    ordered = [level for level in LEVELS if level in levels]
    return next((level for level in ordered if LEVELS.index(level) > own), ordered[0])


def _own(head: Head, context: Context) -> Found:
    for unit in context.chain:
        made = list(context.directory.bodies(head.sense.templates, unit, context.as_of))
        if made:
            chosen = by_topic(made, context)
            return hits(chosen, "body:own") if len(chosen) == 1 else miss(head.text, AMBIGUOUS, chosen)
    return miss(head.text, NO_CONTEXT if not context.chain else OUTSIDE_DIRECTORY)
