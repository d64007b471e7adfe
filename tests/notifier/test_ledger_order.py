"""Endpoints that want their notices in order: the SQL ledgers and the one in memory alike."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.notifier.endpoint_options import EndpointOptions
from services.notifier.outcome import Verdict
from services.notifier.ports import Ledger, Room
from tests.notifier.books import AGAIN, LEASE, RETRY, claim
from tests.notifier.samples import NOW, ended, endpoint, taken

ORDERED = EndpointOptions(ordered=True)
SOON = NOW + timedelta(seconds=1)


async def ordered(ledger: Ledger, *notices: str) -> None:
    await ledger.add([endpoint("e1", "a", options=ORDERED), endpoint("e2", "b")], NOW)
    await ledger.take([taken("a", each) for each in notices], NOW, {"webhook": Room(100, 50, LEASE)})


async def next_one(ledger: Ledger, at: datetime = NOW, verdict: Verdict | None = None) -> str | None:
    """The notice that is claimed and tried now; None for none."""
    claims = await claim(ledger, at)
    assert len(claims) <= 1
    await ledger.record([ended(each, verdict, at) for each in claims])
    return claims[0].notice_id if claims else None


async def test_they_go_one_by_one_as_they_came(ledger: Ledger) -> None:
    """Whatever their ids, and without a pause between them."""
    await ordered(ledger, "n3", "n1", "n2")
    assert [await next_one(ledger) for _ in range(4)] == ["n3", "n1", "n2", None]


async def test_the_next_one_waits_while_one_is_in_flight(ledger: Ledger) -> None:
    """However much room there is."""
    await ordered(ledger, "n1", "n2")
    (first,) = await claim(ledger)
    assert await claim(ledger) == []
    await ledger.record([ended(first)])
    assert [each.notice_id for each in await claim(ledger)] == ["n2"]


async def test_a_later_one_waits_for_the_earlier_ones_next_try(ledger: Ledger) -> None:
    """And only that endpoint waits."""
    await ordered(ledger, "n1", "n2")
    assert await next_one(ledger, NOW, RETRY) == "n1"
    await ledger.take([taken("b", "other"), taken("a", "n3")], SOON)
    assert await next_one(ledger, SOON) == "other"
    assert await next_one(ledger, AGAIN - timedelta(seconds=1)) is None
    assert [await next_one(ledger, AGAIN) for _ in range(4)] == ["n1", "n2", "n3", None]


async def test_one_that_is_given_up_lets_the_others_go_on(ledger: Ledger) -> None:
    """Order is no reason to keep everything back for ever."""
    await ordered(ledger, "n1", "n2")
    assert await next_one(ledger, NOW, Verdict("failed", "http_404")) == "n1"
    assert await next_one(ledger) == "n2"


async def test_a_more_urgent_one_goes_first(ledger: Ledger) -> None:
    """Hỏa tốc overtakes; order holds among those of one urgency."""
    await ordered(ledger, "n1")
    await ledger.take([taken("a", "u", urgency="hỏa tốc")], SOON)
    assert [await next_one(ledger, SOON) for _ in range(3)] == ["u", "n1", None]


@pytest.mark.parametrize("waiting", [True, False])
async def test_what_waits_its_turn_holds_up_no_other_endpoint(ledger: Ledger, *, waiting: bool) -> None:
    """While one waits for a later try, what comes in for others is still claimed at once."""
    await ordered(ledger, "n1", "n2")
    assert await next_one(ledger, NOW, RETRY if waiting else None) == "n1"
    if not waiting:
        assert await next_one(ledger) == "n2"
    assert await next_one(ledger, SOON) is None
    told = await ledger.take([taken("b", "other")], SOON, {"webhook": Room(100, 50, LEASE)})
    assert [each.notice_id for each in told.claims] == ["other"]
