"""The right to make attempts, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from contracts.deliveries import EndpointKind
from contracts.receipts import ReceiptRecorded
from services.notifier.outcome import Verdict
from services.notifier.parcel import Parcel
from services.notifier.ports.items import item_id


class Claim(NamedTuple):
    """The right to make one attempt, until its lease ends or `fence` is outdated.

    `attempt` counts from 1 and is the number of the attempt to make; `tries` does so since the schedule was begun.
    `reclaimed`: an earlier claim's lease ran out or its attempt was cut off, so the other side may have seen this
    parcel already. `recall_id`: the recall that the parcel tells of; `about`: the reminder that it carries, or that it
    is a digest, or word of a disabled endpoint; both None where it carries the assignment itself. `bundle`: the id of
    the message that it shares with others; `members`: the claims that a claim on a whole bundle stands for.
    """

    parcel: Parcel
    assignment_id: str
    notice_id: str
    revision: int
    recipient_name: str
    attempt: int
    tries: int
    fence: int
    taken_at: datetime
    reclaimed: bool
    recall_id: str | None = None
    about: str | None = None
    bundle: str | None = None
    members: tuple[Claim, ...] = ()

    @property
    def item_id(self) -> str:
        """The id of what the parcel carries: the assignment's, or that of the message about it."""
        return item_id(self.assignment_id, self.recall_id, self.about)

    @property
    def is_copy(self) -> bool:
        """Whether the parcel carries the assignment itself."""
        return self.recall_id is None and self.about is None


@dataclass(frozen=True)
class Room:
    """What a delivery loop can take at once: so many claims, so many of them of one endpoint, for so long."""

    want: int
    per_endpoint: int
    lease: timedelta


@dataclass(frozen=True)
class TakenIn:
    """How many assignments were new, claims on those of their deliveries that need not wait, how many others do."""

    new: int
    claims: Sequence[Claim] = ()
    waiting: int = 0


class Outcome(NamedTuple):
    """How one attempt ended: what was decided `at` which moment, the other side's answer, and the receipt in it."""

    claim: Claim
    verdict: Verdict
    body: str | None
    at: datetime
    duration_ms: float
    receipt: ReceiptRecorded | None = None


class Claims(Protocol):
    """Deliveries are claimed, tried, and their outcomes written down."""

    async def claim(
        self, kind: EndpointKind, want: int, per_endpoint: int, lease: timedelta, now: datetime
    ) -> Sequence[Claim]:
        """Lease at most `want` due deliveries: hỏa tốc first, then endpoints in turn, few at a time each.

        Of a bundle all members that are due are leased, or none, even where they are more than `want`.
        """
        ...

    async def record(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Write outcomes down in one transaction; answer those that were ignored because their claim was stale.

        What an office said in its answer is written down either way.
        """
        ...

    async def release(self, claims: Sequence[Claim], now: datetime, *, begun: bool) -> None:
        """Give claims back. `begun`: their attempts were cut off, so the next claims are `reclaimed`."""
        ...

    async def postpone(self, claims: Sequence[tuple[Claim, datetime]], now: datetime) -> None:
        """Give claims back untried, each due at its own moment; no attempt is counted."""
        ...
