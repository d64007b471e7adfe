"""The closed list of log event names. A name that is not here does not pass the type checker.

One wide line per outcome, carrying the ids that join a notice's way: document_id, notice_id,
assignment_id, delivery_id, trace_id. Never an address, a secret or a body.
"""

from __future__ import annotations

from typing import Literal

Event = Literal[
    "service.started",
    "service.stopping",
    "service.stopped",
    "service.failed",
    "task.failed",
    "batch.retried",
    "record.parked",
    "document.repeated",
    "document.rejected",
    "document.held",
    "review.released",
    "review.refused",
    "inbox.file_taken",
    "inbox.file_failed",
    "original.served",
    "notice.parsed",
    "notice.routed",
    "directory.corrected",
    "entry.unreadable",
    "assignments.taken",
    "notice.recalled",
    "relation.not_followed",
    "recalls.taken",
    "delivery.attempted",
    "delivery.handed_over",
    "delivery.released",
    "delivery.replayed",
    "delivery.cancelled",
    "mail.returned",
    "statuses.published",
    "endpoint.added",
    "endpoint.changed",
    "endpoint.removed",
    "endpoint.tested",
    "endpoint.challenged",
    "endpoint.verified",
    "endpoint.disabled",
    "endpoint.unreadable",
    "endpoint.rotated",
    "endpoints.resealed",
    "endpoints.exported",
    "receipt.recorded",
    "receipt.unreadable",
    "clocks.rung",
    "key.created",
    "key.revoked",
]
