"""Endpoints that take over: the SQL ledgers and the one in memory alike."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.notifier.endpoint_options import EndpointOptions, Filters
from services.notifier.endpoints import State
from services.notifier.outcome import Verdict
from services.notifier.ports import Ledger, Outcome
from tests.notifier.books import LEASE, rows, statuses
from tests.notifier.samples import NOW, ended, endpoint, taken

FAILED = Verdict("failed", "http_404")
GONE = Verdict("failed", "http_410", disable=True)
HANDED = ("cancelled", "handed_over")
TAKEN_OVER = ("queued", "handed_over")


async def hook_then_mail(ledger: Ledger, mail_state: State = "active") -> None:
    await ledger.add([endpoint("hook"), endpoint("mail", kind="email", target="vt@x.vn", place=1)], NOW)
    if mail_state != "active":
        await ledger.set_state("mail", mail_state, NOW)


async def attempt(ledger: Ledger, verdict: Verdict | None, at: datetime = NOW) -> None:
    """One attempt of everything that is due at webhooks."""
    claims = await ledger.claim("webhook", 100, 9, LEASE, at)
    assert await ledger.record([Outcome(each, verdict or ended(each).verdict, "ok", at, 1) for each in claims]) == []


async def fail(ledger: Ledger, times: int) -> None:
    """So many attempts that could be made again an hour later."""
    for turn in range(times):
        at = NOW + timedelta(hours=turn)
        await attempt(ledger, Verdict("retrying", "http_503", None, at + timedelta(hours=1)), at)


async def test_the_first_in_turn_gets_the_copy_and_the_next_one_none(ledger: Ledger) -> None:
    """While the webhook takes deliveries, nothing is sent by mail."""
    await hook_then_mail(ledger)
    await ledger.take([taken()], NOW)
    await attempt(ledger, None)
    assert await rows(ledger) == {"hook": ("delivered", "accepted")}


async def test_two_of_one_place_get_a_copy_each(ledger: Ledger) -> None:
    """Parallel delivery is two endpoints of the same place."""
    await ledger.add([endpoint("a"), endpoint("b"), endpoint("c", place=1)], NOW)
    await ledger.take([taken()], NOW)
    assert set(await rows(ledger)) == {"a", "b"}


async def test_a_delivery_that_failed_goes_on_at_the_next_one(ledger: Ledger) -> None:
    """It stays failed where it failed, and is told so before the other is queued; both count as one assignment."""
    await hook_then_mail(ledger)
    await ledger.take([taken()], NOW)
    await attempt(ledger, FAILED)
    assert await rows(ledger) == {"hook": ("failed", "http_404"), "mail": TAKEN_OVER}
    assert [(each.status, each.reason) for each in await statuses(ledger)][1:] == [("failed", "http_404"), TAKEN_OVER]
    (claim,) = await ledger.claim("email", 9, 9, LEASE, NOW)
    await ledger.record([ended(claim)])
    assert (await ledger.balance("n1")).states["delivered"] == 1


async def test_after_three_tries_another_takes_over(ledger: Ledger) -> None:
    """Two failures are waited out; after the third nothing more is tried here."""
    await hook_then_mail(ledger)
    await ledger.take([taken()], NOW)
    await fail(ledger, 2)
    assert (await rows(ledger))["hook"] == ("retrying", "http_503")
    await attempt(ledger, Verdict("retrying", "timeout", None, NOW + timedelta(days=1)), NOW + timedelta(hours=2))
    assert await rows(ledger) == {"hook": HANDED, "mail": TAKEN_OVER}
    assert await ledger.claim("webhook", 9, 9, LEASE, NOW + timedelta(days=2)) == []


async def test_an_urgent_one_waits_less(ledger: Ledger) -> None:
    """Hỏa tốc goes by the other way after two tries."""
    await hook_then_mail(ledger)
    await ledger.take([taken(urgency="hỏa tốc")], NOW)
    await fail(ledger, 2)
    assert await rows(ledger) == {"hook": HANDED, "mail": TAKEN_OVER}


async def test_without_another_endpoint_the_schedule_goes_on(ledger: Ledger) -> None:
    """So it does where the other one is paused."""
    await hook_then_mail(ledger, "paused")
    await ledger.take([taken()], NOW)
    await fail(ledger, 4)
    assert await rows(ledger) == {"hook": ("retrying", "http_503")}


@pytest.mark.parametrize("state", ["disabled", "removed"])
async def test_what_waits_goes_on_elsewhere_when_its_endpoint_ends(ledger: Ledger, state: State) -> None:
    """Everything open is handed over at once, and what comes later goes to the next one from the start."""
    await hook_then_mail(ledger)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    await ledger.set_state("hook", state, NOW)
    await ledger.take([taken(notice="n3")], NOW)
    for notice in ("n1", "n2"):
        assert await rows(ledger, notice) == {"hook": HANDED, "mail": TAKEN_OVER}
    assert await rows(ledger, "n3") == {"mail": ("queued", "routed")}


async def test_gone_hands_over_the_one_and_all_others(ledger: Ledger) -> None:
    """A 410 disables the endpoint: what failed by it and what waits behind it go by the other way."""
    await hook_then_mail(ledger)
    await ledger.take([taken(notice="n1")], NOW)
    await ledger.take([taken(notice="n2")], NOW + timedelta(seconds=1))
    (claim,) = await ledger.claim("webhook", 1, 1, LEASE, NOW)
    await ledger.record([ended(claim, GONE)])
    assert await rows(ledger, "n1") == {"hook": ("failed", "http_410"), "mail": TAKEN_OVER}
    assert await rows(ledger, "n2") == {"hook": HANDED, "mail": TAKEN_OVER}


async def test_an_attempt_in_flight_comes_to_its_end_first(ledger: Ledger) -> None:
    """Its endpoint is disabled meanwhile: if it arrives nobody takes over, if not the other one does."""
    await hook_then_mail(ledger)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    first, second = sorted(await ledger.claim("webhook", 9, 9, LEASE, NOW), key=lambda each: each.notice_id)
    await ledger.set_state("hook", "disabled", NOW)
    again = Verdict("retrying", "timeout", None, NOW + timedelta(hours=1))
    await ledger.record([ended(first), ended(second, again)])
    assert await rows(ledger, "n1") == {"hook": ("delivered", "accepted")}
    assert await rows(ledger, "n2") == {"hook": HANDED, "mail": TAKEN_OVER}


async def test_a_copy_that_arrived_by_another_way_is_not_handed_over(ledger: Ledger) -> None:
    """Of two parallel webhooks one took it: the mailbox behind them gets nothing."""
    await ledger.add([endpoint("a"), endpoint("b"), endpoint("mail", kind="email", target="vt@x.vn", place=1)], NOW)
    await ledger.take([taken()], NOW)
    claims = {each.parcel.endpoint.endpoint_id: each for each in await ledger.claim("webhook", 9, 9, LEASE, NOW)}
    await ledger.record([ended(claims["a"])])
    await ledger.record([ended(claims["b"], FAILED)])
    assert set(await rows(ledger)) == {"a", "b"}


async def test_two_that_fail_hand_over_once(ledger: Ledger) -> None:
    """The mailbox gets one mail, whether they fail together or, once neither is in flight, one after the other."""
    await ledger.add([endpoint("a"), endpoint("b"), endpoint("mail", kind="email", target="vt@x.vn", place=1)], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    claims = await ledger.claim("webhook", 9, 9, LEASE, NOW)
    await ledger.record([ended(each, FAILED) for each in claims if each.notice_id == "n1"])
    for each in claims:
        if each.notice_id == "n2":
            await ledger.record([ended(each, FAILED)])
    assert [each.notice_id for each in await ledger.claim("email", 9, 9, LEASE, NOW)] == ["n1"]
    assert {each.notice_id for each in await ledger.claim("email", 9, 9, LEASE, NOW + LEASE)} == {"n1", "n2"}


async def test_who_filters_it_away_does_not_take_over(ledger: Ledger) -> None:
    """A standby for urgent notices only is none for others."""
    only_urgent = EndpointOptions(filters=Filters(urgencies=("hỏa tốc",)))
    await ledger.add([endpoint("hook"), endpoint("other", place=1, options=only_urgent)], NOW)
    await ledger.take([taken()], NOW)
    await attempt(ledger, FAILED)
    assert await rows(ledger) == {"hook": ("failed", "http_404")}
