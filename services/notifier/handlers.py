"""What the notifier does when a message arrives, or a mail comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from contracts.assignments import AssignmentRouted
from contracts.deliveries import EndpointKind
from contracts.notices import NoticeRecalled
from services.notifier.audit import Deed
from services.notifier.bounce import Bounce, NoBounce, read_bounce
from services.notifier.parcel import encode_written
from services.notifier.ports import BounceOutcome, Bounces, Claim, Inbox, Recalled, Recalls, Room, Taken
from services.runtime.consume import Received, Unprocessable
from services.runtime.logging import Log
from services.runtime.tracing import trace_id

_BREATH_S: Final = 0.25
"""So long does Kafka keep a batch, at most, while the hands are full: in the ledger it would only be written twice."""

Arrived = Sequence[Received[AssignmentRouted]]


class RecallIntake:
    """Carries recalls out in the ledger; returns only when that is durable, so that Kafka commits second."""

    def __init__(self, recalls: Recalls, *, wake: Callable[[], None], clock: Callable[[], datetime], log: Log) -> None:
        self._recalls = recalls
        self._wake = wake
        self._clock = clock
        self._log = log

    async def on_notices_recalled(
        self, batch: Sequence[Received[NoticeRecalled]]
    ) -> Sequence[tuple[Received[NoticeRecalled], Unprocessable]]:
        """Stop what is on its way and tell who has it. A recall seen before does nothing new."""
        said = [Recalled(each.message, each.traceparent) for each in batch]
        new = await self._recalls.recall(said, self._clock())
        self._wake()
        for each in batch:
            recall = each.message
            self._log.info(
                "notice.recalled",
                notice_id=recall.notice_id,
                revision=recall.revision,
                action=recall.action,
                recall_id=recall.recall_id,
                trace_id=trace_id(each.traceparent),
            )
        self._log.info("recalls.taken", records=len(batch), new=new)
        return ()


class Hands(Protocol):
    """A delivery loop, as those see it who bring it work."""

    kind: EndpointKind

    def room(self) -> Room:
        """What it could take now."""
        ...

    def begin(self, claims: Sequence[Claim]) -> None:
        """Take claims."""
        ...

    def wake(self) -> None:
        """Look whether something became due."""
        ...

    async def breathe(self, at_most_s: float) -> None:
        """Wait until it has little at hand."""
        ...


class AssignmentIntake:
    """Takes assignments into the ledger; returns only when they are durable, so that Kafka commits second.

    What need not wait goes from here into the hands that deliver it.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        acknowledge_url: Callable[[str, datetime], str],
        hands: Sequence[Hands],
        clock: Callable[[], datetime],
        log: Log,
    ) -> None:
        self._inbox = inbox
        self._acknowledge_url = acknowledge_url
        self._hands = {each.kind: each for each in hands}
        self._clock = clock
        self._log = log

    async def on_assignments_routed(self, batch: Arrived) -> Sequence[tuple[Received[AssignmentRouted], Unprocessable]]:
        """Store a batch. An assignment seen before makes nothing new."""
        for each in self._hands.values():
            await each.breathe(_BREATH_S)
        now = self._clock()
        room = {kind: each.room() for kind, each in self._hands.items()}
        taken = await self._inbox.take([self._taken(each, now) for each in batch], now, room)
        for kind, each in self._hands.items():
            each.begin([claim for claim in taken.claims if claim.parcel.endpoint.kind == kind])
            if taken.waiting:
                each.wake()
        self._log.info("assignments.taken", records=len(batch), new=taken.new, at_once=len(taken.claims))
        return ()

    def _taken(self, received: Received[AssignmentRouted], now: datetime) -> Taken:
        assignment = received.message
        link = self._acknowledge_url(assignment.assignment_id, now)
        return Taken(assignment, encode_written(received.record.value, link, now), received.traceparent)


class BounceIntake:
    """Reads mail that came back, and lets deliveries fail. `domain` is that of our Message-IDs."""

    def __init__(self, bounces: Bounces, domain: str, *, clock: Callable[[], datetime], log: Log) -> None:
        self._bounces = bounces
        self._domain = domain
        self._clock = clock
        self._log = log

    async def on_mail_returned(self, raw: bytes, deed: Deed | None = None) -> BounceOutcome:
        """What came of one mail. A report of a delay, and what no mail server reports, changes nothing.

        `deed`: who handed the mail over; None where it was read from a mailbox.
        """
        try:
            bounce = read_bounce(raw, self._domain)
        except NoBounce as error:
            self._log.info("mail.returned", outcome="ignored", reason=error.reason)
            return "ignored"
        outcome = await self._outcome(bounce, deed)
        tell = self._log.warning if outcome in {"failed", "unknown"} else self._log.info
        tell("mail.returned", outcome=outcome, delivery_id=bounce.delivery_id, status=bounce.status)
        return outcome

    async def _outcome(self, bounce: Bounce, deed: Deed | None) -> BounceOutcome:
        if bounce.delivery_id is None:
            return "unknown"
        if not bounce.failed:
            return "delayed"
        return await self._bounces.bounce(bounce.delivery_id, bounce.words, self._clock(), deed)
