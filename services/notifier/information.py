"""Copies for information only: which they are, and so which of them a mailbox may do without."""

from __future__ import annotations

from typing import Final

from contracts.assignments import AssignmentRouted
from services.notifier.schedule import OVERTAKE

UNSUBSCRIBED: Final = "unsubscribed"
"""The reason with which such a copy is cancelled where its endpoint takes none."""


def can_be_left_out(assignment: AssignmentRouted) -> bool:
    """Whether the office is only to know of the notice, at no haste. One with a task is never left out."""
    return assignment.role == "biết" and not assignment.tasks and assignment.urgency not in OVERTAKE
