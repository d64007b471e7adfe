"""The words in which the ledger tells of a delivery; the sequence is added when the message leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from contracts.deliveries import DeliveryStatus, EndpointKind, Status


@dataclass(frozen=True)
class Change:
    """A delivery came to a status: everything of a DeliveryStatus but its sequence."""

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


def unsequenced(change: Change) -> bytes:
    """The change as it waits in the outbox, before it has a sequence."""
    fields = dict(change.__dict__)
    fields["at"] = change.at.isoformat()
    fields["next_attempt_at"] = change.next_attempt_at.isoformat() if change.next_attempt_at else None
    return json.dumps(fields, ensure_ascii=False).encode()


def sequenced(body: bytes, sequence: int) -> DeliveryStatus:
    """The message, with its place in the order of all statuses of this ledger."""
    return DeliveryStatus.model_validate_json(body[:-1] + b', "sequence": %d}' % sequence)
