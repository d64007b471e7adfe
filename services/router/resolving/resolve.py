"""Clauses to offices: posts × heads × places, in the issuer's context."""

from __future__ import annotations

from dataclasses import replace

from services.router.directory.model import Office
from services.router.reading.syntax import Clause, Head
from services.router.resolving.bodies import bodies, central_office
from services.router.resolving.context import Context
from services.router.resolving.found import NO_CONTEXT, UNSPECIFIED, Found, hits, miss, union
from services.router.resolving.groups import bodies_of_places, group_members
from services.router.resolving.inner_units import inner_units
from services.router.resolving.posts import own_post, posts_of, posts_of_found
from services.router.resolving.units import levels_of


def resolve(clause: Clause, context: Context) -> Found:
    """Everybody that the clause means, in reading order."""
    if clause.heads:
        return union(_head_with_posts(head, clause, context) for head in clause.heads)
    if clause.vague and not _is_named(clause):
        return miss(clause.text, UNSPECIFIED)
    if not clause.posts:
        return bodies_of_places(clause, context)
    if clause.list_owner is None:
        return union(own_post(post, clause, context) for post in clause.posts)
    owner = _list_owner(clause, context)
    return (
        miss(clause.text, NO_CONTEXT) if owner is None else union(posts_of(p, [owner], context) for p in clause.posts)
    )


def _head_with_posts(head: Head, clause: Clause, context: Context) -> Found:
    if clause.vague and _is_open(head, clause):
        return miss(clause.text, UNSPECIFIED)
    if head is not clause.heads[-1] and clause.places and not _shares_places(head, clause):
        if head.sense.group is not None and not head.is_inner:
            return miss(head.text, NO_CONTEXT)
        clause = replace(clause, places=(), within=())
    if _keeps_its_own_units(head, clause):
        head = replace(head, plural=True)
        clause = replace(clause, heads=(head,), places=(), within=())
    found = resolve_head(head, clause, context)
    if not clause.posts:
        return found
    return union([*(posts_of_found(post, found, context) for post in clause.posts), Found((), found.missed)])


def _keeps_its_own_units(head: Head, clause: Clause) -> bool:
    """'Các huyện ủy, Thành ủy Cà Mau': the city named last is no huyện, so that all of these are meant."""
    last = clause.heads[-1]
    kinds, of_last = ({kind for t in each.sense.templates for kind in t.kinds} for each in (head, last))
    if len(kinds) != 1 or kinds & of_last or not (clause.heads[0].plural and _is_named(clause)):
        return False
    is_of_last = all(any(unit.kind in of_last for unit in place.units) for place in clause.places)
    return bool(head.families & last.families) and is_of_last


def _shares_places(head: Head, clause: Clause) -> bool:
    """Whether a head before the last can stand at the places behind the last: 'sở, UBND các huyện' has no such sở."""
    group = head.sense.group
    levels = {template.level for template in head.sense.templates} | set(group.level.split() if group else ())
    return any(levels & levels_of(place) for place in clause.places)


def _is_open(head: Head, clause: Clause) -> bool:
    """Whether 'liên quan' leaves open who is meant: of a group, not of an office with a name."""
    group = head.sense.group
    if group is not None and not head.codes:
        return group.level != "below" or not _is_named(clause)
    return bool(clause.places) and not _is_named(clause)


def _is_named(clause: Clause) -> bool:
    """Whether the clause says which places: '(Hà Nội, Hải Phòng)'."""
    return bool(clause.places) and all(place.units for place in clause.places)


def resolve_head(head: Head, clause: Clause, context: Context) -> Found:
    """The offices of one head: inner units, a group, a body in units, or an office of the centre."""
    sense = head.sense
    if head.is_inner:
        return _inner(head, clause, context)
    if own := _one_of_its_own(head, clause, context):
        return own
    if sense.group is not None and not (sense.templates and clause.places) and (head.plural or not sense.offices):
        return group_members(head, sense.group, clause, context)
    if not sense.templates:
        return central_office(head, context)
    if clause.places or not sense.offices:
        return _own_part(head, clause, context) or bodies(head, clause, context)
    local = bodies(head, clause, context) if context.unit is not None else Found()
    return local if local.found else central_office(head, context)


def _inner(head: Head, clause: Clause, context: Context) -> Found:
    owner = _owner(head, clause, context)
    if owner is None:
        return miss(f"{head.text} {head.owner.text}" if head.owner else head.text, NO_CONTEXT)
    return inner_units(head, owner, context)


def _one_of_its_own(head: Head, clause: Clause, context: Context) -> Found | None:
    """'Ban Xây dựng Đảng', said by a phường that has one, is that one and not the boards of the province."""
    if head.sense.group is None or head.plural or clause.places or context.unit is None:
        return None
    own = list(context.directory.bodies(head.sense.templates, context.unit, context.as_of))
    return hits(own, "body:own") if len(own) == 1 else None


def _own_part(head: Head, clause: Clause, context: Context) -> Found | None:
    """'Thanh tra', said by a ministry, is its own inspectorate and no province's."""
    if context.issuer is None or not context.is_central or clause.places or head.plural:
        return None
    inner = inner_units(replace(head, codes=(head.text,)), context.issuer, context)
    return inner if inner.found else None


def _owner(head: Head, clause: Clause, context: Context) -> Office | None:
    """Whose inner units: of the office named behind them, of the list they stand in, or of the issuer."""
    if head.owner is not None:
        found = resolve_head(head.owner, Clause(head.text, places=clause.places, within=clause.within), context).found
        return found[0].office if len(found) == 1 else None
    return _list_owner(clause, context) if clause.list_owner is not None else context.issuer


def _list_owner(clause: Clause, context: Context) -> Office | None:
    found = resolve(clause.list_owner, context).found if clause.list_owner is not None else ()
    return found[0].office if len(found) == 1 else None
