"""The bytes that an office gets: made once, stored, and sent again unchanged by every retry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from contracts.assignments import AssignmentRouted
from contracts.identity import recall_message_id
from contracts.notices import NoticeRecalled
from services.notifier.endpoint_options import EventType
from services.notifier.endpoints import Endpoint

ASSIGNMENT_TYPE: Final[EventType] = "assignments.routed.v1"
RECALL_TYPE: Final[EventType] = "notices.recalled.v1"
TEST_TYPE: Final = "endpoint.test"
ORDINARY: Final = 3
"""The rank of what is not urgent (see `schedule.URGENCY_RANKS`)."""


class Parcel(NamedTuple):
    """One delivery as a channel carries it. `delivery_id` is the webhook-id and the Message-ID of every try."""

    delivery_id: str
    endpoint: Endpoint
    body: bytes
    traceparent: str | None
    rank: int = ORDINARY


@dataclass(frozen=True)
class Contents:
    """An assignment read back from a parcel, with the link that answers it, and its recall if that is what it tells."""

    assignment: AssignmentRouted
    acknowledge_url: str
    recall: NoticeRecalled | None = None

    @property
    def event_type(self) -> EventType:
        """The `type` of its body."""
        return RECALL_TYPE if self.recall else ASSIGNMENT_TYPE

    @property
    def item_id(self) -> str:
        """The id under which the ledger keeps it: the assignment's own, or that of the recall message."""
        own = self.assignment.assignment_id
        return recall_message_id(own, self.recall.recall_id) if self.recall else own


def encode(assignment: AssignmentRouted, acknowledge_url: str, at: datetime) -> bytes:
    """The body: `type`, `timestamp` and, as `data`, the assignment with its `acknowledge_url`."""
    start = f'{{"type":"{ASSIGNMENT_TYPE}","timestamp":"{at.isoformat()}"'
    data = assignment.model_dump_json()
    return f'{start},"data":{data[:-1]},"acknowledge_url":'.encode() + to_json(acknowledge_url) + b"}}"


def encode_recall(assignment: AssignmentRouted, acknowledge_url: str, recall: NoticeRecalled) -> bytes:
    """The body that tells of a recall: as `data` the recall, its id, and the assignment that it speaks of."""
    start = json.dumps({"type": RECALL_TYPE, "timestamp": recall.at.isoformat()})
    told = json.dumps({"recall_id": recall.recall_id, "acknowledge_url": acknowledge_url})
    data = f'{recall.model_dump_json()[:-1]}, {told[1:-1]}, "assignment": {assignment.model_dump_json()}}}'
    return f'{start[:-1]}, "data": {data}}}'.encode()


def encode_test(endpoint: Endpoint, at: datetime) -> bytes:
    """The body of a test: nothing but proof that the signature and the way work."""
    data = {"endpoint_id": endpoint.endpoint_id, "recipient_id": endpoint.recipient_id}
    return json.dumps({"type": TEST_TYPE, "timestamp": at.isoformat(), "data": data}).encode()


def decode(body: bytes) -> Contents | None:
    """Read what `encode` or `encode_recall` made; None for a test."""
    envelope = _Envelope.model_validate_json(body)
    if envelope.type == TEST_TYPE:
        return None
    link = str(envelope.data["acknowledge_url"])
    if envelope.type == RECALL_TYPE:
        assignment = AssignmentRouted.model_validate(envelope.data["assignment"], extra="ignore")
        return Contents(assignment, link, NoticeRecalled.model_validate(envelope.data, extra="ignore"))
    return Contents(AssignmentRouted.model_validate(envelope.data, extra="ignore"), link)


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    data: dict[str, object]
