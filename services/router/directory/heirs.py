"""Who stands in an office's place today: ministries were merged on 1/3/2025, provinces and communes on 1/7/2025.

Districts were abolished (Law on local government 72/2025/QH15): what they did went to provinces and communes, task by
task, so that a district's body has no heir.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from services.router.directory.model import Office, Template
from services.router.directory.offices import Directory

_STEPS = 6
"""Reorganisations that one office can have gone through."""


def heirs(office: Office, directory: Directory, on: date) -> tuple[Office, ...]:
    """The office itself where it exists on that day, else those that followed it; none where nobody is known to."""
    return tuple(heir for heir, _ in heirs_since(office, directory, on))


def heirs_since(office: Office, directory: Directory, on: date) -> tuple[tuple[Office, date | None], ...]:
    """The same, each with the first day on which it stood in the office's place; None for the office itself."""
    found = _heirs(office, directory, on, _STEPS, None)
    return tuple({heir.recipient_id: (heir, since) for heir, since in found}.values())


def ended(office: Office, directory: Directory) -> date | None:
    """The last day of an office, which is no later than its unit's and its parent's; None while it exists."""
    ends = [office.valid_to, office.unit.valid_to if office.unit else None]
    if office.parent and (parent := directory.find(office.parent)):
        ends.append(ended(parent, directory))
    return min((end for end in ends if end), default=None)


def _heirs(
    office: Office, directory: Directory, on: date, steps: int, since: date | None
) -> Iterator[tuple[Office, date | None]]:
    end = ended(office, directory)
    if end is None or on <= end:
        yield office, since
    elif steps:
        day = end + timedelta(days=1)
        for follower in _followers(office, directory, day):
            yield from _heirs(follower, directory, on, steps - 1, day)


def _followers(office: Office, directory: Directory, day: date) -> list[Office]:
    """Who took its place on a day: what its own record names, its unit's heir's body, or its parent's heir."""
    known = _known(office, directory, day)
    if known or office.parent is None:
        return known
    parent = directory.find(office.parent)
    return (
        [_same_part(office, parent, heir, directory, day) for heir in heirs(parent, directory, day)] if parent else []
    )


def _known(office: Office, directory: Directory, day: date) -> list[Office]:
    if office.unit is None:
        found = (directory.find(successor) for successor in office.successors)
        return [each for each in found if each is not None]
    template = _template(office, directory)
    if office.unit.holds(day):
        follower = directory.find(f"{office.unit.slug}.{template.successor}") if template else None
        return [follower] if follower else []
    units = [directory.units[code] for code in office.unit.successors]
    alike = [body for unit in units if (body := directory.body(office.family, unit, day))]
    merged = (directory.find(f"{unit.slug}.{template.successor}") for unit in units) if template else ()
    return alike or [body for body in merged if body is not None]


def _template(office: Office, directory: Directory) -> Template | None:
    slug, unit = office.recipient_id.partition(".")[2].partition(".")[2], office.unit
    fitting = (each for each in directory.templates if each.slug == slug and each.successor)
    return next((each for each in fitting if unit and each.level == unit.level and unit.kind in each.kinds), None)


def _same_part(office: Office, parent: Office, heir: Office, directory: Directory, day: date) -> Office:
    """The heir's own part of that kind, or post of that name; the heir itself where it has none."""
    if office.level in {"position", "collective"}:
        return Office(
            recipient_id=heir.recipient_id + office.recipient_id.removeprefix(parent.recipient_id),
            name=office.name.replace(parent.name, heir.name),
            level=office.level,
            family=office.family,
            unit=heir.unit,
            parent=heir.recipient_id,
            province=heir.province,
            heads=heir.recipient_id if office.heads else None,
        )
    return next((part for part in directory.members(heir, day) if part.family == office.family), heir)
