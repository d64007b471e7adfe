"""From the offices that a notice means to those that stand in their place when it is delivered, with both named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from contracts.assignments import Reason, Role
from contracts.notices import Task, Unresolved
from services.router.directory.heirs import heirs_since
from services.router.directory.model import Office
from services.router.directory.offices import Directory, names_of
from services.router.resolving.found import NO_SUCCESSOR


@dataclass
class Gathered:
    """An office and every reason found for it, in the order of the lines, and its own tasks."""

    office: Office
    reasons: list[Reason] = field(default_factory=list)
    roles: set[Role] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)

    def take(self, other: Gathered, reasons: Iterable[Reason]) -> None:
        """Add what another office was to get."""
        self.reasons += (reason for reason in reasons if reason not in self.reasons)
        self.roles |= other.roles
        self.tasks |= other.tasks


def carry(
    meant: Mapping[str, Gathered], directory: Directory, on: date
) -> tuple[dict[str, Gathered], list[Unresolved]]:
    """Everybody who must get it on a day, by recipient_id; and, a line, the offices that nobody is known to follow.

    Two offices that became one get one copy, with the reasons and the tasks of both.
    """
    carried: dict[str, Gathered] = {}
    lost: dict[str, list[Office]] = {}
    for item in meant.values():
        found = heirs_since(item.office, directory, on)
        for heir, since in found:
            reasons = [_said(each, item.office, since) for each in item.reasons] if since else item.reasons
            carried.setdefault(heir.recipient_id, Gathered(heir)).take(item, reasons)
        for reason in item.reasons if not found else ():
            lost.setdefault(reason.line, []).append(item.office)
    return carried, [_unresolved(line, offices) for line, offices in lost.items()]


def _said(reason: Reason, office: Office, since: date) -> Reason:
    """The reason, with the office that the line means and the day since which another stands in its place."""
    return reason.model_copy(update={"meant": office.name, "meant_id": office.recipient_id, "succeeded_on": since})


def _unresolved(line: str, offices: list[Office]) -> Unresolved:
    part = offices[0].name if len(offices) == 1 else f"{len(offices)} offices that no longer exist"
    return Unresolved(
        line=line, part=part, reason=NO_SUCCESSOR, candidates=names_of(offices) if len(offices) > 1 else ()
    )
