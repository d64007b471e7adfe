"""What a machine does to a ledger step by step, and what must come of each step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from contracts.deliveries import EndpointKind
from services.notifier.endpoints import State
from services.notifier.ports import BOUNCED, Claim, DeliveryRow, Ledger, Outcome, Room
from services.notifier.receipt import receipt
from tests.notifier.ledger_commands import chosen, verdict
from tests.notifier.ledger_gathered import message_of
from tests.notifier.ledger_known import WAITS
from tests.notifier.ledger_model import Model
from tests.notifier.ledger_shadow import Shadow
from tests.notifier.ledger_view import View, look
from tests.notifier.ledger_worlds import Cut, World
from tests.notifier.samples import TRACE

T = TypeVar("T")
Call = Callable[[Ledger], Coroutine[Any, Any, T]]


class LedgerSteps(RuleBasedStateMachine):
    """One ledger from its first day on. `open_world` gets the clock."""

    def __init__(self, open_world: Callable[[Callable[[], datetime]], World], shadow: Shadow | None = None) -> None:
        super().__init__()
        self.model = Model()
        self.shadow = shadow
        self.hands: list[tuple[int, Claim]] = []
        """Claims whose attempt has not ended, with the notifier that makes it."""
        self.spent: list[Claim] = []
        """Claims of which an end was told."""
        self.endpoints: list[str] = []
        self.kinds: dict[str, EndpointKind] = {}
        """By endpoint."""
        self.cut_at: int | None = None
        self.runner = asyncio.Runner()
        self.world = open_world(lambda: self.model.now)
        self.runner.run(self.world.open())

    def teardown(self) -> None:
        self.runner.run(self.world.close())
        self.runner.close()

    @property
    def now(self) -> datetime:
        return self.model.now

    def look(self) -> View:
        return self.runner.run(look(self.world.replica(0)))

    def ask(self, call: Call[T], replica: int = 0) -> T:
        """Call the ledger; where the process dies in it, nothing remains, and the call is made again."""
        at, self.cut_at = self.cut_at, None
        if at is None:
            return self.runner.run(call(self.world.replica(replica)))
        before = self.look()
        self.world.cut(at)
        try:
            return self.runner.run(call(self.world.replica(replica)))
        except Cut:
            assert self.look() == before, "something remains of a transaction that was cut off"
        finally:
            self.world.cut(None)
        return self.runner.run(call(self.world.replica(replica)))

    def both(self, call: Call[T], replica: int = 0) -> T:
        """Ask the ledger and its shadow; they answer alike."""
        found = self.ask(call, replica)
        if self.shadow:
            assert self.runner.run(call(self.shadow)) == found
        return found

    def set_state(self, which: str, state: State) -> None:
        before = self.model.view.places.get(which)
        changed = self.both(lambda ledger: ledger.set_state(which, state, self.now))
        assert (changed is None) == (before is None)
        if changed and before and before.state != state == "active":
            self.model.not_before.pop(which, None)

    def set_information(self, which: str, *, takes: bool) -> None:
        before = self.model.view.places.get(which)
        self.both(lambda ledger: ledger.set_information(which, self.now, takes=takes))
        if before and before.no_information_since is None and not takes:
            view = self.look()
            for row in view.rows.values():
                if row.endpoint_id == which and _is_open_copy(row):
                    wanted = self.model.wants(view.places[which], self.model.copies[row.assignment_id])
                    assert wanted or self.model.live(row.delivery_id)
                    self.model.excused.add(row.delivery_id)

    def vouch(self, which: str) -> None:
        """It is active where it was unverified, and has nothing to prove any more."""
        before = self.model.view.places.get(which)
        proven = self.both(lambda ledger: ledger.prove(which, None, self.now))
        assert (proven is None) == (before is None or before.unverified_since is None)
        if proven and before:
            state = "active" if before.state == "unverified" else before.state
            assert (proven.state, proven.unverified_since) == (state, None)

    def claim_of(self, kind: EndpointKind, room: Room, replica: int) -> None:
        asked = (kind, room.want, room.per_endpoint, room.lease, self.now)
        claims = self.ask(lambda ledger: ledger.claim(*asked), replica)
        self.model.claim(kind, claims, room)
        self.hands += [(replica, each) for each in claims]
        if self.shadow:
            self.shadow.follow(claims, self.now + room.lease, at_once=False)

    def claim_all_of(self, kind: EndpointKind, room: Room, replica: int) -> None:
        due = self.model.claimable(kind, room.per_endpoint)
        lanes = {(each.endpoint_id, self.model.rank(each)) for each in self.model.view.rows.values()}
        for _ in range(len(due) + len(lanes) + 1):
            if not self.model.claimable(kind, room.per_endpoint):
                return
            self.claim_of(kind, room, replica)
        assert not self.model.claimable(kind, room.per_endpoint), "it waits for others"

    def whole(self, claims: Sequence[Claim]) -> list[Claim]:
        """These claims, and those of the same messages: their attempts are the same."""
        found = {(each.parcel.delivery_id, each.fence): each for each in claims}
        wanted = {message_of(each) for each in claims if each.bundle}
        for each in [*(each for _, each in self.hands), *self.spent]:
            if message_of(each) in wanted:
                found.setdefault((each.parcel.delivery_id, each.fence), each)
        return list(found.values())

    def end(self, claims: Sequence[Claim], ends: Sequence[str]) -> None:
        """Successes first: that is how a batch is written down, and it counts for the endpoint's failures in a row."""
        told = dict(zip(dict.fromkeys(map(message_of, claims)), ends, strict=False))
        pairs = [(each, told[message_of(each)]) for each in self.whole(claims) if message_of(each) in told]
        ordered = sorted(pairs, key=lambda pair: pair[1] != "delivered")
        self.write_down([Outcome(each, verdict(end, self.now), "ok", self.now, 1.5) for each, end in ordered])

    def write_down(self, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        stale = self.both(lambda ledger: ledger.record(outcomes))
        written = [each.claim for each in outcomes if self.model.is_fresh(each.claim)]
        self.model.record(outcomes, stale, view := self.look())
        told = [each.claim for each in outcomes]
        self.hands = [each for each in self.hands if each[1] not in told]
        self.spent += told
        for each in written:
            if each.recall_id and view.rows[each.parcel.delivery_id].status == "delivered":
                self._taken_back(each)
            attempts = self.both(lambda ledger, key=each.parcel.delivery_id: ledger.attempts(key))
            tried = [one.attempt for one in attempts if one.reason != BOUNCED]
            assert tried == list(range(1, each.attempt + 1))

    def _taken_back(self, told: Claim) -> None:
        """An office that was told of the end of its copy has one receipt 13 of that."""
        (recall,) = (each for each in self.model.said if each.recall_id == told.recall_id)
        receipts = self.both(lambda ledger: ledger.receipts(told.assignment_id))
        ends = [each for each in receipts if (each.code, each.actor) == ("13", recall.author)]
        assert len(ends) >= recall.ends

    def take_again(self, pick: Sequence[int]) -> None:
        arrived = chosen(list(self.model.copies.values()), pick)
        before = self.look()
        made = self.both(lambda ledger: ledger.take(arrived, self.now))
        assert (made.new, list(made.claims), made.waiting) == (0, [], 0)
        assert self.look() == before

    def receive_twice(self, pick: Sequence[int]) -> None:
        (copy,) = chosen(list(self.model.copies.values()), pick[:1])
        said = receipt(copy.assignment, "03", "Lan", self.now, reason=None, via="link")
        self.both(lambda ledger: ledger.receive(said, TRACE))
        before = self.look()
        assert not self.both(lambda ledger: ledger.receive(said, TRACE))
        assert self.look() == before

    def publish(self, most: int, confirmed: int) -> None:
        waiting = self.runner.run(self.world.replica(0).waiting(most))
        all_waiting = self.model.view.waiting
        assert waiting == list(all_waiting[: len(waiting)])
        assert len(waiting) >= min(most, len(all_waiting))
        done = sorted({each.page for each in waiting})[:confirmed]
        self.ask(lambda ledger: ledger.published(done))
        assert self.look().waiting == tuple(each for each in all_waiting if each.page not in done)


def _is_open_copy(row: DeliveryRow) -> bool:
    return row.status in {*WAITS, "held"} and row.recall_id is None and row.about is None
