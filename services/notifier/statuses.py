"""The words in which the ledger tells of a delivery; the sequence is added when the message leaves."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic_core import from_json, to_json

from contracts.deliveries import DeliveryStatus, EndpointKind, Status
from contracts.message import Written


class Change(NamedTuple):
    """A delivery came to a status: everything of a DeliveryStatus but its sequence.

    A named tuple, because two are made for every delivery.
    """

    delivery_id: str
    assignment_id: str
    notice_id: str
    revision: int
    recall_id: str | None
    reminder: str | None
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


def unsequenced(change: Change) -> bytes:
    """The change as it waits in the outbox, before it has a sequence."""
    return to_json(change._asdict())


def sequenced(body: bytes, sequence: int) -> Written:
    """The message, with its place in the order of all statuses of this ledger.

    It is not read back: two leave for every delivery, and a Change is typed.
    """
    told = from_json(body)
    event_id = f"{told['delivery_id']}.{sequence}"
    return Written(DeliveryStatus, told["assignment_id"], event_id, body[:-1] + b',"sequence":%d}' % sequence)
