"""The words in which the ledger tells of a delivery; the sequence is added when the message leaves."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from contracts.deliveries import DeliveryStatus, EndpointKind, Status


class Change(NamedTuple):
    """A delivery came to a status: everything of a DeliveryStatus but its sequence.

    A named tuple, because two are made for every delivery.
    """

    delivery_id: str
    assignment_id: str
    notice_id: str
    revision: int
    recipient_id: str
    recipient_name: str
    endpoint_id: str | None
    endpoint_kind: EndpointKind | None
    status: Status
    reason: str
    detail: str | None
    attempt: int
    next_attempt_at: datetime | None
    at: datetime
    recall_id: str | None


def unsequenced(change: Change) -> bytes:
    """The change as it waits in the outbox, before it has a sequence."""
    return to_json(change._asdict())


def sequenced(body: bytes, sequence: int) -> DeliveryStatus:
    """The message, with its place in the order of all statuses of this ledger."""
    return DeliveryStatus.model_validate_json(body[:-1] + b',"sequence":%d}' % sequence)
