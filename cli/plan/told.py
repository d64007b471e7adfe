"""A plan as `noinhan plan --json` tells it: one object a notice. The same shape is read back by --expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from contracts.assignments import AssignmentRouted, Reason, Recipient, Role
from contracts.message import Part
from contracts.notices import NoticeParsed, Task, Unresolved
from services.router.expand import Routing

Reached = Callable[[str], bool]
"""Whether an endpoint reaches the office with this recipient_id."""


class OfficeTold(Recipient):
    """An office, why it gets the notice, and what it has to do.

    has_endpoint: whether an active endpoint takes its copy; None: the notifier was not asked.
    """

    because: tuple[Reason, ...]
    role: Role
    tasks: tuple[Task, ...]
    has_endpoint: bool | None = None

    @property
    def deadline(self) -> date | None:
        """The earliest of its tasks."""
        return min((task.deadline for task in self.tasks if task.deadline), default=None)


class PlanTold(Part):
    """To whom one notice would go. source: name of the file it was read in."""

    source: str
    number: str | None
    notice_id: str
    issuer: str | None = None
    issued_on: date | None = None
    directory_version: str
    recipients: tuple[OfficeTold, ...]
    unresolved: tuple[Unresolved, ...]

    @property
    def without_endpoint(self) -> list[OfficeTold]:
        """The offices that no endpoint reaches; none where the notifier was not asked."""
        return [each for each in self.recipients if each.has_endpoint is False]

    def as_json(self) -> dict[str, Any]:
        """What is printed. `has_endpoint` is there only where it is known."""
        told = self.model_dump(mode="json")
        for office in told["recipients"]:
            if office["has_endpoint"] is None:
                del office["has_endpoint"]
        return told


def told(source: str, notice: NoticeParsed, routing: Routing, reached: Reached | None = None) -> PlanTold:
    """What the router made of a notice, as a plan."""
    return PlanTold(
        source=source,
        number=notice.number,
        notice_id=notice.notice_id,
        issuer=notice.issuer or notice.inferred.get("issuer"),
        issued_on=notice.issued_on,
        directory_version=routing.routed.directory_version,
        recipients=offices_told(routing.assignments, reached),
        unresolved=routing.routed.unresolved,
    )


def offices_told(assignments: Iterable[AssignmentRouted], reached: Reached | None = None) -> tuple[OfficeTold, ...]:
    """The offices of these assignments."""
    return tuple(
        OfficeTold(
            **dict(each.recipient),
            because=each.because,
            role=each.role,
            tasks=each.tasks,
            has_endpoint=reached(each.recipient.recipient_id) if reached else None,
        )
        for each in assignments
    )
