"""How far a delivery is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal

from pydantic import Field
from typing_extensions import override

from contracts.message import Message

Status = Literal["queued", "held", "retrying", "delivered", "failed", "cancelled"]
EndpointKind = Literal["webhook", "email"]

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


def assignment_state(statuses: Iterable[Status]) -> AssignmentState | None:
    """The state of an assignment whose deliveries are in these statuses; None where it has no delivery.

    Deliveries with a `recall_id` or a `reminder` do not count: they carry word about the assignment, not itself.
    """
    found = {STATE_OF[status] for status in statuses}
    return next((state for state in PRECEDENCE if state in found), None)


class DeliveryStatus(Message):
    """A delivery came to a new status. Topic deliveries.status.v1."""

    delivery_id: str
    assignment_id: str
    notice_id: str
    revision: int
    recall_id: str | None = Field(
        default=None, description="the recall that this delivery tells the office of; null: the assignment itself"
    )
    reminder: str | None = Field(
        default=None,
        description="the reminder that this delivery carries: no_word, or T-3, T-1, T before a deadline; null: none",
    )
    recipient_id: str
    recipient_name: str
    endpoint_id: str | None = Field(description="None while the office has no endpoint")
    endpoint_kind: EndpointKind | None
    status: Status
    reason: str = Field(description="named reason: accepted, no_endpoint, paused, http_503, smtp_451, timeout, …")
    detail: str | None = Field(default=None, description="what the other side said, short, no secrets")
    attempt: int = Field(ge=0, description="attempts made so far")
    next_attempt_at: datetime | None = None
    at: datetime
    sequence: int = Field(description="grows with every status of one ledger: the larger is the later")

    @property
    @override
    def key(self) -> str:
        return self.assignment_id

    @property
    @override
    def event_id(self) -> str:
        return f"{self.delivery_id}.{self.sequence}"
