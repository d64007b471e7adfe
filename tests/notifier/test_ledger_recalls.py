"""What a recall does to deliveries: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.identity import delivery_id, recall_message_id
from contracts.notices import RecallAction
from contracts.receipts import ReceiptRecorded
from services.notifier.outcome import Verdict
from services.notifier.parcel import decode
from services.notifier.ports import DeliveryQuery, Ledger
from tests.notifier.books import AGAIN, LEASE, RETRY, claim, statuses
from tests.notifier.samples import NOW, assignment, ended, endpoint, recalled, taken

LATER = NOW + timedelta(seconds=1)
ID = assignment().assignment_id


async def copies(ledger: Ledger, notice: str = "n1") -> dict[str | None, tuple[str, str]]:
    found = await ledger.deliveries(DeliveryQuery(notice_id=notice, limit=1_000))
    return {each.endpoint_id: (each.status, each.reason) for each in found if each.recall_id is None}


async def messages(ledger: Ledger) -> dict[str | None, tuple[str, str]]:
    found = await ledger.deliveries(DeliveryQuery(notice_id="n1", limit=1_000))
    return {each.endpoint_id: (each.status, each.reason) for each in found if each.recall_id}


async def taken_back(ledger: Ledger) -> list[ReceiptRecorded]:
    told = [each.message for each in await ledger.waiting(10_000)]
    return [each for each in told if isinstance(each, ReceiptRecorded)]


async def deliver(ledger: Ledger) -> None:
    """Everything that is due arrives."""
    await ledger.record([ended(each) for each in await claim(ledger)])


@pytest.mark.parametrize("action", ["recalled", "replaced"])
async def test_what_is_on_its_way_is_stopped(ledger: Ledger, action: RecallAction) -> None:
    """Queued, waiting for another try, paused or without endpoint: nothing of a recalled notice goes out any more."""
    offices = ("queued", "retrying", "paused", "homeless")
    await ledger.add([endpoint(f"e-{each}", each) for each in offices[:-1]], NOW)
    await ledger.take([taken("retrying")], NOW)
    await ledger.record([ended(each, RETRY) for each in await claim(ledger)])
    await ledger.set_state("e-paused", "paused", NOW)
    await ledger.take([taken(each) for each in offices], NOW)
    assert await ledger.recall([recalled(action)], NOW) == 1
    assert set((await copies(ledger)).values()) == {("cancelled", action)}
    assert await messages(ledger) == {}
    await ledger.set_state("e-paused", "active", NOW)
    await ledger.add([endpoint("e-homeless", "homeless")], NOW)
    assert await claim(ledger, AGAIN) == []
    books = await ledger.balance("n1")
    assert (books.states["cancelled"], books.balanced) == (4, True)


@pytest.mark.parametrize("action", ["recalled", "replaced", "updated"])
async def test_an_office_that_has_its_copy_is_told_once(ledger: Ledger, action: RecallAction) -> None:
    """The message speaks of the assignment, has a delivery of its own, and the copy stays delivered in the books."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await deliver(ledger)
    said = recalled(action)
    assert [await ledger.recall([said, said], NOW), await ledger.recall([said], LATER)] == [1, 0]
    (told,) = await claim(ledger)
    contents = decode(told.parcel.body)
    assert contents is not None
    assert (contents.recall, contents.assignment) == (said.recall, assignment())
    assert (told.assignment_id, told.recall_id, told.attempt) == (ID, said.recall.recall_id, 1)
    assert told.parcel.delivery_id == delivery_id(recall_message_id(ID, said.recall.recall_id), "e1")
    await ledger.record([ended(told)])
    assert await messages(ledger) == {"e1": ("delivered", "accepted")}
    last = (await statuses(ledger))[-1]
    assert (last.assignment_id, last.recall_id) == (ID, said.recall.recall_id)
    assert (await ledger.balance("n1")).states["delivered"] == 1
    assert len(await ledger.deliveries(DeliveryQuery(assignment_id=ID))) == 2


@pytest.mark.parametrize(("action", "count"), [("recalled", 1), ("replaced", 1), ("updated", 0)])
async def test_an_office_that_was_told_gets_receipt_13(ledger: Ledger, action: RecallAction, count: int) -> None:
    """Two endpoints took the message: the office was asked to give its copy back once. An update asks nothing."""
    await ledger.add([endpoint("e1"), endpoint("e2")], NOW)
    await ledger.take([taken()], NOW)
    await deliver(ledger)
    await ledger.recall([recalled(action)], NOW)
    assert await taken_back(ledger) == []
    await deliver(ledger)
    said = [(each.code, each.assignment_id, each.actor, each.via) for each in await taken_back(ledger)]
    assert said == [("13", ID, "Văn thư VPCP", "recall")] * count
    assert await ledger.receipts(ID) == await taken_back(ledger)


@pytest.mark.parametrize("action", ["recalled", "replaced"])
async def test_a_recall_that_comes_before_its_notice_stops_it(ledger: Ledger, action: RecallAction) -> None:
    """An assignment that comes late is kept, cancelled from the start, and told to nobody."""
    await ledger.add([endpoint()], NOW)
    await ledger.recall([recalled(action)], NOW)
    await ledger.take([taken(), taken("other")], NOW)
    assert await copies(ledger) == {"e1": ("cancelled", action), None: ("cancelled", action)}
    assert await claim(ledger) == []
    assert (await ledger.balance("n1")).states["cancelled"] == 2


async def test_an_updated_notice_still_goes_out_and_its_office_is_told_after_it(ledger: Ledger) -> None:
    """Whether the update comes before the notice or during its delivery, the message follows the copy."""
    await ledger.add([endpoint()], NOW)
    await ledger.recall([recalled("updated")], NOW)
    await ledger.take([taken()], NOW)
    (first,) = await claim(ledger)
    assert first.recall_id is None
    await ledger.record([ended(first, RETRY)])
    assert await messages(ledger) == {}
    await ledger.record([ended(each, at=AGAIN) for each in await claim(ledger, AGAIN)])
    assert [each.recall_id for each in await claim(ledger, AGAIN)] == [recalled("updated").recall.recall_id]


async def test_a_copy_that_arrives_in_the_moment_of_its_recall_is_taken_back(ledger: Ledger) -> None:
    """The attempt was in flight: it stands as delivered, and its office is told at once."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (made,) = await claim(ledger)
    await ledger.recall([recalled()], NOW)
    assert await copies(ledger) == {"e1": ("cancelled", "recalled")}
    assert await claim(ledger, LATER) == []
    assert await ledger.record([ended(made, at=LATER)]) == []
    assert await copies(ledger) == {"e1": ("delivered", "accepted")}
    (told,) = await claim(ledger, LATER)
    assert told.recall_id == recalled().recall.recall_id


@pytest.mark.parametrize(
    ("verdict", "then"), [(RETRY, ("cancelled", "recalled")), (Verdict("failed", "http_410"), ("failed", "http_410"))]
)
async def test_a_copy_that_did_not_arrive_is_not_spoken_of(
    ledger: Ledger, verdict: Verdict, then: tuple[str, str]
) -> None:
    """The attempt in flight came to nothing: there is no other, and the office hears of no recall."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (made,) = await claim(ledger)
    await ledger.recall([recalled()], NOW)
    await ledger.record([ended(made, verdict, LATER)])
    assert await copies(ledger) == {"e1": then}
    assert await messages(ledger) == {"e1": ("cancelled", "not_delivered")}
    assert await claim(ledger, AGAIN + LEASE) == []


async def test_an_office_whose_attempt_was_never_heard_of_again_is_told(ledger: Ledger) -> None:
    """The notifier died in the attempt: the office may have its copy, so it is told once the lease is over."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await claim(ledger)
    await ledger.recall([recalled()], NOW)
    assert await claim(ledger, NOW + LEASE / 2) == []
    (told,) = await claim(ledger, NOW + LEASE)
    assert told.recall_id == recalled().recall.recall_id
    assert (await ledger.balance("n1")).states["cancelled"] == 1


async def test_word_is_kept_while_another_copy_is_in_flight(ledger: Ledger) -> None:
    """Of two attempts in flight the first fails and the second arrives: the office is told."""
    await ledger.add([endpoint("e1"), endpoint("e2")], NOW)
    await ledger.take([taken()], NOW)
    first, second = await claim(ledger)
    await ledger.recall([recalled()], NOW)
    await ledger.record([ended(first, RETRY, LATER)])
    assert {each for each, _ in (await messages(ledger)).values()} == {"queued"}
    await ledger.record([ended(second, at=LATER)])
    assert len(await claim(ledger, LATER)) == 2


async def test_a_recall_means_the_revision_it_names_and_those_before(ledger: Ledger) -> None:
    """What the issuer sends again after the recall goes out."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(assignment_id="a1"), taken(assignment_id="a2", revision=2)], NOW)
    await ledger.recall([recalled(revision=2)], NOW)
    await ledger.take([taken(assignment_id="a3", revision=3)], NOW)
    assert [each.revision for each in await claim(ledger)] == [3]
    assert await ledger.recalls("n1", 2) == [recalled(revision=2).recall]
    assert await ledger.recalls("n1", 3) == await ledger.recalls("n2", 1) == []


async def test_other_notices_are_left_alone(ledger: Ledger) -> None:
    """A recall stops no notice but its own."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(), taken(notice="n2")], NOW)
    await ledger.recall([recalled()], NOW)
    assert [each.notice_id for each in await claim(ledger)] == ["n2"]


async def test_word_of_a_recall_finds_its_office_where_it_takes_copies_now(ledger: Ledger) -> None:
    """The endpoint that took the copy is gone: the message waits for the next one, as a copy would."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await deliver(ledger)
    await ledger.recall([recalled()], NOW)
    await ledger.set_state("e1", "removed", NOW)
    assert await messages(ledger) == {"e1": ("cancelled", "endpoint_removed"), None: ("held", "no_endpoint")}
    await ledger.add([endpoint("e9")], NOW)
    (told,) = await claim(ledger)
    assert (told.parcel.endpoint.endpoint_id, told.recall_id) == ("e9", recalled().recall.recall_id)
