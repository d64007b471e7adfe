"""Posts: 'CT, các PCT UBND tỉnh', 'LĐVP', 'Giám đốc các sở'."""

from __future__ import annotations

from collections.abc import Iterable

from services.router.directory.model import Office, Position
from services.router.directory.offices import post_of
from services.router.reading.syntax import Clause, Post
from services.router.resolving.context import Context
from services.router.resolving.found import AMBIGUOUS, NO_CONTEXT, NO_SUCH_POST, UNKNOWN_NAME, Found, hits, miss, union
from services.router.resolving.units import LEVELS, shapes_at, units_of

FEW = 3
"""Misses of one post that are told one by one."""


def posts_of_found(post: Post, found: Found, context: Context) -> Found:
    """The post of each office found. A 'Giám đốc' or 'Thủ trưởng' of a named office is the office itself."""
    offices = [hit.office for hit in found.found]
    rules = {hit.rule for hit in found.found}
    of_many = post.position.slug == "lanh-dao" and len(offices) > 1
    if of_many or (post.position.reach == "office" and rules != {"office:own"}):
        return hits(offices, f"head of {', '.join(sorted(rules))}")
    return posts_of(post, offices, context)


def posts_of(post: Post, offices: Iterable[Office], context: Context) -> Found:
    """The post of each office; a miss where an office has none such, one miss where many have none."""
    found = union(_post(post, office, context) for office in offices)
    return found if len(found.missed) <= FEW else Found(found.found) + miss(post.text, NO_SUCH_POST)


def _post(post: Post, office: Office, context: Context) -> Found:
    holder = _holder(post.position, office, context)
    if holder is not None and not _has(post.position, holder):
        holder = _committee_with(post.position, office, context)
    if holder is None:
        return miss(f"{post.text} {office.name}", NO_SUCH_POST)
    return hits([post_of(post.position, holder)], "position")


def _committee_with(position: Position, office: Office, context: Context) -> Office | None:
    """'Bí thư, Chủ tịch UBND thành phố': the secretary is the Party committee's of the same unit."""
    if office.unit is None or office.family != "ubnd":
        return None
    committee = context.directory.body("cap-uy", office.unit, context.as_of)
    return committee if committee is not None and _has(position, committee) else None


def _has(position: Position, office: Office) -> bool:
    return not position.families or office.family in position.families or bool(office.tags & position.families)


def _holder(position: Position, office: Office, context: Context) -> Office | None:
    """Who has the post: Chánh Văn phòng of a UBND is the head of its văn phòng."""
    if position.through is None:
        return office
    if position.through == "van-phong":
        return context.directory.secretariat(office, context.as_of)
    members = context.directory.members(office, context.as_of)
    return next((unit for unit in members if unit.family == position.through), office)


def own_post(post: Post, clause: Clause, context: Context) -> Found:
    """A post without an office: of the issuer, else of the body beside or over it that has such a post."""
    issuer = context.issuer
    if issuer is None:
        return miss(post.text, NO_CONTEXT)
    if clause.places:
        return _post_at(post, clause, context)
    if _has(post.position, issuer):
        return posts_of(post, [issuer], context)
    above = [office for office in _beside(issuer, context) if _has(post.position, office)]
    return (
        posts_of(post, above, context) if len(above) == 1 else miss(post.text, NO_SUCH_POST if not above else AMBIGUOUS)
    )


def _post_at(post: Post, clause: Clause, context: Context) -> Found:
    """'Chánh Văn phòng HĐND và UBND huyện': of the committee at that place that has such a post."""
    units, failures = units_of(clause, shapes_at(LEVELS), context)
    families = ("ubnd",) if post.position.through else ("ubnd", "cap-uy")
    bodies = [context.directory.body(family, unit, context.as_of) for unit in units for family in families]
    holders = [body for body in bodies if body is not None and _has(post.position, body)]
    if failures or not holders or len(holders) > len(units):
        return miss(clause.text, UNKNOWN_NAME)
    return posts_of(post, holders, context)


def _beside(issuer: Office, context: Context) -> list[Office]:
    """The office that the issuer is a part of; the UBND and the Party committee of its unit."""
    parent = context.directory.find(issuer.parent) if issuer.parent else None
    bodies = [
        context.directory.body(family, issuer.unit, context.as_of) for family in ("ubnd", "cap-uy") if issuer.unit
    ]
    return [office for office in (parent, *bodies) if office is not None]
