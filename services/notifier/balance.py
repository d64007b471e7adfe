"""The books: every assignment is in exactly one state, whatever became of its several deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contracts.deliveries import Status

AssignmentState = Literal["delivered", "in_flight", "held", "failed", "cancelled"]

STATE_OF: Final[Mapping[Status, AssignmentState]] = {
    "delivered": "delivered",
    "queued": "in_flight",
    "retrying": "in_flight",
    "held": "held",
    "failed": "failed",
    "cancelled": "cancelled",
}
PRECEDENCE: Final[tuple[AssignmentState, ...]] = ("delivered", "in_flight", "held", "failed", "cancelled")
"""An office with two endpoints has its copy once one of them took it, and is given up once all of them were."""


@dataclass(frozen=True)
class Balance:
    """Assignments by state. They balance where no assignment is without a state."""

    assignments: int
    states: Mapping[AssignmentState, int]

    @property
    def balanced(self) -> bool:
        """Whether every assignment is in one state."""
        return self.assignments == sum(self.states.values())


def assignment_state(statuses: Iterable[Status]) -> AssignmentState | None:
    """The state of an assignment with these deliveries; None where it has none, which must not be."""
    found = {STATE_OF[status] for status in statuses}
    return next((state for state in PRECEDENCE if state in found), None)
