"""A machine that does to a ledger, in any order, all that can be done to it, and holds it against the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from contracts.deliveries import EndpointKind
from services.notifier.endpoints import State
from services.notifier.ports import Outcome, Recalled, Room
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
from tests.notifier.ledger_repairs import LedgerRepairs
from tests.notifier.samples import endpoint


class LedgerMachine(LedgerRepairs):
    """Two notifiers, their operators, offices, Kafka and the clock."""

    @invariant()
    def the_laws_hold(self) -> None:
        view = self.look()
        ledger_laws.check(self.model, view)
        if self.shadow:
            self.runner.run(self.shadow.compare(view, self.model.history))

    @initialize(chosen_places=st.lists(places, min_size=1, max_size=4), copies=some_copies)
    def begin(self, chosen_places: Sequence[Place], copies: Sequence[tuple[str, str]]) -> None:
        for each in chosen_places:
            self.add_endpoint(each, "active")
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
        self.model.now += timedelta(milliseconds=1)  # one batch comes after the other: which was first is then plain

    @rule(place=places, state=st.sampled_from(("active", "active", "paused", "unverified")))
    def add_endpoint(self, place: Place, state: State) -> None:
        made = endpoint(
            f"e{len(self.endpoints)}",
            place.office,
            kind=place.kind,
            target=f"{place.office}-{place.kind}-{place.target}",
            created_at=self.now,
            options=place.options,
            place=place.turn,
            state=state,
            unverified_since=self.now if state == "unverified" else None,
        )
        (stands,) = self.both(lambda ledger: ledger.add([made], self.now))
        known = [e for e in self.model.view.places.values() if (e.kind, e.target) == (made.kind, made.target)]
        assert stands == (known[0] if known else made)
        if not known:
            self.endpoints.append(made.endpoint_id)
            self.kinds[made.endpoint_id] = made.kind

    @rule(pick=st.integers(0, 9), to=st.sampled_from(CHANGES) | st.booleans() | st.none())
    def change_endpoint(self, pick: int, to: Sequence[State] | bool | None) -> None:
        """It comes to these states, says whether it takes copies for information only, or is vouched for (None)."""
        (which,) = chosen(self.endpoints, [pick])
        if to is None:
            self.vouch(which)
            return
        if isinstance(to, bool):
            self.set_information(which, takes=to)
            return
        for each in to:
            self.set_state(which, each)
            self.the_laws_hold()

    @rule(of_kinds=some_kinds, room=rooms, replica=replicas)
    def claim(self, of_kinds: Sequence[EndpointKind], room: Room, replica: int) -> None:
        for each in of_kinds:
            self.claim_of(each, room, replica)

    @rule(room=rooms, replica=replicas, ends=some_ends)
    def deliver(self, room: Room, replica: int, ends: Sequence[str]) -> None:
        """A turn of the delivery loop: claim, try, write down some of it."""
        before = len(self.hands)
        self.claim(KINDS, room, replica)
        self.end([each for _, each in self.hands[before:]], ends)

    @rule(room=rooms, replica=replicas, ends=some_ends, seconds=st.sampled_from((6, 31, 301)))
    def deliver_later(self, room: Room, replica: int, ends: Sequence[str], seconds: int) -> None:
        self.wait(seconds)
        self.deliver(room, replica, ends)

    @rule(room=rooms, replica=replicas, ends=some_ends)
    def outrun(self, room: Room, replica: int, ends: Sequence[str]) -> None:
        """A notifier's leases run out in its attempts, another takes over, and then the attempts of the first end."""
        before = len(self.hands)
        self.claim(KINDS, room, replica)
        late = [each for _, each in self.hands[before:]]
        self.wait(room.lease.seconds)
        self.claim(KINDS, room, 1 - replica)
        self.end(late, ends)

    @rule(of_kinds=some_kinds, room=rooms, replica=replicas, seconds=st.sampled_from((0, 6)))
    def claim_all(self, of_kinds: Sequence[EndpointKind], room: Room, replica: int, seconds: int) -> None:
        """Whatever is due where there is room is claimed soon, however many wait elsewhere."""
        self.wait(seconds)
        for each in of_kinds:
            self.claim_all_of(each, room, replica)

    @precondition(lambda self: self.hands or self.spent)
    @rule(pick=picks, ends=some_ends, late=st.booleans())
    def record(self, pick: Sequence[int], ends: Sequence[str], late: bool) -> None:
        """Attempts end, in hand or `late`: of claims whose lease may be over, outdated, or told of before."""
        claims = [each for _, each in self.hands]
        if late:
            old = [each for each in [*claims, *self.spent] if self.model.is_outdated(each)]
            old.sort(key=lambda each: self.model.view.rows[each.parcel.delivery_id].attempt >= each.attempt)
            self.end([*chosen(old, pick[:3]), *chosen(claims, pick[3:])], ends)
        else:
            self.end(chosen(claims, pick), ends)

    @precondition(lambda self: self.hands)
    @rule(pick=picks, end=st.sampled_from(VERDICTS), together=st.booleans())
    def record_twice(self, pick: Sequence[int], end: str, together: bool) -> None:
        """The same outcome, in one batch or in two."""
        claims = self.whole(chosen([each for _, each in self.hands], pick[:1]))
        outcomes = [Outcome(each, verdict(end, self.now), "ok", self.now, 1.5) for each in claims]
        self.write_down([*outcomes, *(each._replace() for each in outcomes)] if together else outcomes)
        ledger_laws.check(self.model, before := self.look())
        assert self.both(lambda ledger: ledger.record(outcomes)) == outcomes
        assert self.look() == before

    @rule(room=rooms, replica=replicas, pick=picks, how=st.sampled_from(("begun", "untried", 1, 400)))
    def give_back(self, room: Room, replica: int, pick: Sequence[int], how: str | int) -> None:
        """Claims are made, and some of all released, or postponed by so many seconds."""
        self.claim(KINDS, room, replica)
        claims = self.whole(chosen([each for _, each in self.hands], pick))
        self.hands = [each for each in self.hands if each[1] not in claims]
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
            self.take_again(pick)
        elif what == "receipt":
            self.receive_twice(pick)
        else:
            self.publish(*pick[:1], *pick[-1:])

    @precondition(lambda self: self.model.gathered.bundles)
    @rule(pick=picks)
    def bounce_message(self, pick: Sequence[int]) -> None:
        """A mail server speaks of a message that brought several notices."""
        for each in chosen(list(self.model.gathered.bundles), pick[:1]):
            self.let_message_bounce(each)

    @rule(pick=picks, what=st.sampled_from(("retry", "retry slowly", "give up", "bounce", "bounce")))
    def repair(self, pick: Sequence[int], what: str) -> None:
        """An operator, or a mail server, speaks of some deliveries: those that were claimed rather than others."""
        claimed = [each for each in self.model.fences if each in self.model.view.rows]
        others = sorted(self.model.view.rows.keys() - set(claimed))
        ids = chosen([*claimed, *others], pick[:3])
        if what == "give up":
            self.give_up(ids)
        elif what == "bounce":
            for each in ids[:1]:
                self.let_bounce(each)
        else:
            self.try_again(ids, 20.0 if what == "retry slowly" else 0.0)

    @rule(seconds=st.sampled_from((1, 5, 29, 31, 61, 301, 100_000)))
    def wait(self, seconds: int) -> None:
        self.model.now += timedelta(seconds=seconds)

    @rule(numbers=st.sampled_from(((0,), (1,), (0, 1))), at=st.none() | st.integers(1, 20))
    def die(self, numbers: Sequence[int], at: int | None) -> None:
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
