"""What operators hear of each attempt: one wide line and the metrics."""

from __future__ import annotations

from contracts.assignments import AssignmentRouted
from contracts.deliveries import EndpointKind
from contracts.notices import NoticeRecalled
from contracts.topics import topic_of
from services.notifier.ports import Claim, Outcome
from services.runtime import metrics
from services.runtime.logging import Log
from services.runtime.tracing import trace_id


class AttemptLog:
    """Tells of the attempts of one kind of endpoint."""

    def __init__(self, kind: EndpointKind, log: Log) -> None:
        self._kind = kind
        self._log = log

    def tell(self, outcome: Outcome, *, stale: bool) -> None:
        """One wide line and the metrics, after the ledger has it, or refused it as `stale`."""
        claim, verdict = outcome.claim, outcome.verdict
        metrics.DELIVERY_ATTEMPTS.labels(self._kind, verdict.reason).inc()
        if verdict.disable and not stale:
            self._tell_disabled(claim, verdict.reason)
        if verdict.status == "delivered" and not stale:
            metrics.DELIVERY_SECONDS.labels(self._kind).observe((outcome.at - claim.taken_at).total_seconds())
        if outcome.receipt is not None:
            said = outcome.receipt
            ids = {"assignment_id": said.assignment_id, "notice_id": said.notice_id, "receipt_id": said.receipt_id}
            self._log.info("receipt.recorded", **ids, code=said.code, via=said.via)
        self._tell_attempt(outcome, stale=stale)

    def _tell_disabled(self, claim: Claim, cause: str) -> None:
        """What the operator must know to mend it: since when, after how many attempts, of what, and why."""
        endpoint = claim.parcel.endpoint
        self._log.warning(
            "endpoint.disabled",
            endpoint_id=endpoint.endpoint_id,
            recipient_id=endpoint.recipient_id,
            topic=topic_of(NoticeRecalled if claim.recall_id else AssignmentRouted).name,
            delivery_id=claim.parcel.delivery_id,
            attempts=claim.attempt,
            failures_in_a_row=endpoint.failures + 1,
            failing_since=endpoint.failing_since,
            cause=cause,
        )

    def _tell_attempt(self, outcome: Outcome, *, stale: bool) -> None:
        claim, verdict = outcome.claim, outcome.verdict
        self._log.info(
            "delivery.attempted",
            assignment_id=claim.assignment_id,
            delivery_id=claim.parcel.delivery_id,
            notice_id=claim.notice_id,
            endpoint_id=claim.parcel.endpoint.endpoint_id,
            kind=self._kind,
            outcome=verdict.status,
            reason=verdict.reason,
            attempt=claim.attempt,
            duration_ms=outcome.duration_ms,
            repeated=claim.reclaimed,
            recall_id=claim.recall_id,
            about=claim.about,
            stale=stale,
            trace_id=trace_id(claim.parcel.traceparent),
        )
