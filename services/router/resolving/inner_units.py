"""Parts of an office: 'phòng KGVX, TH', 'các Vụ, Cục', 'Văn phòng Bộ'."""

from __future__ import annotations

from collections.abc import Sequence

from services.router.directory.fold import Key
from services.router.directory.model import Group, Office
from services.router.directory.offices import SECRETARIATS, collective_of
from services.router.reading.syntax import Head
from services.router.resolving.context import Context
from services.router.resolving.found import AMBIGUOUS, OUTSIDE_DIRECTORY, UNKNOWN_NAME, Found, hits, miss, union

SECRETARIAT = frozenset({"van-phong"})
"""Tag of the group that is the office's own văn phòng."""
SINGLE = frozenset({"thanh-tra", "cong-ttdt"})
"""Tags of groups that are one unit of an office."""
TOGETHER = frozenset({"inner-units", "inner-departments", "inner-staff"})
"""Groups that mean many even without 'các'."""


def inner_units(head: Head, owner: Office, context: Context) -> Found:
    """Units named by code; else all of the kind; where the directory lacks the list, one collective recipient."""
    members = _members(owner, context)
    if head.codes:
        return union(_by_code(code, head, members, context) for code in head.codes)
    group = head.sense.group
    return miss(head.text, UNKNOWN_NAME) if group is None else _of_kind(head, group, members, owner, context)


def _members(owner: Office, context: Context) -> list[Office]:
    """Units of the office, or of the office that serves it: a UBND's divisions are those of its văn phòng."""
    members = context.directory.members(owner, context.as_of)
    secretariat = context.directory.secretariat(owner, context.as_of)
    if members or secretariat is None:
        return members
    return context.directory.members(secretariat, context.as_of)


def _of_kind(head: Head, group: Group, members: Sequence[Office], owner: Office, context: Context) -> Found:
    if group.tags & SECRETARIAT:
        secretariat = context.directory.secretariat(owner, context.as_of)
        return miss(head.text, OUTSIDE_DIRECTORY) if secretariat is None else hits([secretariat], "member")
    if group.tags & SINGLE:
        one = [unit for unit in members if unit.family in group.tags]
        return hits(one, "member") if len(one) == 1 else miss(head.text, OUTSIDE_DIRECTORY)
    of_kind = [unit for unit in members if unit.tags & group.tags]
    if of_kind and ("units-known" in owner.tags or owner.unit is not None):
        return hits(of_kind, f"group:{group.slug}")
    if owner.family in SECRETARIATS or (not head.plural and group.slug not in TOGETHER):
        return miss(head.text, UNKNOWN_NAME)
    return hits([collective_of(group.slug, group.title, owner)], f"collective:{group.slug}")


def _by_code(code: str, head: Head, members: Sequence[Office], context: Context) -> Found:
    """A unit by its code or name, with or without the word 'phòng', 'vụ' before it."""
    key = context.directory.spelling.key(code)
    named = _named(key, members, context) or _named(head.key + key, members, context)
    if len(named) == 1:
        return hits(named, "member")
    part = code if code == head.text else f"{head.text} {code}"
    return miss(part, AMBIGUOUS if named else OUTSIDE_DIRECTORY, named)


def _named(key: Key, members: Sequence[Office], context: Context) -> list[Office]:
    read = context.directory.spelling.key
    return [unit for unit in members if any(read(name) == key for name in (unit.name, *unit.aliases))]
