"""What the notifier asks of its ledger and of its channels, in its own words."""

from __future__ import annotations

from services.notifier.ports.channels import Challenger, Channel
from services.notifier.ports.claims import Claim, Claims, Outcome, Room, TakenIn
from services.notifier.ports.endpoint_book import Ask, EndpointBook, Pending, Proofs
from services.notifier.ports.intake import Inbox, Recalls
from services.notifier.ports.items import LedgerUnavailable, Recalled, Taken, item_id
from services.notifier.ports.keeping import AuditTrail, EvidenceBook, KeyBook, Retention
from services.notifier.ports.ledger import Ledger
from services.notifier.ports.outbox import Outbox, Waiting
from services.notifier.ports.receipt_book import Clocks, OverdueQuery, OverdueRow, ReceiptBook, Rung
from services.notifier.ports.repairs import (
    BOUNCED,
    LARGEST_MAIL,
    BounceEffect,
    BounceOutcome,
    Bounces,
    Mailbox,
    Repairs,
    ReturnedMail,
)
from services.notifier.ports.reports import (
    HEALTH_WINDOW,
    AttemptRow,
    DeliveryQuery,
    DeliveryRow,
    HealthQuery,
    HealthReport,
    Reports,
)

__all__ = [
    "BOUNCED",
    "HEALTH_WINDOW",
    "LARGEST_MAIL",
    "Ask",
    "AttemptRow",
    "AuditTrail",
    "BounceEffect",
    "BounceOutcome",
    "Bounces",
    "Challenger",
    "Channel",
    "Claim",
    "Claims",
    "Clocks",
    "DeliveryQuery",
    "DeliveryRow",
    "EndpointBook",
    "EvidenceBook",
    "HealthQuery",
    "HealthReport",
    "Inbox",
    "KeyBook",
    "Ledger",
    "LedgerUnavailable",
    "Mailbox",
    "Outbox",
    "Outcome",
    "OverdueQuery",
    "OverdueRow",
    "Pending",
    "Proofs",
    "Recalled",
    "Recalls",
    "ReceiptBook",
    "Repairs",
    "Reports",
    "Retention",
    "ReturnedMail",
    "Room",
    "Rung",
    "Taken",
    "TakenIn",
    "Waiting",
    "item_id",
]
