"""What endpoints do not want: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

from contracts.deliveries import EndpointKind
from services.notifier.endpoint_options import EndpointOptions, Filters
from services.notifier.endpoints import Endpoint
from services.notifier.ports import Ledger, Room
from tests.notifier.books import LEASE, claim, rows, statuses
from tests.notifier.samples import NOW, ended, endpoint, recalled, taken

URGENT = EndpointOptions(filters=Filters(urgencies=("hỏa tốc",)))
NO_RECALLS = EndpointOptions(filters=Filters(event_types=("assignments.routed.v1",)))


def choosy(endpoint_id: str = "e1", options: EndpointOptions = URGENT, **changes: object) -> Endpoint:
    return endpoint(endpoint_id, options=options, **changes)


async def test_what_a_filter_keeps_away_is_not_made(ledger: Ledger) -> None:
    """Of two endpoints only the one that wants the notice gets a delivery; both get what both want."""
    await ledger.add([choosy("e1"), endpoint("e2")], NOW)
    await ledger.take([taken(), taken(notice="n2", urgency="hỏa tốc")], NOW)
    assert await rows(ledger) == {"e2": ("queued", "routed")}
    assert set(await rows(ledger, "n2")) == {"e1", "e2"}
    assert len(await claim(ledger)) == 3


async def test_an_assignment_that_nobody_wants_is_in_the_books(ledger: Ledger) -> None:
    """Where all endpoints of its office filter it away it is cancelled by name, told so, and the books balance."""
    await ledger.add([choosy("e1"), choosy("e2")], NOW)
    await ledger.take([taken()], NOW)
    assert await rows(ledger) == {None: ("cancelled", "filtered")}
    (told,) = await statuses(ledger)
    assert (told.status, told.reason, told.endpoint_id) == ("cancelled", "filtered", None)
    balance = await ledger.balance(None)
    assert (balance.balanced, balance.states["cancelled"]) == (True, 1)
    assert await claim(ledger) == []


async def test_a_new_endpoint_takes_of_what_is_held_only_what_it_wants(ledger: Ledger) -> None:
    """What was held for want of an endpoint is delivered or cancelled as the filter of the first one says."""
    await ledger.take([taken(), taken(notice="n2", urgency="hỏa tốc")], NOW)
    await ledger.add([choosy()], NOW)
    assert await rows(ledger) == {None: ("cancelled", "filtered")}
    assert await rows(ledger, "n2") == {None: ("cancelled", "endpoint_added"), "e1": ("queued", "endpoint_added")}
    assert [each.notice_id for each in await claim(ledger)] == ["n2"]
    assert (await ledger.balance(None)).balanced


async def test_an_endpoint_that_is_added_paused_holds_what_waited(ledger: Ledger) -> None:
    """Nothing leaves before it is resumed."""
    await ledger.take([taken()], NOW)
    await ledger.add([endpoint(state="paused")], NOW)
    assert await rows(ledger) == {None: ("cancelled", "endpoint_added"), "e1": ("held", "paused")}
    await ledger.set_state("e1", "active", NOW)
    assert len(await claim(ledger)) == 1


async def test_word_of_a_recall_can_be_filtered_away(ledger: Ledger) -> None:
    """An endpoint that takes no recalls gets none; they are in the books as filtered."""
    await ledger.add([choosy(options=NO_RECALLS)], NOW)
    await ledger.take([taken()], NOW)
    await ledger.record([ended(each) for each in await claim(ledger)])
    await ledger.recall([recalled()], NOW)
    assert await claim(ledger) == []
    last = (await statuses(ledger))[-1]
    assert (last.status, last.reason, bool(last.recall_id)) == ("cancelled", "filtered", True)


async def test_what_nobody_wants_is_not_claimed_at_once(ledger: Ledger) -> None:
    """Where there is room on arrival, only endpoints that want the notice take of it."""
    await ledger.add([choosy("e1"), endpoint("e2"), choosy("e3", office="o2")], NOW)
    room: dict[EndpointKind, Room] = {"webhook": Room(10, 10, LEASE)}
    told = await ledger.take([taken(), taken("o2", "n2")], NOW, room)
    assert [each.parcel.endpoint.endpoint_id for each in told.claims] == ["e2"]
    assert await rows(ledger, "n2") == {None: ("cancelled", "filtered")}
