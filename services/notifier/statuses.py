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
    """Changes as they wait in the outbox, before they have a sequence, each with its traceparent.

    A line of JSON tells of whom each is, and each has a line that is its message but for the sequence: one or two
    leave for every delivery, and are not read again before.
    """
    of_whom = to_json([(change.assignment_id, change.delivery_id, traceparent) for change, traceparent in changes])
    return b"\n".join([of_whom, *(to_json(change._asdict()) for change, _ in changes)])


def read_page(page: bytes, first: int) -> Iterator[tuple[Written, str | None]]:
    """The messages, with their places in the order of all statuses of this ledger: `first` and those after it."""
    of_whom, *bodies = page.split(b"\n")
    if not bodies:
        yield from _read_older(page, first)
        return
    for place, (body, (assignment_id, delivery_id, traceparent)) in enumerate(
        zip(bodies, from_json(of_whom), strict=True), first
    ):
        whole = b'%b,"sequence":%d}' % (body[:-1], place)
        yield Written(DeliveryStatus, assignment_id, f"{delivery_id}.{place}", whole), traceparent


def _read_older(page: bytes, first: int) -> Iterator[tuple[Written, str | None]]:
    """A page of an older version: one line, a list of changes, each with its traceparent."""
    for sequence, (told, traceparent) in enumerate(from_json(page), first):
        whole = to_json({**told, "sequence": sequence})
        yield Written(DeliveryStatus, told["assignment_id"], f"{told['delivery_id']}.{sequence}", whole), traceparent
