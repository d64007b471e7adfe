"""The whole ledger, as one object that keeps all the books."""

from __future__ import annotations

from typing import Protocol

from services.notifier.ports.claims import Claims
from services.notifier.ports.endpoint_book import EndpointBook, Proofs
from services.notifier.ports.intake import Inbox, Recalls
from services.notifier.ports.keeping import AuditTrail, EvidenceBook, KeyBook, Retention
from services.notifier.ports.outbox import Outbox
from services.notifier.ports.receipt_book import Clocks, ReceiptBook
from services.notifier.ports.repairs import Bounces, Repairs
from services.notifier.ports.reports import Reports


class Ledger(
    Inbox,
    Recalls,
    Claims,
    EndpointBook,
    Proofs,
    ReceiptBook,
    Clocks,
    Outbox,
    Reports,
    Repairs,
    Bounces,
    KeyBook,
    AuditTrail,
    Retention,
    EvidenceBook,
    Protocol,
):
    """The whole ledger, for those who build one."""
