"""A machine that does to a ledger, in any order, all that can be done to it, and holds it against the model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.deliveries import EndpointKind
from services.notifier.endpoints import State
from services.notifier.ports import Claim, Ledger, Outcome, Recalled, Room
from services.notifier.receipt import receipt
from tests.notifier import ledger_laws
from tests.notifier.ledger_commands import (
    CHANGES,
    KINDS,
    VERDICTS,
    Place,
    chosen,
    copy_of,
    picks,
    places,
    recalls,
    replicas,
    rooms,
    some_copies,
    some_ends,
    some_kinds,
    verdict,
)
from tests.notifier.ledger_model import WAITS, Model
from tests.notifier.ledger_shadow import Shadow
from tests.notifier.ledger_view import View, look
from tests.notifier.ledger_worlds import Cut, World
from tests.notifier.samples import NOW, TRACE, endpoint

T = TypeVar("T")
Call = Callable[[Ledger], Coroutine[Any, Any, T]]
OPEN = WAITS | {"held"}


class LedgerMachine(RuleBasedStateMachine):
    """One ledger from its first day on. `open_world` gets the clock."""

    def __init__(self, open_world: Callable[[Callable[[], datetime]], World], shadow: Shadow | None = None) -> None:
        super().__init__()
        self.model = Model(now=NOW)
        self.shadow = shadow
        self.hands: list[tuple[int, Claim]] = []
        """Claims whose attempt has not ended, with the notifier that makes it."""
        self.spent: list[Claim] = []
        """Claims of which an end was told."""
        self.endpoints: list[str] = []
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

    @invariant()
    def the_laws_hold(self) -> None:
        view = self.look()
        ledger_laws.check(self.model, view)
        if self.shadow:
            self.runner.run(self.shadow.compare(view, self.model.history))

    @initialize(chosen_places=st.lists(places, min_size=1, max_size=4), copies=some_copies)
    def begin(self, chosen_places: Sequence[Place], copies: Sequence[tuple[str, str]]) -> None:
        for each in chosen_places:
            self.add_endpoint(each, paused=False)
            self.the_laws_hold()
        self.take(copies, None, (), 0)

    @rule(copies=some_copies, room=st.none() | rooms, of_kinds=some_kinds, replica=replicas)
    def take(
        self, copies: Sequence[tuple[str, str]], room: Room | None, of_kinds: Sequence[EndpointKind], replica: int
    ) -> None:
        arrived = [copy_of(*each) for each in copies]
        there = {each: room for each in of_kinds if room}
        made = self.ask(lambda ledger: ledger.take(arrived, self.now, there), replica)
        self.model.take(arrived, there, made, self.look())
        self.hands += [(replica, each) for each in made.claims]
        if self.shadow:
            self.runner.run(self.shadow.take(arrived, self.now))
            self.shadow.follow(made.claims, self.now + (room.lease if room else timedelta()), at_once=True)

    @rule(place=places, paused=st.booleans())
    def add_endpoint(self, place: Place, paused: bool) -> None:
        made = endpoint(
            f"e{len(self.endpoints)}",
            place.office,
            kind=place.kind,
            target=f"{place.office}-{place.kind}-{place.target}",
            created_at=self.now,
            options=place.options,
            place=place.turn,
            state="paused" if paused else "active",
        )
        (stands,) = self.both(lambda ledger: ledger.add([made], self.now))
        known = [e for e in self.model.view.places.values() if (e.kind, e.target) == (made.kind, made.target)]
        assert stands == (known[0] if known else made)
        if not known:
            self.endpoints.append(made.endpoint_id)

    @rule(pick=st.integers(0, 9), to=st.sampled_from(CHANGES))
    def change_endpoint(self, pick: int, to: State | bool) -> None:
        (which,) = chosen(self.endpoints, [pick])
        if isinstance(to, bool):
            self._set_information(which, takes=to)
        else:
            self._set_state(which, to)

    def _set_state(self, which: str, state: State) -> None:
        before = self.model.view.places.get(which)
        changed = self.both(lambda ledger: ledger.set_state(which, state, self.now))
        assert (changed is None) == (before is None)
        if changed and before and before.state != state == "active":
            self.model.not_before.pop(which, None)

    def _set_information(self, which: str, *, takes: bool) -> None:
        before = self.model.view.places.get(which)
        self.both(lambda ledger: ledger.set_information(which, self.now, takes=takes))
        if before and before.no_information_since is None and not takes:
            view = self.look()
            for row in view.rows.values():
                if row.endpoint_id == which and row.status in OPEN and row.recall_id is None:
                    wanted = self.model.wants(view.places[which], self.model.copies[row.assignment_id])
                    assert wanted or self.model.live(row.delivery_id)
                    self.model.excused.add(row.delivery_id)

    @rule(of_kinds=some_kinds, room=rooms, replica=replicas)
    def claim(self, of_kinds: Sequence[EndpointKind], room: Room, replica: int) -> None:
        for each in of_kinds:
            self._claim(each, room, replica)

    @rule(room=rooms, replica=replicas, ends=some_ends)
    def deliver(self, room: Room, replica: int, ends: Sequence[str]) -> None:
        """A turn of the delivery loop: claim, try, write down some of it."""
        before = len(self.hands)
        self.claim(KINDS, room, replica)
        self._end([each for _, each in self.hands[before:]], ends)

    @rule(room=rooms, replica=replicas, ends=some_ends, seconds=st.sampled_from((6, 31, 301)))
    def deliver_later(self, room: Room, replica: int, ends: Sequence[str], seconds: int) -> None:
        self.wait(seconds)
        self.deliver(room, replica, ends)

    def _claim(self, kind: EndpointKind, room: Room, replica: int) -> None:
        asked = (kind, room.want, room.per_endpoint, room.lease, self.now)
        claims = self.ask(lambda ledger: ledger.claim(*asked), replica)
        self.model.claim(kind, claims, room)
        self.hands += [(replica, each) for each in claims]
        if self.shadow:
            self.shadow.follow(claims, self.now + room.lease, at_once=False)

    @rule(of_kinds=some_kinds, room=rooms, replica=replicas)
    def claim_all(self, of_kinds: Sequence[EndpointKind], room: Room, replica: int) -> None:
        """Whatever is due where there is room is claimed soon, however many wait elsewhere."""
        for each in of_kinds:
            self._claim_all(each, room, replica)

    def _claim_all(self, kind: EndpointKind, room: Room, replica: int) -> None:
        due = self.model.claimable(kind, room.per_endpoint)
        lanes = {(each.endpoint_id, self.model.rank(each)) for each in self.model.view.rows.values()}
        for _ in range(len(due) + len(lanes) + 1):
            if not self.model.claimable(kind, room.per_endpoint):
                return
            self._claim(kind, room, replica)
        assert not self.model.claimable(kind, room.per_endpoint), "it waits for others"

    @precondition(lambda self: self.hands or self.spent)
    @rule(pick=picks, ends=some_ends, late=st.booleans())
    def record(self, pick: Sequence[int], ends: Sequence[str], late: bool) -> None:
        """Attempts end, in hand or `late`: of claims whose lease may be over, outdated, or told of before."""
        claims = [each for _, each in self.hands]
        if late:
            old = [each for each in [*claims, *self.spent] if self.model.is_outdated(each)]
            old.sort(key=lambda each: self.model.view.rows[each.parcel.delivery_id].attempt >= each.attempt)
            self._end([*chosen(old, pick[:3]), *chosen(claims, pick[3:])], ends)
        else:
            self._end(chosen(claims, pick), ends)

    def _end(self, claims: Sequence[Claim], ends: Sequence[str]) -> None:
        """Successes first: that is how a batch is written down, and it counts for the endpoint's failures in a row."""
        ordered = sorted(zip(claims, ends, strict=False), key=lambda pair: pair[1] != "delivered")
        self._record([Outcome(each, verdict(end, self.now), "ok", self.now, 1.5) for each, end in ordered])

    @precondition(lambda self: self.hands)
    @rule(pick=picks, end=st.sampled_from(VERDICTS), together=st.booleans())
    def record_twice(self, pick: Sequence[int], end: str, together: bool) -> None:
        """The same outcome, in one batch or in two."""
        claims = chosen([each for _, each in self.hands], pick[:1])
        outcomes = [Outcome(each, verdict(end, self.now), "ok", self.now, 1.5) for each in claims]
        self._record([*outcomes, *(each._replace() for each in outcomes)] if together else outcomes)
        ledger_laws.check(self.model, before := self.look())
        assert self.both(lambda ledger: ledger.record(outcomes)) == outcomes
        assert self.look() == before

    def _record(self, outcomes: Sequence[Outcome]) -> None:
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
            tried = [one.attempt for one in attempts if one.reason != "bounced"]
            assert tried == list(range(1, each.attempt + 1))

    def _taken_back(self, told: Claim) -> None:
        """An office that was told of the end of its copy has one receipt 13 of that."""
        (recall,) = (each for each in self.model.said if each.recall_id == told.recall_id)
        receipts = self.both(lambda ledger: ledger.receipts(told.assignment_id))
        ends = [each for each in receipts if (each.code, each.actor) == ("13", recall.author)]
        assert len(ends) >= recall.ends

    @precondition(lambda self: self.hands)
    @rule(pick=picks, how=st.sampled_from(("begun", "untried", 1, 400)))
    def give_back(self, pick: Sequence[int], how: str | int) -> None:
        """Claims are released, or postponed by so many seconds."""
        gone = chosen(self.hands, pick)
        self.hands = [each for each in self.hands if each not in gone]
        claims = [each for _, each in gone]
        self.spent += claims
        begun = how == "begun"
        if isinstance(how, int):
            late = [(each, self.now + timedelta(seconds=how)) for each in claims]
            self.both(lambda ledger: ledger.postpone(late, self.now))
        else:
            self.both(lambda ledger: ledger.release(claims, self.now, begun=begun))
        for each in claims:
            self.model.give_back(each, begun=begun)

    @rule(said=st.lists(recalls, min_size=1, max_size=2), again=st.booleans())
    def recall(self, said: Sequence[Recalled], again: bool) -> None:
        new = self.both(lambda ledger: ledger.recall(said, self.now))
        self.model.recall(said, new)
        if again:
            before = self.look()
            assert self.both(lambda ledger: ledger.recall(said, self.now)) == 0
            assert self.look() == before

    @rule(pick=picks, what=st.sampled_from(("copies", "receipt", "confirmations")))
    def kafka(self, pick: Sequence[int], what: str) -> None:
        """What came in comes again, or an office has said something, or some of what was told is confirmed."""
        if what == "copies":
            self._take_again(pick)
        elif what == "receipt":
            self._receive(pick)
        else:
            self._publish(*pick[:1], *pick[-1:])

    def _take_again(self, pick: Sequence[int]) -> None:
        arrived = chosen(list(self.model.copies.values()), pick)
        before = self.look()
        made = self.both(lambda ledger: ledger.take(arrived, self.now))
        assert (made.new, list(made.claims), made.waiting) == (0, [], 0)
        assert self.look() == before

    @rule(pick=picks, what=st.sampled_from(("retry", "retry slowly", "give up", "bounce", "bounce")))
    def repair(self, pick: Sequence[int], what: str) -> None:
        """An operator, or a mail server, speaks of some deliveries: those that were claimed rather than others."""
        claimed = [each for each in self.model.fences if each in self.model.view.rows]
        others = sorted(self.model.view.rows.keys() - set(claimed))
        ids = chosen([*claimed, *others], pick[:3])
        if what == "give up":
            self._give_up(ids)
        elif what == "bounce":
            for each in ids[:1]:
                self._bounce(each)
        else:
            self._retry(ids, 20.0 if what == "retry slowly" else 0.0)

    def _retry(self, ids: Sequence[str], pace_s: float) -> None:
        again = self.both(lambda ledger: ledger.retry(ids, self.now, pace_s))
        view = self.look()
        for key in ids:
            before, row = self.model.view.rows[key], view.rows[key]
            if key not in again:
                assert row == before
                continue
            assert before.status in {*WAITS, "failed"}
            assert not self.model.live(key)
            assert (row.status, row.reason) == ("queued", "replayed") or row.status == "held"

    def _give_up(self, ids: Sequence[str]) -> None:
        given_up = self.both(lambda ledger: ledger.give_up(ids, self.now))
        rows = self.model.view.rows
        assert given_up == [each for each in ids if rows[each].status not in {"delivered", "cancelled"}]
        self.model.given_up.update(given_up)

    def _bounce(self, key: str) -> None:
        effect = self.both(lambda ledger: ledger.bounce(key, "550 no such user", self.now))
        row, before = self.look().rows[key], self.model.view.rows[key]
        if effect != "failed":
            assert row == before
            return
        assert before.status not in {"failed", "cancelled"}
        assert (row.status, row.reason) == ("failed", "bounced")
        self.model.leases.pop(key, None)

    def _receive(self, pick: Sequence[int]) -> None:
        (copy,) = chosen(list(self.model.copies.values()), pick[:1])
        said = receipt(copy.assignment, "03", "Lan", self.now, reason=None, via="link")
        self.both(lambda ledger: ledger.receive(said, TRACE))
        before = self.look()
        assert not self.both(lambda ledger: ledger.receive(said, TRACE))
        assert self.look() == before

    def _publish(self, most: int, confirmed: int) -> None:
        waiting = self.runner.run(self.world.replica(0).waiting(most))
        assert list(waiting) == list(self.model.view.waiting[:most])
        done = [each.outbox_id for each in waiting][:confirmed]
        self.ask(lambda ledger: ledger.published(done))
        assert self.look().waiting == self.model.view.waiting[len(done) :]

    @rule(seconds=st.sampled_from((1, 5, 29, 31, 61, 301, 100_000)))
    def wait(self, seconds: int) -> None:
        self.model.now += timedelta(seconds=seconds)

    @rule(numbers=st.sampled_from(((0,), (1,), (0, 1))), at=st.integers(0, 20))
    def die(self, numbers: Sequence[int], at: int) -> None:
        """Notifiers die with what they had in hand, and others start; or the next call dies at that statement."""
        if at:
            self.cut_at = at
            return
        self.hands = [each for each in self.hands if each[0] not in numbers]
        self.runner.run(self.world.die(numbers))
        if len(numbers) > 1 and self.world.leases_end_with_all:
            self.model.end_leases()
            if self.shadow:
                self.shadow.end_leases(self.now)
