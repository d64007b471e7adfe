"""How a receipt that came over HTTP is written down, whichever way it came."""

from __future__ import annotations

from typing import Protocol

from contracts.receipts import ReceiptRecorded
from services.notifier.audit import Deed
from services.notifier.ports import Inbox, Recalls, ReceiptBook, Taken
from services.runtime.logging import Log


class Answers(Inbox, Recalls, ReceiptBook, Protocol):
    """What receipts need of the ledger."""


async def write(ledger: Answers, made: ReceiptRecorded, taken: Taken, log: Log, deed: Deed) -> bool:
    """Write a receipt down and log it; False where it was there already."""
    new = await ledger.receive(made, taken.traceparent, deed)
    if new:
        log.info(
            "receipt.recorded",
            assignment_id=made.assignment_id,
            notice_id=made.notice_id,
            receipt_id=made.receipt_id,
            code=made.code,
            via=made.via,
        )
    return new
