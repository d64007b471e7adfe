"""The ledger's behaviour: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

import os
import stat
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.deliveries import DeliveryStatus
from contracts.identity import delivery_id
from contracts.receipts import ReceiptCode
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Verdict
from services.notifier.ports import DeliveryQuery, Ledger
from services.notifier.receipt import receipt
from tests.notifier.books import AGAIN, LEASE, RETRY, claim, rows, statuses
from tests.notifier.samples import NOW, TRACE, assignment, ended, endpoint, taken


async def test_an_assignment_makes_one_delivery_for_each_endpoint_of_its_office(ledger: Ledger) -> None:
    """Two endpoints of the office get one delivery each, and other offices' endpoints none."""
    await ledger.add([endpoint("e1"), endpoint("e2"), endpoint("e3", office="other")], NOW)
    assert (await ledger.take([taken()], NOW)).new == 1
    assert await rows(ledger) == {"e1": ("queued", "routed"), "e2": ("queued", "routed")}
    ids = {each.delivery_id for each in await statuses(ledger)}
    assert ids == {delivery_id(assignment().assignment_id, each) for each in ("e1", "e2")}


async def test_the_same_assignment_twice_makes_nothing_new(ledger: Ledger) -> None:
    """A repeated assignment, in the same batch or a later one, adds no delivery and no status."""
    await ledger.add([endpoint()], NOW)
    assert (await ledger.take([taken(), taken()], NOW)).new == 1
    assert (await ledger.take([taken()], NOW)).new == 0
    assert len(await statuses(ledger)) == 1
    assert len(await claim(ledger)) == 1


async def test_a_status_without_endpoint_carries_the_id_for_none(ledger: Ledger) -> None:
    """The held status names no endpoint and has the delivery id of (assignment, none)."""
    await ledger.take([taken()], NOW)
    (held,) = await statuses(ledger)
    assert (held.endpoint_id, held.delivery_id) == (None, delivery_id(held.assignment_id, None))


async def test_a_claim_hides_a_delivery_until_its_lease_ends(ledger: Ledger) -> None:
    """Nobody else gets a claimed delivery; after the lease the next claim says that it is a repetition."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (first,) = await claim(ledger)
    assert await claim(ledger, NOW + LEASE / 2) == []
    (second,) = await claim(ledger, NOW + LEASE)
    assert (first.reclaimed, second.reclaimed) == (False, True)
    assert second.fence > first.fence
    assert second.parcel.body == first.parcel.body == taken().body


async def test_an_outcome_under_an_old_fence_is_ignored(ledger: Ledger) -> None:
    """A worker that lost its lease cannot overwrite what the new holder says."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (old,) = await claim(ledger)
    (new,) = await claim(ledger, NOW + LEASE)
    late = ended(old, Verdict("failed", "http_410"))
    assert await ledger.record([late]) == [late]
    assert await rows(ledger) == {"e1": ("queued", "routed")}
    assert await ledger.record([ended(new)]) == []
    assert await rows(ledger) == {"e1": ("delivered", "accepted")}


async def test_the_same_outcome_twice_counts_once(ledger: Ledger) -> None:
    """An outcome that was already written down is stale."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (made,) = await claim(ledger)
    assert [await ledger.record([ended(made)]), await ledger.record([ended(made)])] == [[], [ended(made)]]
    assert [each.status for each in await statuses(ledger)] == ["queued", "delivered"]


async def test_the_same_outcome_twice_at_once_counts_once(ledger: Ledger) -> None:
    """Two of one claim in one call: one is written down, the other is stale."""
    await ledger.add([endpoint(), endpoint("e2", office="other")], NOW)
    await ledger.take([taken(), taken("other")], NOW)
    one, other = await claim(ledger)
    assert len(await ledger.record([ended(one), ended(one), ended(other)])) == 1
    told = Counter(each.endpoint_id for each in await statuses(ledger) if each.status == "delivered")
    assert told == Counter(["e1", "e2"])


@pytest.mark.parametrize("stale", [False, True])
async def test_an_arrival_of_another_kind_changes_nothing_for_those_with_it(ledger: Ledger, stale: bool) -> None:
    """One is the first at an endpoint that had failed, and one may be stale: each counts for itself."""
    names = [f"e{number}" for number in range(6)]
    await ledger.add([endpoint(each, office=each) for each in names], NOW)
    await ledger.take([taken(each) for each in names], NOW)
    made = {each.parcel.endpoint.endpoint_id: ended(each) for each in await claim(ledger)}
    soon = NOW + timedelta(seconds=5)
    before = [made["e1"]] if stale else []
    await ledger.record([ended(made["e0"].claim, RETRY._replace(next_attempt_at=soon)), *before])
    (again,) = await claim(ledger, soon)
    assert await ledger.record([ended(again), *(made[each] for each in names[1:])]) == before
    assert await rows(ledger) == dict.fromkeys(names, ("delivered", "accepted"))
    told = Counter(each.endpoint_id for each in await statuses(ledger) if each.status == "delivered")
    assert told == Counter(names)
    assert {each.failures for each in await ledger.endpoints(None, 10)} == {0}


async def test_a_retry_is_due_when_its_time_comes(ledger: Ledger) -> None:
    """A delivery to be retried is not claimed before its moment, and then as the next attempt."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (first,) = await claim(ledger)
    await ledger.record([ended(first, RETRY)])
    assert await claim(ledger, AGAIN - timedelta(seconds=1)) == []
    (second,) = await claim(ledger, AGAIN)
    assert (first.attempt, second.attempt) == (1, 2)
    last = (await statuses(ledger))[-1]
    assert (last.status, last.reason, last.attempt, last.next_attempt_at) == ("retrying", "http_503", 1, AGAIN)


async def test_one_endpoint_never_has_more_than_its_share_in_flight(ledger: Ledger) -> None:
    """With ten due deliveries and a share of four, four are claimed until one of them ends."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{n}") for n in range(10)], NOW)
    claims = await claim(ledger)
    assert len(claims) == 4
    assert await claim(ledger) == []
    await ledger.record([ended(claims[0])])
    assert len(await claim(ledger)) == 1


async def test_an_endpoint_alone_gets_more_at_once_than_one_among_many(ledger: Ledger) -> None:
    """The room is shared: thirty for the one that is due, four for each of twenty."""
    await ledger.add([endpoint(f"e{n}", f"o{n}") for n in range(20)], NOW)
    await ledger.take([taken("o0", f"n{n}") for n in range(40)], NOW)
    alone = await claim(ledger, want=40, per_endpoint=30)
    assert len(alone) == 30
    await ledger.record([ended(each) for each in alone])
    await ledger.take([taken(f"o{n}", f"m{m}") for n in range(20) for m in range(10)], NOW)
    among = Counter(each.parcel.endpoint.endpoint_id for each in await claim(ledger, want=80, per_endpoint=30))
    assert (len(among), set(among.values())) == (20, {4})


async def test_an_endpoint_that_holds_its_share_gets_no_more_while_others_wait(ledger: Ledger) -> None:
    """What is in flight to an office that hangs counts: the next claim goes to the others."""
    await ledger.add([endpoint(f"e{n}", f"o{n}") for n in range(3)], NOW)
    await ledger.take([taken(f"o{n}", f"n{m}") for n in range(3) for m in range(20)], NOW)
    first = await claim(ledger, want=12, per_endpoint=30)
    answered = [each for each in first if each.parcel.endpoint.endpoint_id != "e0"]
    await ledger.record([ended(each) for each in answered])
    second = Counter(each.parcel.endpoint.endpoint_id for each in await claim(ledger, want=12, per_endpoint=30))
    assert second == {"e1": 4, "e2": 4}


async def test_an_endpoint_that_got_nothing_keeps_its_turn(ledger: Ledger) -> None:
    """With room for two of five at a time, three claims serve all of them."""
    await ledger.add([endpoint(f"e{n}", f"o{n}") for n in range(5)], NOW)
    await ledger.take([taken(f"o{n}", f"n{m}") for n in range(5) for m in range(20)], NOW)
    seen = set()
    for turn in range(1, 4):
        claims = await claim(ledger, NOW + timedelta(seconds=turn), want=8, per_endpoint=30)
        seen |= {each.parcel.endpoint.endpoint_id for each in claims}
        await ledger.record([ended(each) for each in claims])
    assert len(seen) == 5


async def test_endpoints_take_turns(ledger: Ledger) -> None:
    """An endpoint with a long queue does not keep the others from their turn."""
    await ledger.add([endpoint("e1", office="long"), endpoint("e2", office="short")], NOW)
    await ledger.take([taken("long", f"n{n}") for n in range(20)], NOW)
    await ledger.take([taken("short", "m1")], NOW + timedelta(seconds=1))
    later = NOW + timedelta(seconds=2)
    first = await claim(ledger, later, want=2, per_endpoint=2)
    second = await claim(ledger, later + timedelta(seconds=1), want=2, per_endpoint=2)
    assert "e2" in {each.parcel.endpoint.endpoint_id for each in (*first, *second)}


async def test_the_most_urgent_goes_first(ledger: Ledger) -> None:
    """Hỏa tốc overtakes within an endpoint and across endpoints."""
    await ledger.add([endpoint("e1", office="a"), endpoint("e2", office="b")], NOW)
    await ledger.take([taken("a", f"n{n}") for n in range(3)], NOW)
    await ledger.take([taken("a", "u1", urgency="hỏa tốc"), taken("b", "u2", urgency="hỏa tốc")], NOW)
    claims = await claim(ledger, want=2, per_endpoint=1)
    assert {each.notice_id for each in claims} == {"u1", "u2"}


async def test_claims_that_are_given_back_are_due_at_once(ledger: Ledger) -> None:
    """A released claim can be claimed again before its lease would have ended."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    first = await claim(ledger)
    await ledger.release(first, NOW, begun=False)
    (second,) = await claim(ledger)
    assert (second.reclaimed, second.attempt) == (False, 1)


async def test_a_claim_that_is_postponed_is_due_at_its_moment(ledger: Ledger) -> None:
    """It waits without an attempt, the others of its endpoint do not, and a stale claim moves nothing."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    first, second = await claim(ledger)
    await ledger.postpone([(first, AGAIN), (second, NOW)], NOW)
    await ledger.postpone([(first, NOW)], NOW)
    (now,) = await claim(ledger)
    assert (now.notice_id, now.attempt, now.reclaimed) == (second.notice_id, 1, False)
    await ledger.record([ended(now)])
    assert await claim(ledger, AGAIN - timedelta(seconds=1)) == []
    waits = await ledger.deliveries(DeliveryQuery(notice_id=first.notice_id))
    assert [(each.status, each.next_attempt_at) for each in waits] == [("queued", AGAIN)]
    (later,) = await claim(ledger, AGAIN)
    assert (later.notice_id, later.attempt, later.tries, later.reclaimed) == (first.notice_id, 1, 1, False)


async def test_a_postponed_claim_stays_a_repetition(ledger: Ledger) -> None:
    """What the other side may have seen already is still said to be repeated after it waited."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await ledger.release(await claim(ledger), NOW, begun=True)
    await ledger.postpone([(each, NOW) for each in await claim(ledger)], NOW)
    assert [each.reclaimed for each in await claim(ledger)] == [True]


async def test_a_claim_whose_attempt_was_cut_off_is_marked_as_a_repetition(ledger: Ledger) -> None:
    """What is given back in the middle of its attempt is due at once, and its next claim says that it is repeated."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    first = await claim(ledger, per_endpoint=1)
    await ledger.release(first, NOW, begun=True)
    (second,) = await claim(ledger, per_endpoint=1)
    assert (second.reclaimed, second.attempt) == (True, 1)
    assert await ledger.record([ended(second)]) == []


async def test_kinds_are_claimed_apart(ledger: Ledger) -> None:
    """A claim for webhooks never hands out a mail."""
    await ledger.add([endpoint("m1", kind="email", target="a@b.vn", secret=None)], NOW)
    await ledger.take([taken()], NOW)
    assert await claim(ledger) == []
    assert len(await ledger.claim("email", 5, 4, LEASE, NOW)) == 1


async def test_statuses_leave_in_order_and_their_sequence_only_grows(ledger: Ledger) -> None:
    """Published messages are forgotten, and later ones have a larger sequence."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    first = await ledger.waiting(10)
    await ledger.published([each.page for each in first])
    assert await ledger.waiting(10) == []
    await ledger.record([ended(each) for each in await claim(ledger)])
    (later,) = await ledger.waiting(10)
    assert isinstance(later.message, DeliveryStatus)
    assert isinstance(first[-1].message, DeliveryStatus)
    assert later.message.sequence > first[-1].message.sequence
    assert later.traceparent == TRACE


async def test_many_statuses_are_published_and_forgotten_page_by_page(ledger: Ledger) -> None:
    """None is missing or comes twice, whatever part of them is asked for, and the books count what waits."""
    await ledger.take([taken(notice=f"n{number}") for number in range(150)], NOW)
    seen: list[DeliveryStatus] = []
    while waiting := await ledger.waiting(10):
        assert len(waiting) >= min(10, 150 - len(seen))
        assert (await ledger.counts())[1] == 150 - len(seen)
        seen += [each.message for each in waiting if isinstance(each.message, DeliveryStatus)]
        await ledger.published(sorted({each.page for each in waiting}))
    assert len({each.delivery_id for each in seen}) == len(seen) == 150
    assert [each.sequence for each in seen] == sorted({each.sequence for each in seen})


async def test_a_receipt_is_written_once_and_told_once(ledger: Ledger) -> None:
    """The same receipt again changes nothing."""
    await ledger.take([taken()], NOW)
    said = receipt(assignment(), "03", "Văn thư", NOW, reason=None, via="link")
    assert [await ledger.receive(said, TRACE), await ledger.receive(said, TRACE)] == [True, False]
    assert await ledger.receipts(said.assignment_id) == [said]
    assert [each.message for each in await ledger.waiting(10)][-1] == said


async def test_a_link_that_says_the_same_again_adds_nothing(ledger: Ledger) -> None:
    """A link's receipt that repeats the last one is ignored, a minute later too; anything else it says is new."""
    await ledger.take([taken()], NOW)

    async def say(minute: int, code: ReceiptCode, actor: str = "A", why: str | None = None, via: str = "link") -> bool:
        at = NOW + timedelta(minutes=minute)
        return await ledger.receive(receipt(assignment(), code, actor, at, reason=why, via=via), TRACE)

    assert [await say(0, "03"), await say(1, "03"), await say(2, "03")] == [True, False, False]
    assert [await say(3, "03", "B"), await say(4, "02", "B", "no"), await say(5, "02", "B", "never")] == [True] * 3
    assert [await say(6, "03"), await say(7, "03", via="api"), await say(8, "03", via="api")] == [True] * 3
    assert len(await ledger.receipts(assignment().assignment_id)) == 7


async def test_an_assignment_is_read_back_as_it_came(ledger: Ledger) -> None:
    """The ledger answers the assignment with its body, and nothing for an unknown one."""
    await ledger.take([taken()], NOW)
    assert await ledger.taken(assignment().assignment_id) == taken()
    assert await ledger.taken("unknown") is None


async def test_the_books_balance_whatever_happened(ledger: Ledger) -> None:
    """Every assignment is in exactly one state: delivered counts before in flight, held and failed."""
    await ledger.add([endpoint("a1", "a"), endpoint("a2", "a"), endpoint("b1", "b"), endpoint("c1", "c")], NOW)
    await ledger.take([taken(office) for office in ("a", "b", "c", "d")], NOW)
    by_place = {each.parcel.endpoint.endpoint_id: each for each in await claim(ledger)}
    failed = Verdict("failed", "smtp_550")
    await ledger.record([ended(by_place["a1"]), ended(by_place["a2"], failed), ended(by_place["b1"], failed)])
    books = await ledger.balance("n1")
    assert books.states == {"delivered": 1, "in_flight": 1, "held": 1, "failed": 1, "cancelled": 0}
    assert (books.assignments, books.balanced) == (4, True)
    by_status, waiting = await ledger.counts()
    assert (by_status["failed"], by_status["queued"], waiting) == (2, 1, 8)


async def test_a_ledger_on_disk_keeps_everything_over_a_restart(tmp_path: Path) -> None:
    """A new process finds deliveries, their attempts so far and unpublished statuses."""
    url = f"sqlite:///{tmp_path / 'l.db'}"
    before = SqlLedger(open_engine(url))
    await before.start()
    await before.add([endpoint()], NOW)
    await before.take([taken()], NOW)
    await before.record([ended(each, RETRY) for each in await claim(before)])
    await before.stop()
    after = SqlLedger(open_engine(url))
    await after.start()
    (again,) = await claim(after, AGAIN)
    assert (again.attempt, len(await after.waiting(10))) == (2, 2)
    await after.stop()


async def test_a_new_ledger_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    """The database and the files that SQLite puts beside it are 0600, whatever the umask allows."""
    before = os.umask(0)
    try:
        made = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'home' / 'l.db'}"))
        await made.start()
        files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "home").iterdir()}
        await made.stop()
    finally:
        os.umask(before)
    assert files == dict.fromkeys(("l.db", "l.db-wal", "l.db-shm", "l.db.lock"), 0o600)
