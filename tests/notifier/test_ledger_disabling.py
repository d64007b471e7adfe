"""An office is told by its other endpoints when one is disabled: the SQL ledgers and the one in memory alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from services.notifier.disabling import Disabling
from services.notifier.endpoint_options import EndpointOptions, Filters
from services.notifier.endpoints import Endpoint
from services.notifier.outcome import Verdict
from services.notifier.parcel import decode
from services.notifier.ports import Claim, DeliveryQuery, DeliveryRow, Ledger
from tests.notifier.books import AGAIN, LEASE, statuses
from tests.notifier.samples import NOW, TRACE, ended, endpoint, recalled, taken

GONE = Verdict("failed", "http_410", "Gone", disable=True)
GIVEN_UP = Verdict("retrying", "http_503", None, AGAIN, disable=True)
HOOK = endpoint("hook", target="http://127.0.0.1:9/in?token=tok-en-9")


def mailbox(endpoint_id: str = "mail", **changes: object) -> Endpoint:
    return endpoint(endpoint_id, **{"kind": "email", "target": f"{endpoint_id}@x.vn", "secret": None, **changes})


async def fail(ledger: Ledger, verdict: Verdict = GONE, notices: Sequence[str] = ("n1",)) -> None:
    """The webhook's attempts of these notices end so, written down together."""
    await ledger.take([taken(notice=each) for each in notices], NOW)
    claims = await ledger.claim("webhook", 9, 9, LEASE, NOW)
    await ledger.record([ended(each, verdict) for each in claims])


async def news(ledger: Ledger) -> list[DeliveryRow]:
    found = await ledger.deliveries(DeliveryQuery(limit=1_000))
    return sorted((each for each in found if each.about == "disabled"), key=lambda each: each.endpoint_id or "")


async def claimed(ledger: Ledger, at: datetime = NOW) -> list[Claim]:
    made = await ledger.claim("email", 9, 9, LEASE, at)
    return [each for each in made if each.about == "disabled"]


def told(claim: Claim) -> Disabling:
    contents = decode(claim.parcel.body)
    assert contents is not None
    assert contents.disabled is not None
    assert (contents.item_id, contents.event_type) == (claim.item_id, "endpoint.disabled")
    return contents.disabled


async def test_the_office_hears_of_it_by_its_other_endpoint(ledger: Ledger) -> None:
    """What, since when, after how many attempts, why: without the secrets of its URL, under the carrier's trace."""
    await ledger.add([HOOK, mailbox()], NOW)
    await fail(ledger)
    (claim,) = await claimed(ledger)
    assert told(claim) == Disabling(
        endpoint_id="hook",
        kind="webhook",
        target="http://127.0.0.1:9/in?[redacted]",
        name=None,
        failing_since=NOW,
        failures=1,
        cause="http_410",
        disabled_at=NOW,
    )
    assert b"tok-en-9" not in claim.parcel.body
    assert (claim.parcel.endpoint.endpoint_id, claim.recipient_name) == ("mail", "UBND huyện Lục Nam")
    assert (claim.parcel.traceparent, claim.is_copy) == (TRACE, False)
    assert await ledger.record([ended(claim)]) == []
    assert [(each.status, each.reason) for each in await news(ledger)] == [("delivered", "accepted")]


async def test_it_counts_all_failures_in_a_row(ledger: Ledger) -> None:
    """Since the first of them."""
    await ledger.add([HOOK, mailbox(place=1)], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2"), taken(notice="n3")], NOW)
    claims = await ledger.claim("webhook", 9, 9, LEASE, NOW)
    again = Verdict("retrying", "http_503", None, AGAIN)
    later = NOW + timedelta(seconds=30)
    await ledger.record([ended(claims[0], again)])
    await ledger.record([ended(claims[1], again, later), ended(claims[2], GIVEN_UP, later)])
    (claim,) = await claimed(ledger, later)
    found = told(claim)
    assert (found.failures, found.failing_since, found.disabled_at, found.cause) == (3, NOW, later, "http_503")


async def test_it_is_said_once_for_each_time(ledger: Ledger) -> None:
    """Attempts that end together, a late one after them: one message. Disabled again after it was resumed: another."""
    await ledger.add([HOOK, mailbox(place=1)], NOW)
    await ledger.take([taken(notice=f"n{n}") for n in range(3)], NOW)
    first, second, late = await ledger.claim("webhook", 9, 9, LEASE, NOW)
    await ledger.record([ended(first, GONE), ended(second, GONE)])
    await ledger.record([ended(late, GONE)])
    assert len(await news(ledger)) == 1
    await ledger.set_state("hook", "active", NOW)
    (again,) = await ledger.retry([first.parcel.delivery_id], NOW)
    (claim,) = [each for each in await ledger.claim("webhook", 9, 9, LEASE, NOW) if each.parcel.delivery_id == again]
    await ledger.record([ended(claim, GONE)])
    assert len(await news(ledger)) == 2


async def test_all_others_that_take_something_are_told(ledger: Ledger) -> None:
    """Whatever their place and filters; not the paused, the unverified, nor those of another office."""
    choosy = EndpointOptions(filters=Filters(urgencies=("hỏa tốc",)))
    deaf = EndpointOptions(filters=Filters(event_types=("assignments.routed.v1",)))
    await ledger.add(
        [
            HOOK,
            mailbox("a", place=1, options=choosy),
            mailbox("b", place=2, no_information_since=None),
            mailbox("paused", state="paused", place=1),
            mailbox("unverified", state="unverified", unverified_since=NOW, place=1),
            mailbox("deaf", options=deaf, place=3),
            mailbox("other", recipient_id="so-y-te"),
        ],
        NOW,
    )
    await ledger.set_information("b", NOW, takes=False)
    await fail(ledger)
    assert [(each.endpoint_id, each.status, each.reason) for each in await news(ledger)] == [
        ("a", "queued", "disabled"),
        ("b", "queued", "disabled"),
    ]


@pytest.mark.parametrize("state", ["paused", "disabled"])
async def test_without_another_endpoint_nothing_is_kept(ledger: Ledger, state: str) -> None:
    """Nor is it sent to the one that was disabled once that is resumed."""
    await ledger.add([HOOK, mailbox(state=state, place=1)], NOW)
    await fail(ledger)
    await ledger.set_state("hook", "active", NOW)
    await ledger.set_state("mail", "active", NOW)
    assert await news(ledger) == []


async def test_an_operator_who_disables_needs_no_word(ledger: Ledger) -> None:
    """Only what an attempt brought about is told."""
    await ledger.add([HOOK, mailbox()], NOW)
    await fail(ledger, Verdict("retrying", "http_503", None, AGAIN))
    await ledger.set_state("hook", "disabled", NOW)
    assert await news(ledger) == []


async def test_it_is_tried_like_everything_else(ledger: Ledger) -> None:
    """A mail server that does not take it now gets it again, under the same id and with the same bytes."""
    await ledger.add([HOOK, mailbox()], NOW)
    await fail(ledger)
    (first,) = await claimed(ledger)
    await ledger.record([ended(first, Verdict("retrying", "smtp_451", None, AGAIN))])
    (second,) = await claimed(ledger, AGAIN)
    assert (second.parcel.delivery_id, second.parcel.body) == (first.parcel.delivery_id, first.parcel.body)
    assert second.attempt == 2


async def test_it_is_of_no_notice(ledger: Ledger) -> None:
    """The books count it in no notice, no status tells of it, no clock runs for it, a recall does not stop it."""
    await ledger.add([HOOK, mailbox(place=1)], NOW)
    await fail(ledger)
    before = await ledger.balance(None)
    await ledger.recall([recalled()], NOW)
    (row,) = await news(ledger)
    assert (row.status, row.notice_id == row.assignment_id) == ("queued", True)
    (claim,) = await claimed(ledger)
    await ledger.record([ended(claim)])
    assert (before.assignments, (await ledger.balance(None)).assignments) == (1, 1)
    assert {each.notice_id for each in await statuses(ledger)} == {"n1"}
