"""Receipts: what an office said, once, and told with the same transaction."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from contracts.receipts import ReceiptRecorded
from services.notifier.ledger.outbox import tell_receipt
from services.notifier.ledger.stop_clocks import heed_receipt
from services.notifier.ledger.tables import receipts
from services.notifier.receipt import repeats

_KNOWN: Final = select(receipts.c.receipt_id).where(receipts.c.receipt_id == bindparam("id"))
_OF: Final = select(receipts.c.body).where(receipts.c.assignment_id == bindparam("id")).order_by(receipts.c.at)

_CODES: Final = select(receipts.c.code).where(receipts.c.assignment_id == bindparam("id")).order_by(receipts.c.at)
_LAST: Final = (
    select(receipts.c.body).where(receipts.c.assignment_id == bindparam("id")).order_by(receipts.c.at.desc()).limit(1)
)


def receive(conn: Connection, receipt: ReceiptRecorded, traceparent: str | None) -> bool:
    """Write it down; False where it was there already, or repeats the last one of its link."""
    if conn.execute(_KNOWN, {"id": receipt.receipt_id}).first() is not None:
        return False
    if repeats(receipt, _last(conn, receipt.assignment_id)):
        return False
    said_before = conn.execute(_CODES, {"id": receipt.assignment_id}).scalars().all()
    body = receipt.to_bytes()
    row = {
        "receipt_id": receipt.receipt_id,
        "assignment_id": receipt.assignment_id,
        "code": receipt.code,
        "body": body,
        "at": receipt.at,
    }
    conn.execute(insert(receipts), [row])
    tell_receipt(conn, body, traceparent)
    heed_receipt(conn, receipt, said_before)
    return True


def _last(conn: Connection, assignment_id: str) -> ReceiptRecorded | None:
    body = conn.execute(_LAST, {"id": assignment_id}).scalar()
    return ReceiptRecorded.from_bytes(body) if body else None


def listed(conn: Connection, assignment_id: str) -> list[ReceiptRecorded]:
    """The receipts of one assignment, oldest first."""
    return [ReceiptRecorded.from_bytes(body) for body in conn.execute(_OF, {"id": assignment_id}).scalars()]
