"""What need not wait is claimed when it comes in: the SQL ledgers and the one in memory alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Verdict
from services.notifier.ports import Claim, Ledger, Room, Taken
from tests.notifier.books import AGAIN, LEASE, RETRY, claim, rows, statuses
from tests.notifier.samples import NOW, ended, endpoint, recalled, taken

WIDE = Room(100, 50, LEASE)


async def at_once(ledger: Ledger, arrived: Sequence[Taken], room: Room = WIDE) -> Sequence[Claim]:
    return (await ledger.take(arrived, NOW, {"webhook": room})).claims


async def test_it_is_claimed_like_anything_else(ledger: Ledger) -> None:
    """Nobody else gets it under its lease; after that the next claim is a repetition, with a higher fence."""
    await ledger.add([endpoint()], NOW)
    (first,) = await at_once(ledger, [taken()])
    assert await claim(ledger, NOW + LEASE / 2) == []
    (second,) = await claim(ledger, NOW + LEASE)
    assert second == first._replace(fence=first.fence + 1, reclaimed=True)
    assert await ledger.record([ended(first)]) == [ended(first)]
    assert await ledger.record([ended(second)]) == []


async def test_it_is_told_of_when_its_attempt_has_ended(ledger: Ledger) -> None:
    """It is queued in the books, and its first status is what became of it."""
    await ledger.add([endpoint()], NOW)
    claims = await at_once(ledger, [taken()])
    assert (await rows(ledger), await statuses(ledger)) == ({"e1": ("queued", "routed")}, [])
    await ledger.record([ended(each) for each in claims])
    assert [(each.status, each.attempt) for each in await statuses(ledger)] == [("delivered", 1)]


async def test_a_failure_is_tried_again_in_turn(ledger: Ledger) -> None:
    """The second attempt is claimed when it is due."""
    await ledger.add([endpoint()], NOW)
    await ledger.record([ended(each, RETRY) for each in await at_once(ledger, [taken()])])
    assert await claim(ledger, AGAIN - timedelta(seconds=1)) == []
    assert [each.attempt for each in await claim(ledger, AGAIN)] == [2]


async def test_what_is_given_back_is_due_at_once(ledger: Ledger) -> None:
    """A claim that was never begun leaves no trace."""
    await ledger.add([endpoint()], NOW)
    await ledger.release(await at_once(ledger, [taken()]), NOW, begun=False)
    assert [(each.attempt, each.reclaimed) for each in await claim(ledger)] == [(1, False)]


async def test_there_is_room_for_so_many_and_the_others_wait(ledger: Ledger) -> None:
    """Four of ten find room, two of each endpoint; all others are told as queued and claimed in turn."""
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], NOW)
    arrived = [taken(office, f"{office}{n}") for n in range(5) for office in "ab"]
    claims = await at_once(ledger, arrived, Room(9, 2, LEASE))
    assert Counter(each.parcel.endpoint.endpoint_id for each in claims) == {"e1": 2, "e2": 2}
    assert len(await at_once(ledger, [taken("a", "more")], WIDE)) == 0, "others wait already"
    assert [each.status for each in await statuses(ledger)] == ["queued"] * 7
    waiting = await claim(ledger, per_endpoint=50)
    assert len({each.parcel.delivery_id for each in [*claims, *waiting]}) == 11


async def test_the_most_urgent_find_room_first(ledger: Ledger) -> None:
    """Whatever the order in which they came."""
    await ledger.add([endpoint()], NOW)
    arrived = [taken(notice="n1"), taken(notice="n2", urgency="hỏa tốc"), taken(notice="n3", urgency="khẩn")]
    claims = await at_once(ledger, arrived, Room(2, 9, LEASE))
    assert [each.notice_id for each in claims] == ["n2", "n3"]


async def test_nobody_is_overtaken(ledger: Ledger) -> None:
    """While another delivery can be claimed, what comes in waits its turn; what cannot be claimed holds nobody up."""
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], NOW)
    await ledger.take([taken("a", "early")], NOW)
    assert await at_once(ledger, [taken("b", "late")]) == []
    await claim(ledger)
    assert len(await at_once(ledger, [taken("b", "later")])) == 1


@pytest.mark.parametrize("state", ["paused", "disabled"])
async def test_an_endpoint_that_takes_nothing_gets_nothing(ledger: Ledger, state: str) -> None:
    """Its deliveries are held, as ever."""
    place = endpoint()
    await ledger.add([place], NOW)
    await ledger.set_state(place.endpoint_id, "paused" if state == "paused" else "disabled", NOW)
    assert await at_once(ledger, [taken()]) == []
    assert {status for status, _ in (await rows(ledger)).values()} == {"held"}


async def test_an_endpoint_that_asked_us_to_wait_is_left_alone(ledger: Ledger) -> None:
    """So is one that fails again and again: it gets one attempt at a time, in turn."""
    await ledger.add([endpoint("e1", "waits"), endpoint("e2", "fails")], NOW)
    waits = RETRY._replace(not_before=AGAIN)
    await ledger.record([ended(each, waits) for each in await at_once(ledger, [taken("waits", "w")])])
    for turn in range(3):
        failing = await at_once(ledger, [taken("fails", f"f{turn}")])
        await ledger.record([ended(each, RETRY._replace(next_attempt_at=AGAIN)) for each in failing])
    assert await at_once(ledger, [taken("waits", "w2"), taken("fails", "f9")]) == []


async def test_a_recalled_notice_is_not_begun(ledger: Ledger) -> None:
    """It is cancelled from the start."""
    await ledger.add([endpoint()], NOW)
    await ledger.recall([recalled()], NOW)
    assert await at_once(ledger, [taken()]) == []


async def test_one_stale_outcome_does_not_spoil_the_others(ledger: Ledger) -> None:
    """Of a batch written down together, only that one is refused."""
    await ledger.add([endpoint()], NOW)
    first, second, third = await at_once(ledger, [taken(notice=f"n{n}") for n in range(3)])
    await ledger.release([second], NOW, begun=True)
    (again,) = await claim(ledger)
    outcomes = [ended(each) for each in (first, second, third)]
    assert await ledger.record(outcomes) == [outcomes[1]]
    assert await ledger.record(outcomes) == outcomes, "they were written down before"
    assert await ledger.record([ended(again)]) == []
    assert [each.status for each in await statuses(ledger)] == ["delivered"] * 3
    assert [len(await ledger.attempts(each.claim.parcel.delivery_id)) for each in outcomes] == [1, 1, 1]


async def test_many_outcomes_of_both_kinds_are_written_down_together(ledger: Ledger) -> None:
    """A hundred and one, every fifth of them a failure."""
    await ledger.add([endpoint(f"e{n}", f"o{n}") for n in range(101)], NOW)
    claims = await at_once(ledger, [taken(f"o{n}") for n in range(101)], Room(200, 4, LEASE))
    given_up = Verdict("failed", "http_404")
    outcomes = [ended(each, given_up if n % 5 == 0 else None) for n, each in enumerate(claims)]
    assert await ledger.record(outcomes) == []
    by_status, _ = await ledger.counts()
    assert {status: count for status, count in by_status.items() if count} == {"delivered": 80, "failed": 21}


async def test_the_next_process_need_not_wait_for_the_leases_of_a_dead_one(tmp_path: Path) -> None:
    """A process that has the SQLite file for itself claims at once what was leased; one that has not, waits."""
    url = f"sqlite:///{tmp_path / 'l.db'}"
    dead, other, following = (SqlLedger(open_engine(url), clock=lambda: NOW) for _ in range(3))
    await dead.start()
    await dead.add([endpoint()], NOW)
    (lost,) = await at_once(dead, [taken()])
    await other.start()
    assert await claim(other) == []
    for each in (other, dead):
        await each.stop()
    await following.start()
    (again,) = await claim(following)
    await following.stop()
    assert (again.parcel.delivery_id, again.attempt, again.reclaimed) == (lost.parcel.delivery_id, 1, True)
