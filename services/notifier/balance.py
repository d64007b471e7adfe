"""The books: every assignment is in exactly one state, whatever became of its several deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.deliveries import AssignmentState


@dataclass(frozen=True)
class Balance:
    """Assignments by state. They balance where no assignment is without a state."""

    assignments: int
    states: Mapping[AssignmentState, int]

    @property
    def balanced(self) -> bool:
        """Whether every assignment is in one state."""
        return self.assignments == sum(self.states.values())
