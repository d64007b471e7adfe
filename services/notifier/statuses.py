"""The words in which the ledger tells of a delivery; the sequence is added when the message leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def page_of(changes: Sequence[tuple[Change, str | None]]) -> bytes:
    """Changes as they wait in the outbox, before they have a sequence, each with its traceparent."""
    return to_json([(change._asdict(), traceparent) for change, traceparent in changes])


def read_page(page: bytes, first: int) -> Iterator[tuple[Written, str | None]]:
    """The messages, with their places in the order of all statuses of this ledger: `first` and those after it.

    They are not read by their model: one or two leave for every delivery, and a Change is typed.
    """
    for sequence, (told, traceparent) in enumerate(from_json(page), first):
        told["sequence"] = sequence
        event_id = f"{told['delivery_id']}.{sequence}"
        yield Written(DeliveryStatus, told["assignment_id"], event_id, to_json(told)), traceparent
