"""Messages that leave with the transaction that decided them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from contracts.deliveries import DeliveryStatus
from contracts.message import Written
from contracts.overdue import AssignmentOverdue
from contracts.receipts import ReceiptRecorded
from contracts.topics import topic_of
from services.notifier.ledger.bulk import BulkInsert
from services.notifier.ledger.rows import chunks
from services.notifier.ledger.tables import outbox
from services.notifier.owed import OF_THEIR_OWN
from services.notifier.ports import Waiting
from services.notifier.statuses import Change, sequenced, unsequenced

_OLDEST: Final = select(outbox).order_by(outbox.c.outbox_id).limit(bindparam("most"))
_ADD: Final = BulkInsert(outbox, "topic", "body", "traceparent")
_FORGET: Final = delete(outbox).where(outbox.c.outbox_id.in_(bindparam("ids", expanding=True)))


def tell(conn: Connection, changes: Iterable[tuple[Change, str | None]]) -> None:
    """Queue statuses, each with its traceparent. What is of no assignment is not told."""
    topic = topic_of(DeliveryStatus).name
    _ADD.run(conn, [(topic, unsequenced(each), trace) for each, trace in changes if each.reminder not in OF_THEIR_OWN])


def tell_receipt(conn: Connection, body: bytes, traceparent: str | None) -> None:
    """Queue a receipt."""
    topic = topic_of(ReceiptRecorded).name
    _ADD.run(conn, [(topic, body, traceparent)])


def tell_overdue(conn: Connection, late: Iterable[tuple[AssignmentOverdue, str | None]]) -> None:
    """Queue what offices owe, each with its traceparent."""
    topic = topic_of(AssignmentOverdue).name
    _ADD.run(conn, [(topic, each.to_bytes(), trace) for each, trace in late])


def waiting(conn: Connection, limit: int) -> list[Waiting]:
    """The oldest messages, in order."""
    rows = conn.execute(_OLDEST, {"most": limit})
    return [Waiting(row.outbox_id, _written(row.topic, row.body, row.outbox_id), row.traceparent) for row in rows]


def forget(conn: Connection, outbox_ids: Sequence[int]) -> None:
    """Delete messages that Kafka confirmed. Numbers are never used again, so a sequence only grows."""
    for part in chunks(outbox_ids):
        conn.execute(_FORGET, {"ids": part})


def _written(topic: str, body: bytes, outbox_id: int) -> Written:
    for kind in (ReceiptRecorded, AssignmentOverdue):
        if topic == topic_of(kind).name:
            message = kind.from_bytes(body)
            return Written(kind, message.key, message.event_id, body)
    return sequenced(body, outbox_id)
