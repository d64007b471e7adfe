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
from services.notifier.ledger.rows import AnyRow, Told, chunks
from services.notifier.ledger.tables import outbox
from services.notifier.owed import OF_THEIR_OWN
from services.notifier.ports import Waiting
from services.notifier.statuses import page_of, read_page

_OLDEST: Final = (
    select(outbox).order_by(outbox.c.outbox_id).limit(bindparam("most")).execution_options(stream_results=True)
)
_ADD: Final = BulkInsert(outbox, "topic", "body", "traceparent", "messages")
_FORGET: Final = delete(outbox).where(outbox.c.outbox_id.in_(bindparam("ids", expanding=True)))
_PAGE: Final = 64
"""Statuses of one row: each row that is read, written and deleted has its price."""
_PLACES: Final = 1_000
"""Sequences of one row, of which its statuses take the first."""


def tell(conn: Connection, changes: Iterable[Told]) -> None:
    """Queue statuses, each with its traceparent. What is of no assignment is not told."""
    topic = topic_of(DeliveryStatus).name
    told = [(change, trace) for change, trace in changes if change.reminder not in OF_THEIR_OWN]
    pages = [told[start : start + _PAGE] for start in range(0, len(told), _PAGE)]
    _ADD.run(conn, [(topic, page_of(each), None, len(each)) for each in pages])


def tell_receipt(conn: Connection, body: bytes, traceparent: str | None) -> None:
    """Queue a receipt."""
    topic = topic_of(ReceiptRecorded).name
    _ADD.run(conn, [(topic, body, traceparent, 1)])


def tell_overdue(conn: Connection, late: Iterable[tuple[AssignmentOverdue, str | None]]) -> None:
    """Queue what offices owe, each with its traceparent."""
    topic = topic_of(AssignmentOverdue).name
    _ADD.run(conn, [(topic, each.to_bytes(), trace, 1) for each, trace in late])


def waiting(conn: Connection, limit: int) -> list[Waiting]:
    """The oldest messages, in order, up to the end of a page."""
    found: list[Waiting] = []
    with conn.execute(_OLDEST, {"most": limit}) as rows:
        for row in rows:
            page = row.outbox_id
            found += [Waiting(page, written, traceparent) for written, traceparent in _messages(row)]
            if len(found) >= limit:
                break
    return found


def forget(conn: Connection, pages: Sequence[int]) -> None:
    """Delete what Kafka confirmed. Numbers are never used again, so a sequence only grows."""
    for part in chunks(pages):
        conn.execute(_FORGET, {"ids": part})


def _messages(row: AnyRow) -> Iterable[tuple[Written, str | None]]:
    """The messages of a row, each with its traceparent."""
    for kind in (ReceiptRecorded, AssignmentOverdue):
        if row.topic == topic_of(kind).name:
            message = kind.from_bytes(row.body)
            return [(Written(kind, message.key, message.event_id, row.body), row.traceparent)]
    return read_page(row.body, row.outbox_id * _PLACES)
