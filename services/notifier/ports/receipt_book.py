"""What offices said, and what they owe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.receipts import ReceiptRecorded
from services.notifier.audit import Deed
from services.notifier.owed import Terms, Track


class ReceiptBook(Protocol):
    """What offices said."""

    async def receive(self, receipt: ReceiptRecorded, traceparent: str | None, deed: Deed | None = None) -> bool:
        """Write a receipt down; False where it was there already, or repeats the last one of its link."""
        ...

    async def receipts(self, assignment_id: str) -> Sequence[ReceiptRecorded]:
        """The receipts of one assignment, oldest first."""
        ...


@dataclass(frozen=True)
class Rung:
    """What came of one look at the clocks: how many were due, and what was done.

    `late`: offices that became late; `unheard`: those whose issuer is not known; `digests`: messages to issuers.
    """

    taken: int = 0
    reminded: int = 0
    late: int = 0
    unheard: int = 0
    digests: int = 0


@dataclass(frozen=True)
class OverdueQuery:
    """Which overdue words to list, longest overdue first; None means any."""

    notice_id: str | None = None
    recipient_id: str | None = None
    issuer_id: str | None = None
    limit: int = 100


@dataclass(frozen=True)
class OverdueRow:
    """One office that owes something: what, since when, and the digest that told its issuer; None: not told."""

    assignment_id: str
    notice_id: str
    number: str | None
    recipient_id: str
    recipient_name: str
    owes: Track
    since: datetime
    issuer_id: str | None
    digest_id: str | None


class Clocks(Protocol):
    """What offices owe once they have their copies."""

    async def ring(self, terms: Terms, now: datetime, most: int) -> Rung:
        """Do what is due, of at most `most` clocks, in one transaction: remind offices, tell issuers.

        Each step of each clock is taken once, whoever asks.
        """
        ...

    async def overdue(self, query: OverdueQuery, now: datetime) -> Sequence[OverdueRow]:
        """What is owed and was not given by its time, longest overdue first. Who is misaddressed owes nothing."""
        ...
