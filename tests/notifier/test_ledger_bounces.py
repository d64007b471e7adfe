"""What a bounce does to a delivery: every ledger passes all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.identity import delivery_id
from services.notifier.outcome import Verdict
from services.notifier.ports import Claim, DeliveryQuery, Ledger
from tests.notifier.books import LEASE, rows, statuses
from tests.notifier.samples import NOW, assignment, ended, endpoint, recalled, taken

LATER = NOW + timedelta(hours=1)
WORDS = "5.1.1 550 no such mailbox"
DELIVERY = delivery_id(assignment().assignment_id, "m1")


async def mailed(ledger: Ledger) -> Claim:
    """A mail that is in flight."""
    await ledger.add([endpoint("m1", kind="email", target="a@b.vn", secret=None)], NOW)
    await ledger.take([taken()], NOW)
    (claim,) = await ledger.claim("email", 1, 4, LEASE, NOW)
    return claim


async def test_a_delivered_mail_that_bounces_has_failed(ledger: Ledger) -> None:
    """Its row, its attempts, the books and Kafka say so, with the words of the report."""
    await ledger.record([ended(await mailed(ledger))])
    assert await ledger.bounce(DELIVERY, WORDS, LATER) == "failed"
    (row,) = await ledger.deliveries(DeliveryQuery(delivery_id=DELIVERY))
    assert (row.status, row.reason, row.detail, row.attempt) == ("failed", "bounced", WORDS, 1)
    assert [(each.result, each.reason, each.body) for each in await ledger.attempts(DELIVERY)] == [
        ("delivered", "accepted", "ok"),
        ("failed", "bounced", WORDS),
    ]
    books = await ledger.balance(None)
    assert (books.balanced, books.states["failed"], books.states["delivered"]) == (True, 1, 0)
    told = (await statuses(ledger))[-1]
    assert (told.status, told.reason, told.detail, told.endpoint_kind) == ("failed", "bounced", WORDS, "email")


async def test_a_bounce_that_comes_twice_counts_once(ledger: Ledger) -> None:
    """The second report changes nothing."""
    await ledger.record([ended(await mailed(ledger))])
    await ledger.bounce(DELIVERY, WORDS, LATER)
    told = len(await statuses(ledger))
    assert await ledger.bounce(DELIVERY, "other words", LATER) == "repeated"
    assert (len(await statuses(ledger)), len(await ledger.attempts(DELIVERY))) == (told, 2)


async def test_a_mail_of_unknown_outcome_that_bounces_is_not_tried_again(ledger: Ledger) -> None:
    """The letter whose answer was lost had been taken: its bounce ends the schedule."""
    await ledger.record([ended(await mailed(ledger), Verdict("retrying", "smtp_unconfirmed", None, LATER))])
    assert await ledger.bounce(DELIVERY, WORDS, NOW) == "failed"
    assert await ledger.claim("email", 1, 4, LEASE, LATER) == []


async def test_a_bounce_that_overtakes_its_outcome_stands(ledger: Ledger) -> None:
    """An acceptance that is written down after the bounce is outdated."""
    claim = await mailed(ledger)
    assert await ledger.bounce(DELIVERY, WORDS, NOW) == "failed"
    assert await ledger.record([ended(claim)]) != []
    assert await rows(ledger) == {"m1": ("failed", "bounced")}


async def test_a_bounced_mail_can_be_tried_again_by_hand(ledger: Ledger) -> None:
    """Once the mailbox was put right, the operator's retry goes out under the same id."""
    await ledger.record([ended(await mailed(ledger))])
    await ledger.bounce(DELIVERY, WORDS, NOW)
    assert await ledger.retry([DELIVERY], LATER) == [DELIVERY]
    (again,) = await ledger.claim("email", 1, 4, LEASE, LATER)
    await ledger.record([ended(again, at=LATER)])
    assert await rows(ledger) == {"m1": ("delivered", "accepted")}


async def test_a_bounce_does_not_undo_a_recall(ledger: Ledger) -> None:
    """What was cancelled stays so."""
    await mailed(ledger)
    await ledger.recall([recalled()], NOW)
    assert await ledger.bounce(DELIVERY, WORDS, NOW) == "over"
    (row,) = await ledger.deliveries(DeliveryQuery(delivery_id=DELIVERY))
    assert (row.status, row.reason) == ("cancelled", "recalled")


@pytest.mark.parametrize("kind", ["email", "webhook"])
async def test_only_a_mail_that_was_sent_can_bounce(ledger: Ledger, kind: str) -> None:
    """Reports of unknown ids, of webhooks, and of mails that were never tried are not believed."""
    place = endpoint("m1", kind=kind, target="a@b.vn" if kind == "email" else "http://127.0.0.1:9/x")
    await ledger.add([place], NOW)
    await ledger.take([taken()], NOW)
    if kind == "webhook":
        (claim,) = await ledger.claim("webhook", 1, 4, LEASE, NOW)
        await ledger.record([ended(claim)])
    before = await rows(ledger)
    assert [await ledger.bounce(each, WORDS, NOW) for each in (DELIVERY, "unknown")] == ["unknown", "unknown"]
    assert await rows(ledger) == before
