"""Prometheus metrics. Names are one closed list, so that a dashboard's query cannot drift from the code."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

DOCUMENTS = Counter("noinhan_documents_total", "Documents taken in, by outcome.", ["outcome"], registry=REGISTRY)
NOTICES_ROUTED = Counter("noinhan_notices_routed_total", "Notices routed.", registry=REGISTRY)
ASSIGNMENTS = Counter("noinhan_assignments_total", "Assignments published.", registry=REGISTRY)
LINES = Counter("noinhan_recipient_lines_total", "Recipient lines, by outcome.", ["outcome"], registry=REGISTRY)
RECORDS_PARKED = Counter(
    "noinhan_records_parked_total", "Records sent to a .dlq.", ["topic", "reason"], registry=REGISTRY
)
DELIVERY_ATTEMPTS = Counter(
    "noinhan_delivery_attempts_total",
    "Attempts, by kind of endpoint and named reason.",
    ["kind", "reason"],
    registry=REGISTRY,
)
DELIVERIES = Gauge("noinhan_deliveries", "Deliveries in the ledger, by status.", ["status"], registry=REGISTRY)
DELIVERY_SECONDS = Histogram(
    "noinhan_delivery_seconds",
    "From the assignment's arrival at the notifier to success.",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3600, 86400),
    registry=REGISTRY,
)
RECEIPTS = Counter("noinhan_receipts_total", "Receipts recorded, by code.", ["code"], registry=REGISTRY)
CLOCKS = Counter(
    "noinhan_clocks_total", "Offices reminded, late, late without a known issuer; digests.", ["what"], registry=REGISTRY
)
PURGED = Counter(
    "noinhan_purged_total",
    "Purged after their period: answers, bodies, names, audit, originals, reviews.",
    ["what"],
    registry=REGISTRY,
)
OUTBOX_WAITING = Gauge("noinhan_outbox_waiting", "Status messages not yet on Kafka.", registry=REGISTRY)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
