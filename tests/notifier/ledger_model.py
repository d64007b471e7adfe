"""What a ledger may answer: which claims, which outcomes, which recalls are right, by what the model knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from contracts.deliveries import EndpointKind
from services.notifier.outcome import Verdict
from services.notifier.owed import DISABLED
from services.notifier.ports import Claim, DeliveryRow, Outcome, Recalled, Room, Taken, TakenIn
from services.notifier.schedule import LEAST_SHARE, STRUGGLING, cooldown_s
from services.notifier.turns import HANDED_OVER
from tests.notifier.ledger_gathered import leaders, message_of
from tests.notifier.ledger_known import Known, Lease
from tests.notifier.ledger_view import View


class Model(Known):
    """Judges the answers of a ledger, and learns from them."""

    def take(self, arrived: Sequence[Taken], room: Mapping[EndpointKind, Room], made: TakenIn, after: View) -> None:
        """Each assignment comes in once; what is claimed at once is new, and overtakes nobody."""
        new = {each.item_id: each for each in arrived if each.item_id not in self.copies}
        assert made.new == len(new)
        self.copies |= new
        self.since |= {each: (self.now, place) for place, each in enumerate(new)}
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
        due = {each.delivery_id: each for each in self.view.rows.values() if self.is_due(each)}
        waited = self.claimable(kind, room.per_endpoint)
        self._claimed(claims, due, room)
        for row in (due[each.parcel.delivery_id] for each in claims):
            earlier = [each for each in self.before(row) if self.came_before(each, row)]
            assert not earlier, "an earlier one waits"
        hands = self.in_hand()
        least = max((self.rank(due[each.parcel.delivery_id]) for each in leaders(claims)), default=0)
        sure = min(room.per_endpoint, LEAST_SHARE)
        for row in waited:
            has_room = hands[row.endpoint_id or ""] < self.allowed(row.endpoint_id or "", sure)
            passed = self.rank(row) < least and not self.live(row.delivery_id) and has_room
            assert not passed, "a less urgent one was claimed before it"

    def _claimed(self, claims: Sequence[Claim], due: Mapping[str, DeliveryRow], room: Room) -> None:
        ids = [each.parcel.delivery_id for each in claims]
        assert len(ids) == len(set(ids))
        assert len(leaders(claims)) <= room.want, "more messages than were asked for"
        for each in claims:
            key = each.parcel.delivery_id
            row = due.get(key)
            assert row is not None, "it was not due, or is in somebody's hand"
            self._check_claim(each, row)
            self.fences[key] = each.fence
            self.leases[key] = Lease(each, self.now + room.lease)
        self.gathered.claimed(claims, due, self.now)
        ranks = [self.rank(due[each.parcel.delivery_id]) for each in leaders(claims)]
        assert ranks == sorted(ranks), "the most urgent first"
        hands = self.messages_in_hand()
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
        if claim.about:
            assert claim.about == DISABLED
        elif claim.recall_id is None:
            assert claim.parcel.body == self.copies[claim.assignment_id].body
            assert not self.ended(claim.notice_id, claim.revision), "it is out of force"
            assert self.wants(place, self.copies[claim.assignment_id]) or key in self.excused
        elif claim.fence == 1:
            assert self.may_have_it(claim.assignment_id), "word of a recall, and nobody can have the copy"

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
        ended: dict[str, dict[object, Verdict]] = {}
        for each in chances:
            ended.setdefault(each.claim.parcel.endpoint.endpoint_id, {})[message_of(each.claim)] = each.verdict
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

    def try_again(self, delivery: str, place: str) -> None:
        """It goes alone; and whoever tries again says that an endpoint that rests after failures is mended."""
        self.gathered.let_go(delivery)
        if self.view.places[place].failures >= STRUGGLING:
            self.not_before.pop(place, None)

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
