"""What must be true of a ledger, written down from its answers alone.

The model keeps what was asked and answered: which claims stand until when, what may have arrived, what was said
of a notice. It says what a claim or an outcome must be; `ledger_laws` says what must be true at any moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.deliveries import DeliveryStatus, EndpointKind
from contracts.notices import NoticeRecalled
from services.notifier.endpoints import Endpoint
from services.notifier.information import can_be_left_out
from services.notifier.outcome import Verdict
from services.notifier.ports import Claim, DeliveryRow, Outcome, Recalled, Room, Taken, TakenIn, item_id
from services.notifier.recall import ended_by
from services.notifier.schedule import LEAST_SHARE, STRUGGLING, URGENCY_RANKS, cooldown_s
from services.notifier.turns import HANDED_OVER
from tests.notifier.ledger_view import NOTHING, View
from tests.notifier.samples import NOW

WAITS = frozenset({"queued", "retrying"})


@dataclass(frozen=True)
class Lease:
    """A claim of which no end was told yet; after `until` nobody knows what became of it."""

    claim: Claim
    until: datetime


@dataclass
class Model:
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
    since: dict[str, datetime] = field(default_factory=dict)
    """By item: when it came in."""
    arrived: set[str] = field(default_factory=set)
    """Deliveries that somebody took, even if they bounced later."""
    not_before: dict[str, datetime] = field(default_factory=dict)
    """By endpoint: it asked us to wait."""
    excused: set[str] = field(default_factory=set)
    """Copies for information that were in flight when their endpoint wanted no more of them."""
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

    def rank(self, row: DeliveryRow) -> int:
        return URGENCY_RANKS[self.copies[row.assignment_id].assignment.urgency]

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
            if self._is_due(row)
            and self.view.places[row.endpoint_id or ""].kind == kind
            and hands[row.endpoint_id or ""] < self.allowed(row.endpoint_id or "", sure)
            and not self._before(row)
        ]

    def _before(self, row: DeliveryRow) -> list[datetime]:
        """When what waits beside it came in, at an endpoint that wants its notices in order: one of them at a time."""
        if not self.view.places[row.endpoint_id or ""].options.ordered:
            return []
        lane = (row.endpoint_id, self.rank(row))
        others = (each for each in self.view.rows.values() if each.delivery_id != row.delivery_id)
        waiting = (each for each in others if each.status in WAITS and (each.endpoint_id, self.rank(each)) == lane)
        return [since for each in waiting if (since := self.since[item_of(each)]) <= self.since[item_of(row)]]

    def _is_due(self, row: DeliveryRow) -> bool:
        due = row.status in WAITS and row.next_attempt_at is not None and row.next_attempt_at <= self.now
        return due and not self.live(row.delivery_id) and self.is_open(row.endpoint_id)

    def take(self, arrived: Sequence[Taken], room: Mapping[EndpointKind, Room], made: TakenIn, after: View) -> None:
        """Each assignment comes in once; what is claimed at once is new, and overtakes nobody."""
        new = {each.item_id: each for each in arrived if each.item_id not in self.copies}
        assert made.new == len(new)
        self.copies |= new
        fresh = {each.delivery_id: each for each in after.rows.values() if each.delivery_id not in self.view.rows}
        assert {each.assignment_id for each in fresh.values()} == set(new), "each new one has its deliveries"
        assert made.waiting == sum(each.status == "queued" for each in fresh.values()) - len(made.claims)
        for kind, there in room.items():
            mine = [each for each in made.claims if each.parcel.endpoint.kind == kind]
            waited = self.claimable(kind, there.per_endpoint)
            assert not (mine and waited), "what waited was overtaken"
            assert {each.parcel.delivery_id for each in mine} <= fresh.keys()
            self._claimed(mine, fresh, there)

    def claim(self, kind: EndpointKind, claims: Sequence[Claim], room: Room) -> None:
        """What is claimed was due and in nobody's hand, the most urgent first."""
        assert {each.parcel.endpoint.kind for each in claims} <= {kind}
        due = {each.delivery_id: each for each in self.view.rows.values() if self._is_due(each)}
        waited = self.claimable(kind, room.per_endpoint)
        self._claimed(claims, due, room)
        for row in (due[each.parcel.delivery_id] for each in claims):
            assert all(since == self.since[item_of(row)] for since in self._before(row)), "an earlier one waits"
        hands = self.in_hand()
        least = max((self.rank(due[each.parcel.delivery_id]) for each in claims), default=0)
        sure = min(room.per_endpoint, LEAST_SHARE)
        for row in waited:
            has_room = hands[row.endpoint_id or ""] < self.allowed(row.endpoint_id or "", sure)
            passed = self.rank(row) < least and not self.live(row.delivery_id) and has_room
            assert not passed, "a less urgent one was claimed before it"

    def _claimed(self, claims: Sequence[Claim], due: Mapping[str, DeliveryRow], room: Room) -> None:
        ids = [each.parcel.delivery_id for each in claims]
        assert len(ids) == len(set(ids)) <= room.want
        ranks = []
        for each in claims:
            key = each.parcel.delivery_id
            row = due.get(key)
            assert row is not None, "it was not due, or is in somebody's hand"
            self._check_claim(each, row)
            ranks.append(self.rank(row))
            self.fences[key] = each.fence
            self.leases[key] = Lease(each, self.now + room.lease)
        assert ranks == sorted(ranks), "the most urgent first"
        hands = self.in_hand()
        for place in {each.parcel.endpoint.endpoint_id for each in claims}:
            assert hands[place] <= self.allowed(place, room.per_endpoint)

    def _check_claim(self, claim: Claim, row: DeliveryRow) -> None:
        key = claim.parcel.delivery_id
        known = (row.assignment_id, row.notice_id, row.recall_id, row.endpoint_id, row.attempt + 1)
        place = claim.parcel.endpoint
        assert (claim.assignment_id, claim.notice_id, claim.recall_id, place.endpoint_id, claim.attempt) == known
        assert place == self.view.places[place.endpoint_id]
        assert claim.fence > self.fences.get(key, 0)
        assert self.bodies.setdefault(key, claim.parcel.body) == claim.parcel.body
        assert claim.reclaimed == (key in self.leases), "an earlier attempt may have reached the other side"
        if claim.recall_id is None:
            assert claim.parcel.body == self.copies[claim.assignment_id].body
            assert not self.ended(claim.notice_id, claim.revision), "it is out of force"
            assert self.wants(place, self.copies[claim.assignment_id]) or key in self.excused
        elif claim.fence == 1:
            assert self.may_have_it(claim.assignment_id), "word of a recall, and nobody can have the copy"

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

    def record(self, outcomes: Sequence[Outcome], stale: Sequence[Outcome], after: View) -> None:
        """Of each claim that stands one outcome is written down, and all others are answered as stale."""
        chances = [each for each in outcomes if self.is_fresh(each.claim)]
        fresh = {each.claim.parcel.delivery_id for each in chances}
        assert len(stale) == len(outcomes) - len(fresh)
        assert all(each in stale for each in outcomes if not self.is_fresh(each.claim))
        for each in chances:
            verdict, key = each.verdict, each.claim.parcel.delivery_id
            row, before = after.rows[key], self.view.rows[key]
            may_be: tuple[str, ...] = (verdict.status,)
            if verdict.status == "retrying":
                may_be = ("cancelled",) if before.status == "cancelled" else ("retrying", "held")
            others = [other.verdict.status for other in chances if other.claim.parcel.delivery_id == key]
            gave_way = verdict.status == "retrying" and row.reason == HANDED_OVER
            assert row.status in may_be or gave_way or len(others) > 1
            assert row.attempt == each.claim.attempt
            if row.status == "delivered":
                self.arrived.add(key)
            self.leases.pop(key, None)
        ended: dict[str, dict[str, Verdict]] = {}
        for each in chances:
            parcel = each.claim.parcel
            ended.setdefault(parcel.endpoint.endpoint_id, {})[parcel.delivery_id] = each.verdict
        for place in ended.keys() & self.view.places.keys():
            self._note_health(place, list(ended[place].values()))

    def _note_health(self, place: str, verdicts: Sequence[Verdict]) -> None:
        """An endpoint is left alone as long as it asks, and after failures in a row; successes come first."""
        failures = self.view.places[place].failures
        if any(each.status == "delivered" for each in verdicts):
            if failures >= STRUGGLING:
                self.not_before.pop(place, None)
            failures = 0
        for each in verdicts:
            if each.status != "delivered":
                failures += 1
                cooled = self.now + timedelta(seconds=cooldown_s(failures))
                waits = (self.not_before.get(place), each.not_before, cooled)
                self.not_before[place] = max(wait for wait in waits if wait)

    def give_back(self, claim: Claim, *, begun: bool) -> None:
        """A claim's lease ends; where its attempt may have reached the other side, that stays known."""
        if not self.is_fresh(claim):
            return
        key = claim.parcel.delivery_id
        if begun or claim.reclaimed:
            self.leases[key] = Lease(claim, min(self.now, self.leases[key].until))
        else:
            del self.leases[key]

    def end_leases(self) -> None:
        """Every notifier has died, and the next one knows it."""
        for key, each in self.leases.items():
            self.leases[key] = Lease(each.claim, min(self.now, each.until))

    def recall(self, said: Sequence[Recalled], new: int) -> None:
        """The same said again is the same recall."""
        known = {each.recall_id for each in self.said}
        unheard = {each.recall.recall_id: each.recall for each in said if each.recall.recall_id not in known}
        assert new == len(unheard)
        self.said += unheard.values()

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
    return item_id(row.assignment_id, row.recall_id)
