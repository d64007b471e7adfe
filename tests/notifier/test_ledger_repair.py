"""Deliveries that an operator takes in hand: every ledger passes all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifier.outcome import Verdict
from services.notifier.ports import DeliveryQuery, Ledger
from tests.notifier.books import AGAIN, LEASE, RETRY, claim, rows, statuses
from tests.notifier.samples import NOW, ended, endpoint, recalled, taken

FAILED = Verdict("failed", "http_503", "no more")


async def fail(ledger: Ledger, verdict: Verdict = FAILED) -> list[str]:
    """Everything that is due ends so; the ids of the deliveries."""
    made = await claim(ledger)
    await ledger.record([ended(each, verdict) for each in made])
    return [each.parcel.delivery_id for each in made]


async def test_a_dead_delivery_is_tried_again_with_its_own_id(ledger: Ledger) -> None:
    """Its attempts go on counting, its schedule begins anew, and the status says that it was replayed."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    dead = await fail(ledger)
    assert await claim(ledger, AGAIN + LEASE) == []
    assert await ledger.retry(dead, AGAIN) == dead
    (again,) = await claim(ledger, AGAIN)
    assert (again.parcel.delivery_id, again.attempt, again.tries) == (dead[0], 2, 1)
    last = (await statuses(ledger))[-1]
    assert (last.status, last.reason, last.attempt) == ("queued", "replayed", 1)
    assert await ledger.record([ended(again, at=AGAIN)]) == []
    assert await rows(ledger) == {"e1": ("delivered", "accepted")}
    tried = [(each.attempt, each.result, each.reason, each.body) for each in await ledger.attempts(dead[0])]
    assert tried == [(1, "failed", "http_503", "ok"), (2, "delivered", "accepted", "ok")]


async def test_a_delivery_that_waits_for_its_try_is_tried_now(ledger: Ledger) -> None:
    """An operator need not wait for the schedule."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    waiting = await fail(ledger, RETRY)
    assert await claim(ledger) == []
    assert await ledger.retry(waiting, NOW) == waiting
    assert [each.parcel.delivery_id for each in await claim(ledger)] == waiting


async def test_a_resting_endpoint_is_probed_by_what_is_tried_again(ledger: Ledger) -> None:
    """Whoever tries again says that it is mended; one that asked us to wait is not troubled before its time."""
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], NOW)
    await ledger.take([taken("a", f"n{number}") for number in range(3)], NOW)
    resting = await fail(ledger)
    await ledger.take([taken("b")], NOW)
    asked = await fail(ledger, Verdict("failed", "http_503", not_before=AGAIN))
    assert await ledger.retry([*resting[:1], *asked], NOW) == [*resting[:1], *asked]
    assert [each.parcel.delivery_id for each in await claim(ledger)] == resting[:1]
    assert asked[0] in [each.parcel.delivery_id for each in await claim(ledger, AGAIN)]


async def test_many_are_tried_at_a_pace(ledger: Ledger) -> None:
    """One every ten seconds, in the order that was asked for."""
    await ledger.add([endpoint(f"e{n}", f"o{n}") for n in range(3)], NOW)
    await ledger.take([taken(f"o{n}") for n in range(3)], NOW)
    dead = sorted(await fail(ledger), reverse=True)
    assert await ledger.retry(dead, NOW, 10.0) == dead
    for place, each in enumerate(dead):
        at = NOW + timedelta(seconds=10 * place)
        assert [made.parcel.delivery_id for made in await claim(ledger, at)] == [each]


async def test_what_cannot_be_tried_is_left_alone(ledger: Ledger) -> None:
    """Delivered, in flight, without endpoint, at a removed endpoint, of a recalled notice, unknown."""
    offices = ("delivered", "flight", "removed", "homeless")
    await ledger.add([endpoint(f"e-{each}", each) for each in offices[:-1]], NOW)
    await ledger.add([endpoint("e-recalled", "recalled")], NOW)
    await ledger.take([*(taken(each) for each in offices), taken("recalled", "n2")], NOW)
    by_place = {each.parcel.endpoint.endpoint_id: each for each in await claim(ledger)}
    dead = [by_place[f"e-{each}"] for each in ("removed", "recalled")]
    await ledger.record([ended(by_place["e-delivered"]), *(ended(each, FAILED) for each in dead)])
    await ledger.set_state("e-removed", "removed", NOW)
    await ledger.recall([recalled(notice="n2")], NOW)
    everything = [each.delivery_id for each in await ledger.deliveries(DeliveryQuery(limit=100))]
    before = len(await statuses(ledger))
    assert await ledger.retry([*everything, "unknown"], NOW) == []
    assert len(await statuses(ledger)) == before


async def test_at_a_paused_endpoint_it_waits_until_that_is_resumed(ledger: Ledger) -> None:
    """Held, with the reason, and tried after the pause."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    dead = await fail(ledger)
    await ledger.set_state("e1", "paused", NOW)
    assert await ledger.retry(dead, NOW) == dead
    assert await rows(ledger) == {"e1": ("held", "paused")}
    await ledger.set_state("e1", "active", NOW)
    assert len(await claim(ledger)) == 1


async def test_what_is_given_up_is_not_tried_any_more(ledger: Ledger) -> None:
    """Queued, dead and held ones are cancelled; what was delivered, and what was cancelled before, is not."""
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b"), endpoint("e3", "c")], NOW)
    await ledger.take([taken("a")], NOW)
    await fail(ledger, Verdict("delivered", "accepted"))
    await ledger.take([taken("b")], NOW)
    await fail(ledger)
    await ledger.take([taken("c"), taken("d")], NOW)
    everything = [each.delivery_id for each in await ledger.deliveries(DeliveryQuery(limit=100))]
    given_up = await ledger.give_up(everything, NOW)
    assert len(given_up) == 3
    by_operator = ("cancelled", "cancelled_by_operator")
    found = {"e1": ("delivered", "accepted"), "e2": by_operator, "e3": by_operator, None: by_operator}
    assert await rows(ledger) == found
    assert await claim(ledger, AGAIN) == []
    assert await ledger.give_up(everything, NOW) == []
    assert (await ledger.balance("n1")).balanced


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (DeliveryQuery(recipient_id="a"), 1),
        (DeliveryQuery(reason="http_503"), 1),
        (DeliveryQuery(reason="http_503", recipient_id="b"), 0),
        (DeliveryQuery(since=AGAIN), 1),
        (DeliveryQuery(status="failed", since=NOW), 1),
        (DeliveryQuery(delivery_id="unknown"), 0),
    ],
)
async def test_deliveries_are_found_by_office_reason_and_time(ledger: Ledger, query: DeliveryQuery, count: int) -> None:
    """What is asked for narrows the list down, together."""
    await ledger.add([endpoint("e1", "a")], NOW)
    await ledger.take([taken("a")], NOW)
    await fail(ledger)
    await ledger.take([taken("b")], AGAIN)
    assert len(await ledger.deliveries(query)) == count
