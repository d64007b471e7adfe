"""An office that owes something and has not given it by its time."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field
from typing_extensions import override

from contracts.message import Message

Owed = Literal["word", "done"]


class AssignmentOverdue(Message):
    """An office has its copy and is late, although it was reminded. Topic assignments.overdue.v1."""

    assignment_id: str
    notice_id: str
    revision: int
    recipient_id: str
    issuer_id: str | None = Field(default=None, description="who is told of it; null: nobody is known")
    owes: Owed = Field(description="word: any receipt from 01 on; done: receipt 06 by the deadline of its tasks")
    owed_at: datetime = Field(description="by when it was owed")
    at: datetime = Field(description="when the office was counted as late")

    @property
    @override
    def key(self) -> str:
        return self.assignment_id

    @property
    @override
    def event_id(self) -> str:
        return f"{self.assignment_id}.{self.owes}.overdue"
