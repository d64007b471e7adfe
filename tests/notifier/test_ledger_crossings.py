"""What happens to a delivery while something else happens to it: every ledger passes all of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.notifier.endpoint_options import EndpointOptions, Filters
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Verdict
from services.notifier.ports import DeliveryQuery, Ledger
from tests.notifier.books import AGAIN, LEASE, RETRY, claim, rows
from tests.notifier.samples import NOW, ended, endpoint, recalled, taken

FAILED = Verdict("failed", "http_404")
BY_OPERATOR = ("cancelled", "cancelled_by_operator")


async def ids(ledger: Ledger) -> list[str]:
    return [each.delivery_id for each in await ledger.deliveries(DeliveryQuery(limit=100))]


async def word(ledger: Ledger) -> list[tuple[str, str]]:
    """What became of word of recalls."""
    found = await ledger.deliveries(DeliveryQuery(limit=100))
    return [(each.status, each.reason) for each in found if each.recall_id]


async def test_what_was_given_up_in_its_attempt_is_not_tried_again(ledger: Ledger) -> None:
    """The attempt ends without success, and the operator's word stands."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    claims = await claim(ledger)
    await ledger.give_up(await ids(ledger), NOW)
    await ledger.record([ended(each, RETRY) for each in claims])
    assert await rows(ledger) == {"e1": BY_OPERATOR}
    assert await claim(ledger, AGAIN) == []


async def test_what_was_called_off_in_its_attempt_is_not_handed_over(ledger: Ledger) -> None:
    """Neither what was given up nor what was recalled goes on at the next endpoint, even if its own fails."""
    await ledger.add([endpoint("e1"), endpoint("e2", place=1)], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    claims = await claim(ledger)
    await ledger.give_up([each.parcel.delivery_id for each in claims if each.notice_id == "n1"], NOW)
    await ledger.recall([recalled(notice="n2")], NOW)
    await ledger.record([ended(each, FAILED) for each in claims])
    assert await rows(ledger, "n1") == {"e1": ("failed", "http_404")}
    assert {each.endpoint_id for each in await ledger.deliveries(DeliveryQuery(notice_id="n2"))} == {"e1"}


async def test_a_standby_gets_no_copies_that_it_wants_no_more(ledger: Ledger) -> None:
    """What is handed over is as little for information only as what is routed."""
    await ledger.add([endpoint("e1"), endpoint("e2", place=1)], NOW)
    await ledger.set_information("e2", NOW, takes=False)
    await ledger.take([taken(role="biết", tasks=())], NOW)
    await ledger.record([ended(each, FAILED) for each in await claim(ledger)])
    assert await rows(ledger) == {"e1": ("failed", "http_404")}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("in_flight", [False, True])
async def test_what_a_removed_endpoint_leaves_goes_to_the_one_that_stands(
    ledger: Ledger, place: int, in_flight: bool
) -> None:
    """A replacement added before the old one goes gets what waits, and what is never heard of again."""
    await ledger.add([endpoint("old")], NOW)
    await ledger.take([taken()], NOW)
    await ledger.add([endpoint("new", place=place)], NOW)
    claims = await claim(ledger) if in_flight else ()
    await ledger.set_state("old", "removed", NOW)
    assert (await rows(ledger))["new"] == ("queued", "handed_over")
    assert len(await claim(ledger)) == (0 if claims else 1)
    if claims:
        assert len(await claim(ledger, NOW + LEASE)) == 1


async def test_what_arrives_after_all_at_a_removed_endpoint_is_not_sent_to_the_one_that_stands(ledger: Ledger) -> None:
    """It waited for the end of that attempt."""
    await ledger.add([endpoint("old")], NOW)
    await ledger.take([taken()], NOW)
    await ledger.add([endpoint("new")], NOW)
    claims = await claim(ledger)
    await ledger.set_state("old", "removed", NOW)
    await ledger.record([ended(each) for each in claims])
    assert await rows(ledger) == {"old": ("delivered", "accepted"), "new": ("cancelled", "delivered_elsewhere")}


async def test_what_nobody_who_stands_wants_ends_with_its_endpoint(ledger: Ledger) -> None:
    """The other one filters it away."""
    only_urgent = EndpointOptions(filters=Filters(urgencies=("hỏa tốc",)))
    await ledger.add([endpoint("old"), endpoint("new", options=only_urgent)], NOW)
    await ledger.take([taken()], NOW)
    await ledger.set_state("old", "removed", NOW)
    assert await rows(ledger) == {"old": ("cancelled", "endpoint_removed")}


async def test_an_office_is_told_of_a_recall_whose_copy_nobody_heard_of(ledger: Ledger) -> None:
    """The lease had run out before the recall: the copy may have arrived."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await claim(ledger)
    await ledger.recall([recalled()], NOW + LEASE)
    (told,) = await claim(ledger, NOW + LEASE)
    assert told.recall_id == recalled().recall.recall_id


async def test_word_is_kept_for_a_copy_nobody_heard_of(ledger: Ledger) -> None:
    """Of two attempts one fails, and the other's lease runs out: that copy may have arrived."""
    await ledger.add([endpoint("e1"), endpoint("e2")], NOW)
    await ledger.take([taken()], NOW)
    _, second = await claim(ledger)
    await ledger.recall([recalled()], NOW)
    await ledger.record([ended(second, FAILED, NOW + LEASE)])
    assert await word(ledger) == [("queued", "recalled")] * 2


@pytest.mark.parametrize("postponed", [False, True])
async def test_no_office_hears_of_the_recall_of_a_copy_that_was_given_back_untried(
    ledger: Ledger, postponed: bool
) -> None:
    """It was claimed, and nothing was sent."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (made,) = await claim(ledger)
    await ledger.recall([recalled()], NOW)
    if postponed:
        await ledger.postpone([(made, AGAIN)], NOW)
    else:
        await ledger.release([made], NOW, begun=False)
    assert await word(ledger) == [("cancelled", "not_delivered")]


@pytest.mark.parametrize("how", ["released", "retried"])
async def test_a_repetition_stays_one(ledger: Ledger, how: str) -> None:
    """An attempt was never heard of again, and the next claim was given back, or an operator began anew."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await claim(ledger)
    later = NOW + LEASE
    if how == "released":
        await ledger.release(await claim(ledger, later), later, begun=False)
    else:
        await ledger.retry(await ids(ledger), later)
    assert [each.reclaimed for each in await claim(ledger, later)] == [True]


@pytest.mark.parametrize("verdict", [None, RETRY])
async def test_an_outcome_counts_beside_a_stale_one_of_its_delivery(ledger: Ledger, verdict: Verdict | None) -> None:
    """Both in one batch, in either order: the stale one is answered, the other is written down."""
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], NOW)
    await ledger.take([taken("a"), taken("b")], NOW)
    old = {each.parcel.endpoint.endpoint_id: each for each in await claim(ledger)}
    new = {each.parcel.endpoint.endpoint_id: each for each in await claim(ledger, NOW + LEASE)}
    stale = [ended(old["e1"], RETRY), ended(old["e2"], RETRY)]
    batch = [stale[0], ended(new["e1"], verdict), ended(new["e2"], verdict), stale[1]]
    assert await ledger.record(batch) == stale
    assert {each.attempt for each in await ledger.deliveries(DeliveryQuery())} == {1}


async def test_endpoints_that_have_their_share_in_hand_keep_nobody_from_a_turn(ledger: Ledger) -> None:
    """Urgent queues of two endpoints that hang come first in turn, and a third one is served none the less."""
    await ledger.add([endpoint(f"e{n}", f"o{n}") for n in range(3)], NOW)
    await ledger.take([taken(f"o{n}", f"n{m}", urgency="hỏa tốc") for n in range(2) for m in range(9)], NOW)
    while await claim(ledger, want=2, per_endpoint=9):
        pass
    await ledger.take([taken("o2")], NOW)
    found = [each.parcel.endpoint.endpoint_id for each in await claim(ledger, want=2, per_endpoint=9)]
    assert found == ["e2"]


async def test_nobody_is_alone_beside_a_notifier_that_began_second(tmp_path: Path) -> None:
    """The first one dies; the leases of the second stand when a third one starts."""
    url = f"sqlite:///{tmp_path / 'l.db'}"
    first, second, third = (SqlLedger(open_engine(url), clock=lambda: NOW) for _ in range(3))
    await first.start()
    await second.start()
    await second.add([endpoint()], NOW)
    await second.take([taken()], NOW)
    (made,) = await claim(second)
    await first.stop()
    await third.start()
    assert await claim(third, NOW + timedelta(seconds=1)) == []
    assert await second.record([ended(made)]) == []
    for each in (second, third):
        await each.stop()


@pytest.mark.parametrize("how", ["given up", "bounced", "recalled"])
async def test_what_follows_in_order_does_not_wait_for_what_is_over(ledger: Ledger, how: str) -> None:
    """The earlier notice waits for its next try, which will never be: the later one goes now."""
    await ledger.add([endpoint(kind="email", target="vt@x.vn", options=EndpointOptions(ordered=True))], NOW)
    await ledger.take([taken(notice="n1")], NOW)
    await ledger.take([taken(notice="n2")], NOW + timedelta(seconds=1))
    later = NOW + timedelta(seconds=2)
    (first,) = await ledger.claim("email", 9, 9, LEASE, later)
    await ledger.record([ended(first, RETRY, later)])
    assert await ledger.claim("email", 9, 9, LEASE, later) == []
    key = first.parcel.delivery_id
    if how == "given up":
        await ledger.give_up([key], later)
    elif how == "bounced":
        await ledger.bounce(key, "550 no such user", later)
    else:
        await ledger.recall([recalled()], later)
    assert [each.notice_id for each in await ledger.claim("email", 9, 9, LEASE, later)] == ["n2"]
