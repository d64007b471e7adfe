"""Clocks begin when a copy has arrived; what its office owes by when is worked out later, off the delivery's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from services.notifier.ledger.bulk import BulkInsert, micros
from services.notifier.ledger.tables import clocks
from services.notifier.ports import Outcome

_BEGIN: Final = BulkInsert(
    clocks,
    "assignment_id",
    "track",
    "notice_id",
    "revision",
    "recipient_id",
    "delivered_at",
    "step",
    "due_at",
)


def start_clocks(conn: Connection, delivered: Sequence[Outcome]) -> None:
    """Begin the clocks of copies that arrived; one that runs already goes on."""
    _BEGIN.run(
        conn,
        [
            (
                claim.assignment_id,
                "word",
                claim.notice_id,
                claim.revision,
                claim.parcel.endpoint.recipient_id,
                micros(at),
                "begin",
                micros(at),
            )
            for claim, at in ((each.claim, each.at) for each in delivered)
            if claim.is_copy
        ],
    )
