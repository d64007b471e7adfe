"""What operators hear of each attempt: one wide line and the metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from contracts.assignments import AssignmentRouted
from contracts.deliveries import EndpointKind
from contracts.notices import NoticeRecalled
from contracts.topics import topic_of
from services.notifier.ports import Claim, Outcome
from services.runtime import metrics
from services.runtime.logging import OUTPUT, Log, info_each
from services.runtime.tracing import trace_id


class AttemptLog:
    """Tells of the attempts of one kind of endpoint."""

    def __init__(self, kind: EndpointKind, log: Log) -> None:
        self._kind = kind
        self._log = log
        self._seconds = metrics.DELIVERY_SECONDS.labels(kind)

    def tell(self, outcomes: Sequence[Outcome], stale: Collection[Outcome] = ()) -> None:
        """One wide line each and the metrics, after the ledger has them, or refused those that are `stale`."""
        for reason, times in Counter(each.verdict.reason for each in outcomes).items():
            metrics.DELIVERY_ATTEMPTS.labels(self._kind, reason).inc(times)
        told = [(each, each in stale) for each in outcomes]
        with OUTPUT.together():
            for each, is_stale in told:
                self._tell(each, stale=is_stale)
            info_each(self._log, "delivery.attempted", [self._attempt(each, stale=late) for each, late in told])

    def _tell(self, outcome: Outcome, *, stale: bool) -> None:
        claim, verdict = outcome.claim, outcome.verdict
        if verdict.disable and not stale:
            self._tell_disabled(claim, verdict.reason)
        if verdict.status == "delivered" and not stale:
            self._seconds.observe((outcome.at - claim.taken_at).total_seconds())
        if outcome.receipt is not None:
            said = outcome.receipt
            ids = {"assignment_id": said.assignment_id, "notice_id": said.notice_id, "receipt_id": said.receipt_id}
            self._log.info("receipt.recorded", **ids, code=said.code, via=said.via)

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

    def _attempt(self, outcome: Outcome, *, stale: bool) -> dict[str, object]:
        """The fields of an attempt's line."""
        claim, verdict = outcome.claim, outcome.verdict
        return {
            "assignment_id": claim.assignment_id,
            "delivery_id": claim.parcel.delivery_id,
            "notice_id": claim.notice_id,
            "endpoint_id": claim.parcel.endpoint.endpoint_id,
            "kind": self._kind,
            "outcome": verdict.status,
            "reason": verdict.reason,
            "attempt": claim.attempt,
            "duration_ms": outcome.duration_ms,
            "repeated": claim.reclaimed,
            "recall_id": claim.recall_id,
            "about": claim.about,
            "stale": stale,
            "trace_id": trace_id(claim.parcel.traceparent),
        }
