"""Clauses to offices: posts × heads × places."""

from __future__ import annotations

from collections.abc import Sequence

from services.router.directory.model import Office, Template, Unit
from services.router.directory.offices import collective_of, post_of
from services.router.reading.syntax import Clause, Head, Post
from services.router.resolving.context import Context
from services.router.resolving.found import (
    AMBIGUOUS,
    NO_CONTEXT,
    NO_SUCH_POST,
    NOT_IN_FORCE,
    OUTSIDE_DIRECTORY,
    UNKNOWN_NAME,
    UNSPECIFIED,
    Found,
    Hit,
    Miss,
    hits,
    miss,
    union,
)
from services.router.resolving.units import LEVELS, units_of

REASONS = {"no_such_level": UNKNOWN_NAME, "not_in_force": NOT_IN_FORCE, "ambiguous": AMBIGUOUS}


def resolve(clause: Clause, context: Context) -> Found:
    """Everybody that the clause means, in reading order."""
    if clause.vague:
        return miss(clause.text, UNSPECIFIED)
    if clause.list_owner is not None and not clause.places:
        owned = _owned(clause, context)
        if owned is not None:
            return owned
    if not clause.heads and clause.posts:
        return union(_own_post(post, clause, context) for post in clause.posts)
    if not clause.heads:
        return _bodies_of_places(clause, context)
    return union(_head_with_posts(head, clause, context) for head in clause.heads)


def _head_with_posts(head: Head, clause: Clause, context: Context) -> Found:
    found = resolve_head(head, clause, context)
    if not clause.posts:
        return found
    posts = [_post_of_hits(post, head, found, context) for post in clause.posts]
    return union([*posts, Found((), found.missed)])


# -- heads


def resolve_head(head: Head, clause: Clause, context: Context) -> Found:
    """The offices of one head: a body in units, an office of the centre, a group, inner units."""
    sense = head.sense
    if sense.group is not None and not (sense.templates and clause.places):
        if sense.group.level == "own":
            return _inner(head, clause, context)
        if not (sense.offices and not head.plural):
            return _group(head, clause, context)
    if sense.templates and (clause.places or not sense.offices):
        return _body(head, clause, context)
    if sense.templates and context.unit is not None and not context.is_central:
        local = _body(head, clause, context)
        if local.found:
            return local
    if sense.offices:
        return _central(head, context)
    return _inner(head, clause, context)


def _central(head: Head, context: Context) -> Found:
    alive = [office for office in head.sense.offices if office.holds(context.as_of)]
    if not alive:
        heirs = {heir for office in head.sense.offices for heir in office.successors}
        return miss(head.text, NOT_IN_FORCE, [context.directory.offices[heir] for heir in heirs])
    if len(alive) > 1:
        alive = by_topic(alive, context)
    return hits(alive, "office") if len(alive) == 1 else miss(head.text, AMBIGUOUS, head.sense.offices)


def by_topic(offices: Sequence[Office], context: Context) -> list[Office]:
    """Of several committees called the same, that whose topic the notice's subject names."""
    topics = context.directory.topics
    fit = [o for o in offices if any(_contains(context.subject, t) for t in topics.get(o.recipient_id.split(".")[-1], ()))]
    return fit if len(fit) == 1 else list(offices)


def _contains(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(words[at : at + len(part)] == part for at in range(len(words) - len(part) + 1))


def _body(head: Head, clause: Clause, context: Context) -> Found:
    """A body in the units named, in the units of its kind, or in the issuer's own."""
    templates = head.sense.templates
    if clause.places:
        units, reason = units_of(clause, frozenset(t.level for t in templates), context)
        if reason:
            bodies = [body for unit in units for body in _bodies(templates, unit, context, any_day=True)]
            return miss(clause.text or head.text, REASONS.get(reason, reason), bodies)
    elif _is_many(head, clause):
        units = _units_of_kinds(head, clause, context)
    else:
        return _own_body(head, context)
    found = [body for unit in units for body in _bodies(templates, unit, context)]
    if not found:
        return miss(clause.text or head.text, OUTSIDE_DIRECTORY)
    return hits(found, "body")


def _bodies(templates: Sequence[Template], unit: Unit, context: Context, any_day: bool = False) -> list[Office]:
    """The unit's body: by the very name, else by another name of the same family (Tỉnh ủy of a city)."""
    day = (unit.valid_from or context.as_of) if any_day else context.as_of
    exact = [t for t in templates if t.fits(unit, day)]
    if exact:
        made = [context.directory.make(template, unit) for template in exact]
        return by_topic(made, context)[:1] if len(made) > 1 else made
    families = {t.family for t in templates if t.level == unit.level}
    bodies = (context.directory.body(family, unit, day) for family in sorted(families))
    return [body for body in bodies if body is not None]


def _siblings(head: Head, clause: Clause) -> list[Head]:
    """Heads of the clause that name the same family: Huyện ủy, thành ủy."""
    families = {t.family for t in head.sense.templates}
    return [other for other in clause.heads if {t.family for t in other.sense.templates} & families]


def _is_many(head: Head, clause: Clause) -> bool:
    """'Các Huyện ủy'; 'Huyện ủy, thành ủy': bodies that name their own kind of unit."""
    siblings = _siblings(head, clause)
    return clause.whole_country or any(other.plural for other in siblings) or len({other.key for other in siblings}) > 1


def _units_of_kinds(head: Head, clause: Clause, context: Context) -> list[Unit]:
    siblings = _siblings(head, clause)
    shared = frozenset.intersection(*(frozenset(t.level for t in other.sense.templates) for other in siblings))
    level = _level_below(shared or frozenset(t.level for t in head.sense.templates), context)
    root = None if level == "province" else next((u for u in context.chain if LEVELS.index(u.level) < LEVELS.index(level)), None)
    units = context.directory.units_below(root, level, context.as_of)
    if len({other.key for other in siblings}) > 1:
        return units
    kinds = frozenset[str]().union(*(t.kinds for t in head.sense.templates if t.level == level))
    return [unit for unit in units if unit.kind in kinds]


def _level_below(levels: frozenset[str], context: Context) -> str:
    """Of the levels possible, the highest under the issuer's."""
    own = LEVELS.index(context.unit.level) if context.unit else -1
    below = [level for level in LEVELS if level in levels and LEVELS.index(level) > own]
    return below[0] if below else next(level for level in LEVELS if level in levels)


def _own_body(head: Head, context: Context) -> Found:
    for unit in context.chain:
        exact = [t for t in head.sense.templates if t.fits(unit, context.as_of)]
        if exact:
            made = [context.directory.make(template, unit) for template in exact]
            chosen = by_topic(made, context) if len(made) > 1 else made
            return hits(chosen, "body:own") if len(chosen) == 1 else miss(head.text, AMBIGUOUS, made)
    return miss(head.text, NO_CONTEXT if not context.chain else OUTSIDE_DIRECTORY)


# -- groups


def _group(head: Head, clause: Clause, context: Context) -> Found:
    group = head.sense.group
    assert group is not None
    rule = f"group:{group.slug}"
    if group.level == "none":
        return miss(clause.text or head.text, OUTSIDE_DIRECTORY)
    if group.level == "central":
        if not head.plural and len(head.key) == 1 and not _beside_groups(head, clause):
            return _own_office(head, context)
        return hits(context.directory.central(group.tags, context.as_of), rule)
    if group.level == "below":
        return _localities(head, clause, context)
    if not head.plural and len(head.key) == 1 and head.key[0] == "sở" and not _beside_groups(head, clause):
        return _own_office(head, context)
    return _group_in_units(head, clause, context, rule)


def _beside_groups(head: Head, clause: Clause) -> bool:
    return any(other.sense.group is not None and other is not head for other in clause.heads)


def _own_office(head: Head, context: Context) -> Found:
    """'Bộ', 'Sở' without a name: the issuer itself."""
    if context.issuer is not None and head.key[0] in context.directory.spelling.key(context.issuer.name)[:1]:
        return hits([context.issuer], "office:own")
    return miss(head.text, NO_CONTEXT)


def _group_in_units(head: Head, clause: Clause, context: Context, rule: str) -> Found:
    group = head.sense.group
    assert group is not None
    levels = frozenset(group.level.split())
    if clause.places:
        units, reason = units_of(clause, levels, context)
        if reason:
            return miss(clause.text or head.text, REASONS.get(reason, reason))
    else:
        units = [unit for unit in context.chain if unit.level in levels][:1]
    members = [office for unit in units for office in context.directory.tagged(group.tags, unit, context.as_of)]
    if members:
        return hits(members, rule)
    return miss(clause.text or head.text, OUTSIDE_DIRECTORY if units else NO_CONTEXT)


def _localities(head: Head, clause: Clause, context: Context) -> Found:
    """'Các địa phương': UBND one level under the issuer; named places: their UBND."""
    if clause.places and any(place.units for place in clause.places):
        return _bodies_of_places(clause, context)
    if context.issuer is None and context.unit is None:
        return miss(head.text, NO_CONTEXT)
    for level in LEVELS[LEVELS.index(context.unit.level) + 1 if context.unit else 0 :]:
        units = context.directory.units_below(context.unit, level, context.as_of)
        if units:
            bodies = (context.directory.body("ubnd", unit, context.as_of) for unit in units)
            return hits([body for body in bodies if body], "group:localities")
    return miss(head.text, OUTSIDE_DIRECTORY)


def _bodies_of_places(clause: Clause, context: Context) -> Found:
    """Places alone ('các huyện, thành phố'; 'tỉnh Bắc Giang') mean their UBND."""
    units, reason = units_of(clause, frozenset(LEVELS), context)
    if reason:
        return miss(clause.text, REASONS.get(reason, reason))
    bodies = (context.directory.body("ubnd", unit, context.as_of) for unit in units)
    return hits([body for body in bodies if body], "group:localities")


# -- inner units


def _owned(clause: Clause, context: Context) -> Found | None:
    """Posts and inner units in a list behind an office and a colon; None if the clause is of somebody else."""
    inner = [h for h in clause.heads if h.codes or (h.sense.group is not None and h.sense.group.level == "own")]
    if clause.heads and len(inner) != len(clause.heads):
        return None
    owners = [hit.office for hit in resolve(clause.list_owner, context).found] if clause.list_owner else []
    if len(owners) != 1:
        return miss(clause.text, NO_CONTEXT)
    if not clause.heads:
        return union(_posts(post, owners, context, explicit=False) for post in clause.posts)
    return union(_members(head, owners[0], context) for head in inner)


def _inner(head: Head, clause: Clause, context: Context) -> Found:
    """Inner units of the office named behind them, else of the issuer."""
    owner = _owner_of(head, clause, context)
    if owner is None:
        return miss(clause.text or head.text, NO_CONTEXT)
    return _members(head, owner, context)


def _owner_of(head: Head, clause: Clause, context: Context) -> Office | None:
    if head.owner is None:
        return context.issuer
    named = Head(head.key, head.owner, False, head.text)
    found = resolve_head(named, Clause(head.text, places=clause.places), context).found
    return found[0].office if len(found) == 1 else None


def _members(head: Head, owner: Office, context: Context) -> Found:
    directory, group = context.directory, head.sense.group
    members = directory.members(owner, context.as_of)
    if not members and (secretariat := directory.secretariat(owner, context.as_of)) is not None:
        members = directory.members(secretariat, context.as_of)
    if head.codes:
        return union(_by_code(code, head, members, context) for code in head.codes)
    if group is None:
        return miss(head.text, UNKNOWN_NAME)
    tagged = [unit for unit in members if unit.tags & group.tags]
    if group.tags & {"van-phong", "thanh-tra", "cong-ttdt"}:
        tagged = [unit for unit in members if unit.family in group.tags]
        return hits(tagged, "member") if len(tagged) == 1 else miss(head.text, OUTSIDE_DIRECTORY)
    if tagged and ("units-known" in owner.tags or owner.unit is not None):
        return hits(tagged, f"group:{group.slug}")
    if not head.plural and group.slug not in ("inner-units", "inner-departments", "inner-staff"):
        return miss(head.text, UNKNOWN_NAME)
    return hits([collective_of(group.slug, group.title, owner)], f"collective:{group.slug}")


def _by_code(code: str, head: Head, members: Sequence[Office], context: Context) -> Found:
    """An inner unit by its code or name, with or without the word 'phòng', 'vụ' before it."""
    key = context.directory.spelling.key(code)
    named = [unit for unit in members if key in {context.directory.spelling.key(name) for name in (unit.name, *unit.aliases)}]
    if not named:
        full = head.key + key
        named = [u for u in members if full in {context.directory.spelling.key(name) for name in (u.name, *u.aliases)}]
    if len(named) == 1:
        return hits(named, "member")
    part = code if not head.key or code == head.text else f"{head.text} {code}"
    return miss(part, AMBIGUOUS if named else OUTSIDE_DIRECTORY, named)


# -- posts


def _post_of_hits(post: Post, head: Head, found: Found, context: Context) -> Found:
    offices = [hit.office for hit in found.found]
    rule = next((hit.rule for hit in found.found), "")
    if post.position.reach == "office" or (post.position.slug == "lanh-dao" and len(offices) > 1):
        return hits(offices, f"head of {rule}")
    return _posts(post, offices, context, explicit=True)


def _posts(post: Post, offices: Sequence[Office], context: Context, explicit: bool) -> Found:
    position = post.position
    made: list[Hit] = []
    missed: list[Miss] = []
    for office in offices:
        holder = _holder(position.through, office, context)
        if holder is None or (position.families and not _has_post(position.families, holder)):
            missed.append(Miss(f"{post.text} {office.name}", NO_SUCH_POST))
        else:
            made.append(Hit(post_of(position, holder), "position"))
    return Found(tuple(made), tuple(missed))


def _has_post(families: frozenset[str], office: Office) -> bool:
    return office.family in families or bool(office.tags & families)


def _holder(through: str | None, office: Office, context: Context) -> Office | None:
    if through is None:
        return office
    if through == "van-phong":
        return context.directory.secretariat(office, context.as_of)
    return next((unit for unit in context.directory.members(office, context.as_of) if unit.family == through), office)


def _own_post(post: Post, clause: Clause, context: Context) -> Found:
    """A post without an office: of the issuer, else of the body of its unit that has such a post."""
    position, issuer = post.position, context.issuer
    if issuer is None:
        return miss(post.text, NO_CONTEXT)
    if clause.places:
        return miss(clause.text, UNKNOWN_NAME)
    if not position.families or _has_post(position.families, issuer):
        return _posts(post, [issuer], context, explicit=False)
    if issuer.unit is None:
        parent = context.directory.offices.get(issuer.parent or "")
        fits = parent is not None and _has_post(position.families, parent)
        return _posts(post, [parent], context, explicit=False) if parent and fits else miss(post.text, NO_SUCH_POST)
    bodies = [context.directory.body(family, issuer.unit, context.as_of) for family in sorted(position.families)]
    known = [body for body in bodies if body is not None and body.family in ("ubnd", "cap-uy")]
    if len(known) == 1:
        return _posts(post, known, context, explicit=False)
    return miss(post.text, AMBIGUOUS if known else NO_SUCH_POST, known)

