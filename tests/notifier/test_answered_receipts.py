"""Receipts in the answers to webhooks: over real HTTP, into the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from contracts.receipts import ReceiptRecorded
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.deliver import Deliverer
from services.notifier.in_hand import Pace
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Said
from services.notifier.ports import Ledger
from services.notifier.receipt import BadWord, CopyIds, from_answer
from services.runtime.health import Progress
from tests.notifier.books import claim, rows
from tests.notifier.clocking import ID, at, delivered, reminders, ring, sent
from tests.notifier.receivers import hook
from tests.notifier.samples import NOW, SilentLog, ended, endpoint, taken, webhook_channel

COPY = CopyIds("a1", "n1", 1, "o1")


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    made = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await made.start()
    yield made
    await made.stop()


async def answering(books: SqlLedger, headers: dict[str, str], status: int = 200) -> SilentLog:
    """Deliver a copy to an office that answers with these headers; what was logged."""
    log = SilentLog()
    engine = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=3)
    await engine.start()
    pace = Pace(50, 250, 4, 30.0, (60.0,), poll_s=0.01, gather_s=0.001, drain_s=1.0)
    async with hook(status, headers=headers) as office:
        await books.add([endpoint(target=office.url)], NOW)
        await books.take([taken()], NOW)
        deliverer = Deliverer(
            "webhook",
            webhook_channel(engine),
            books,
            pace,
            clock=lambda: NOW,
            chance=lambda: 0.0,
            progress=Progress(60),
            log=log,
        )
        running = asyncio.create_task(deliverer.run())
        async with asyncio.timeout(10):
            while not any(each["event"] == "delivery.attempted" for each in log.lines):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await deliverer.stop()
        await running
    await engine.stop()
    return log


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"noinhan-receipt": "01"}, ("01", "UBND huyện Lục Nam", None)),
        ({"Noinhan-Receipt": "03", "Noinhan-Actor": "Nguy%E1%BB%85n V%C4%83n A"}, ("03", "Nguyễn Văn A", None)),
        ({"noinhan-receipt": "05", "noinhan-actor": "Hệ thống QLVB"}, ("05", "Hệ thống QLVB", None)),
        ({"noinhan-receipt": "02", "noinhan-reason": "khong dung"}, ("02", "UBND huyện Lục Nam", "khong dung")),
    ],
)
async def test_an_answer_carries_a_receipt(
    books: SqlLedger, headers: dict[str, str], said: tuple[str, str, str | None]
) -> None:
    """Its code, and a person or system where one is named: recorded with the delivery, and told to Kafka."""
    log = await answering(books, headers)
    (made,) = await books.receipts(ID)
    assert (made.code, made.actor, made.reason) == said
    assert (made.via, made.recipient_id, made.notice_id) == ("webhook", "ubnd-luc-nam", "n1")
    assert [each.message for each in await books.waiting(10) if isinstance(each.message, ReceiptRecorded)] == [made]
    assert [each["code"] for each in log.lines if each["event"] == "receipt.recorded"] == [made.code]


@pytest.mark.parametrize("headers", [{"noinhan-receipt": "06"}, {"noinhan-receipt": "ok"}, {"noinhan-receipt": "02"}])
async def test_what_is_no_receipt_never_fails_the_delivery(books: SqlLedger, headers: dict[str, str]) -> None:
    """It is logged and ignored."""
    log = await answering(books, headers)
    assert await rows(books) == {"e1": ("delivered", "accepted")}
    assert await books.receipts(ID) == []
    assert [each["event"] for each in log.lines if "receipt" in str(each["event"])] == ["receipt.unreadable"]


async def test_a_failed_answer_says_nothing(books: SqlLedger) -> None:
    """Only 2xx is an answer to the copy; headers that are not ours are none."""
    await answering(books, {"noinhan-receipt": "03"}, 500)
    assert await books.receipts(ID) == []
    assert await rows(books) == {"e1": ("retrying", "http_500")}


async def test_the_receipt_of_an_attempt_whose_lease_ran_out_counts(ledger: Ledger) -> None:
    """The delivery is tried again, but the office has spoken; said twice, it is one receipt."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    (first,) = await claim(ledger)
    said = from_answer(Said("03", "A", ""), CopyIds(ID, "n1", 1, "ubnd-luc-nam"), "Office", NOW)
    (second,) = await claim(ledger, at(30, 9))
    stale = ended(first)._replace(receipt=said)
    assert await ledger.record([stale]) == [stale]
    again = from_answer(Said("03", "A", ""), CopyIds(ID, "n1", 1, "ubnd-luc-nam"), "Office", at(30, 9))
    assert await ledger.record([ended(second, at=at(30, 9))._replace(receipt=again)]) == []
    assert await ledger.receipts(ID) == [said]


async def test_an_answer_to_a_reminder_settles_it(ledger: Ledger) -> None:
    """The reminder arrived and the office says so in the same breath: nothing follows."""
    await delivered(ledger, at(23, 9))
    await ring(ledger, at(23, 17))
    (made,) = await claim(ledger, at(23, 17))
    said = from_answer(Said("03", "", ""), CopyIds(ID, "n1", 1, "ubnd-luc-nam"), "Office", at(23, 17))
    await ledger.record([ended(made, at=at(23, 17))._replace(receipt=said)])
    assert await reminders(ledger) == {"no_word": ("delivered", "accepted")}
    assert (await ring(ledger, at(24, 17))).late == 0
    assert await sent(ledger, at(25, 17)) == []


def test_words_of_an_answer_are_made_fit_to_keep() -> None:
    """Control characters go, and what is too long is cut."""
    made = from_answer(Said("02", "A\x00" * 300, "vì\x07 sao" * 900), COPY, "Office", NOW)
    assert (made.actor, len(made.reason or ""), "\x07" in (made.reason or "")) == ("A" * 200, 2_000, False)
    with pytest.raises(BadWord):
        from_answer(Said("13", "A", "x"), COPY, "Office", NOW)
