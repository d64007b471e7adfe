"""What a model of a ledger knows, from the ledger's answers alone: claims, what may have arrived, what was said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from contracts.deliveries import DeliveryStatus, EndpointKind
from contracts.notices import NoticeRecalled
from services.notifier.endpoints import Endpoint
from services.notifier.information import can_be_left_out
from services.notifier.parcel import ORDINARY
from services.notifier.ports import Claim, DeliveryRow, Taken, item_id
from services.notifier.recall import ended_by
from services.notifier.schedule import LEAST_SHARE, STRUGGLING, URGENCY_RANKS
from tests.notifier.ledger_gathered import Gathered, message_of
from tests.notifier.ledger_view import NOTHING, View
from tests.notifier.samples import NOW

LAST: Final = 1_000
"""The place of an item that did not come in as a copy: nobody says in which order the ledger made them."""
WAITS = frozenset({"queued", "retrying"})


@dataclass(frozen=True)
class Lease:
    """A claim of which no end was told yet; after `until` nobody knows what became of it."""

    claim: Claim
    until: datetime


@dataclass
class Known:
    """What was asked of a ledger, and what it answered."""

    view: View = NOTHING
    now: datetime = NOW
    copies: dict[str, Taken] = field(default_factory=dict)
    said: list[NoticeRecalled] = field(default_factory=list)
    leases: dict[str, Lease] = field(default_factory=dict)
    """By delivery."""
    fences: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    """By delivery: what its first claim carried."""
    since: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    """By item: when it came in, and its place in its batch."""
    arrived: set[str] = field(default_factory=set)
    """Deliveries that somebody took, even if they bounced later."""
    not_before: dict[str, datetime] = field(default_factory=dict)
    """By endpoint: it asked us to wait."""
    excused: set[str] = field(default_factory=set)
    """Copies for information that were in flight when their endpoint wanted no more of them."""
    gathered: Gathered = field(default_factory=Gathered)
    given_up: set[str] = field(default_factory=set)
    history: dict[str, list[DeliveryStatus]] = field(default_factory=dict)
    """What was told of each delivery, in the order of the outbox."""
    last_told: int = 0

    def live(self, delivery: str) -> bool:
        """Whether an attempt may be in flight."""
        lease = self.leases.get(delivery)
        return lease is not None and lease.until > self.now

    def in_hand(self) -> Counter[str]:
        """Live leases by endpoint."""
        live = (each.claim.parcel for each in self.leases.values() if each.until > self.now)
        return Counter(each.endpoint.endpoint_id for each in live)

    def messages_in_hand(self) -> Counter[str]:
        """Messages by endpoint of which an attempt may be in flight: many leases may share one."""
        live = (each.claim for each in self.leases.values() if each.until > self.now)
        messages = {(each.parcel.endpoint.endpoint_id, message_of(each)) for each in live}
        return Counter(endpoint for endpoint, _ in messages)

    def rank(self, row: DeliveryRow) -> int:
        return ORDINARY if row.about else URGENCY_RANKS[self.copies[row.assignment_id].assignment.urgency]

    def may_wait(self, row: DeliveryRow) -> bool:
        """Whether an endpoint with a digest gets it in one message with others: a copy, not hỏa tốc, and untried."""
        is_copy = row.recall_id is None and row.about is None
        return is_copy and self.rank(row) > 0 and row.delivery_id not in self.fences

    def ended(self, notice: str, revision: int) -> bool:
        """Whether this revision is out of force."""
        return ended_by(revision, (each for each in self.said if each.notice_id == notice)) is not None

    def is_open(self, endpoint_id: str | None) -> bool:
        """Whether an endpoint takes something now."""
        place = self.view.places.get(endpoint_id or "")
        if place is None or place.state != "active":
            return False
        return self.not_before.get(place.endpoint_id, self.now) <= self.now

    def allowed(self, endpoint_id: str, per_endpoint: int) -> int:
        """Leases that this endpoint may have at once."""
        place = self.view.places[endpoint_id]
        return 1 if place.failures >= STRUGGLING or place.options.ordered else per_endpoint

    def claimable(self, kind: EndpointKind, per_endpoint: int) -> list[DeliveryRow]:
        """What is due at endpoints that are open and have room: nobody's else queue may keep it from being claimed."""
        hands = self.in_hand()
        sure = min(per_endpoint, LEAST_SHARE)
        return [
            row
            for row in self.view.rows.values()
            if self.is_due(row)
            and self.view.places[row.endpoint_id or ""].kind == kind
            and hands[row.endpoint_id or ""] < self.allowed(row.endpoint_id or "", sure)
            and not self.before(row)
        ]

    def before(self, row: DeliveryRow) -> list[DeliveryRow]:
        """What must go before it, or may, at an endpoint that wants its notices in order: one of them at a time."""
        if not self.view.places[row.endpoint_id or ""].options.ordered:
            return []
        lane = (row.endpoint_id, self.rank(row))
        others = (each for each in self.view.rows.values() if each.delivery_id != row.delivery_id)
        waiting = (each for each in others if each.status in WAITS and (each.endpoint_id, self.rank(each)) == lane)
        return [each for each in waiting if self.since[item_of(each)] <= self.since[item_of(row)]]

    def came_before(self, one: DeliveryRow, other: DeliveryRow) -> bool:
        """Whether it surely did: of messages that the ledger made at that moment nobody says in which order."""
        (at, place), (then, following) = self.since[item_of(one)], self.since[item_of(other)]
        return at < then or (at == then and place < following < LAST)

    def is_due(self, row: DeliveryRow) -> bool:
        due = row.status in WAITS and row.next_attempt_at is not None and row.next_attempt_at <= self.now
        return due and not self.live(row.delivery_id) and self.is_open(row.endpoint_id)

    def wants(self, place: Endpoint, copy: Taken) -> bool:
        """Whether an endpoint gets such copies."""
        left_out = place.no_information_since is not None and can_be_left_out(copy.assignment)
        return not left_out and place.options.filters.let_through(copy.assignment, copy.event_type)

    def may_have_it(self, assignment: str) -> bool:
        """Whether a copy was taken, or an attempt to deliver one was never heard of again."""
        rows = (each for each in self.view.rows.values() if each.assignment_id == assignment and not each.recall_id)
        return any(each.delivery_id in self.arrived or each.delivery_id in self.leases for each in rows)

    def is_fresh(self, claim: Claim) -> bool:
        """Whether an outcome of this claim counts."""
        lease = self.leases.get(claim.parcel.delivery_id)
        return lease is not None and lease.claim.fence == claim.fence

    def is_outdated(self, claim: Claim) -> bool:
        """Whether another claim came after it, or its outcome was written down."""
        key = claim.parcel.delivery_id
        return self.fences[key] > claim.fence or self.view.rows[key].attempt >= claim.attempt

    def copies_meant(self, recall: NoticeRecalled) -> list[str]:
        """The assignments that a recall speaks of."""
        found = (each.assignment for each in self.copies.values())
        meant = (each for each in found if each.notice_id == recall.notice_id and recall.means(each.revision))
        return [each.assignment_id for each in meant]


def word_of(view: View, assignment: str, recall_id: str) -> list[DeliveryRow]:
    """The deliveries that tell an office of a recall."""
    return [each for each in view.rows.values() if (each.assignment_id, each.recall_id) == (assignment, recall_id)]


def item_of(row: DeliveryRow) -> str:
    """The id of what a delivery carries."""
    return item_id(row.assignment_id, row.recall_id, row.about)
