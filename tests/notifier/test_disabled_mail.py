"""What an office reads, and its system gets, of an endpoint that was disabled: written, and over real wires."""

from __future__ import annotations

import email.policy
import json
from datetime import timedelta
from email import message_from_bytes

import pytest

from contracts.assignments import Recipient
from contracts.deliveries import EndpointKind
from contracts.webhooks.verify import verify
from services.notifier import render
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.deliver import Deliverer
from services.notifier.disabling import Disabling, as_item
from services.notifier.outcome import Answer
from services.notifier.parcel import Contents, Parcel, decode, encode_disabled
from services.notifier.ports import Channel, DeliveryQuery, Ledger
from services.notifier.thin import body_sent
from services.runtime.health import Progress
from tests.notifier.mailing import channel as mail_channel
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.receivers import hook, mail_server
from tests.notifier.samples import NOW, SECRET, SilentLog, endpoint, taken, webhook_channel
from tests.notifier.test_deliver import now, pace, running, until
from tests.notifier.test_verify import LOOPBACK

OFFICE = Recipient(recipient_id="ubnd-luc-nam", name="UBND <Lục> Nam", level="")
TOLD = Disabling(
    endpoint_id="e-1",
    kind="webhook",
    target="https://qlvb.lucnam.vn/in<b>",
    name=None,
    failing_since=NOW - timedelta(days=5),
    failures=57,
    cause="http_503",
    disabled_at=NOW,
)
BODY = encode_disabled(as_item("d-1", OFFICE), TOLD)


def delivers(kind: EndpointKind, ledger: Ledger, channel: Channel) -> Deliverer:
    return Deliverer(
        kind, channel, ledger, pace(), clock=now, chance=lambda: 0.0, progress=Progress(60), log=SilentLog()
    )


def words(**changes: object) -> tuple[str, str, str]:
    contents = decode(encode_disabled(as_item("d-1", OFFICE), TOLD.model_copy(update=changes)))
    assert contents is not None
    return render.mail(contents)


def test_the_mail_says_what_since_when_how_often_why_and_what_to_do() -> None:
    """In text and in HTML, escaped there."""
    subject, text, html = words()
    assert subject == "[Nơi nhận] Đã ngừng một kênh nhận văn bản: https://qlvb.lucnam.vn/in<b>"
    for body in (text, html):
        wanted = ("10:00 17/11/2026", "57", "máy chủ báo lỗi (http_503)", "10:00 22/11/2026", "e-1", "mở lại")
        assert [each for each in wanted if each not in body] == []
    assert ("https://qlvb.lucnam.vn/in<b>" in text, "UBND &lt;Lục&gt; Nam" in html, "in<b>" in html) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        ("http_410", "không nhận nữa (HTTP 410)"),
        ("http_404", "máy chủ từ chối (http_404)"),
        ("http_302", "máy chủ trả lời không đúng (http_302)"),
        ("timeout", "không trả lời kịp"),
        ("name_unknown", "tên miền của máy chủ (name_unknown)"),
        ("tls_expired", "chứng chỉ của máy chủ có lỗi (tls_expired)"),
        ("smtp_550", "máy chủ thư từ chối (smtp_550)"),
        ("smtp_451", "máy chủ thư báo lỗi (smtp_451)"),
        ("secret_unreadable", "lỗi kỹ thuật (secret_unreadable)"),
    ],
)
def test_every_cause_has_words(cause: str, why: str) -> None:
    """And keeps its name, which the other pages explain."""
    assert why in words(cause=cause)[1]


def test_a_mailbox_is_called_one() -> None:
    """Not a webhook."""
    assert "hộp thư vt@x.vn" in words(kind="email", target="vt@x.vn")[1]


def test_what_is_sent_can_be_read_back_and_is_never_thin() -> None:
    """It is short, and there is no notice to be fetched."""
    item = as_item("d-1", OFFICE)
    assert decode(BODY) == Contents(item, "", disabled=TOLD)
    assert body_sent(BODY, "thin", lambda *_: "http://x") == BODY


async def test_a_webhook_that_is_gone_is_told_of_by_mail() -> None:
    """Over real HTTP and real SMTP: the webhook says 410, the mail says so, and one mail in all does."""
    ledger = MemoryLedger()
    engine = HttptoolsEngine(LOOPBACK, 2)
    await engine.start()
    async with hook(410, 410) as office, mail_server() as (box, port, _), mail_channel(port) as mails:
        mailbox = endpoint("mail", kind="email", target="vanthu@lucnam.vn", secret=None, place=1)
        await ledger.add([endpoint("hook", target=office.url), mailbox], NOW)
        await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
        both = delivers("webhook", ledger, webhook_channel(engine)), delivers("email", ledger, mails)
        async with running(both[0]), running(both[1]):
            await until(lambda found: sum(each.status == "delivered" for each in found) == 3, ledger)
    await engine.stop()
    mails_told = [message_from_bytes(each, policy=email.policy.default) for each in box.mails]
    (told,) = [each for each in mails_told if "Đã ngừng một kênh" in str(each["Subject"])]
    part = told.get_body(("plain",))
    assert part is not None
    assert "không nhận nữa (HTTP 410)" in part.get_content()
    assert (told["References"], told["List-Unsubscribe"]) == (None, None)


async def test_a_mailbox_that_fails_is_told_of_by_webhook() -> None:
    """A signed `endpoint.disabled`, again under the same id where it is not taken at once; its answer is no receipt."""
    ledger = MemoryLedger()
    engine = HttptoolsEngine(LOOPBACK, 2)
    await engine.start()

    class Gone:
        async def deliver(self, parcel: Parcel, at: object) -> Answer:
            return Answer("gone", "smtp_550")

    async with hook(503, 200, headers={"noinhan-receipt": "03"}) as office:
        mailbox = endpoint("mail", kind="email", target="vanthu@lucnam.vn", secret=None)
        await ledger.add([mailbox, endpoint("hook", target=office.url, place=1)], NOW)
        await ledger.take([taken()], NOW)
        mails = delivers("email", ledger, Gone())
        async with running(mails):
            await until(lambda found: any(each.about == "disabled" for each in found), ledger)
        copies = await ledger.deliveries(DeliveryQuery(notice_id="n1"))
        await ledger.give_up([each.delivery_id for each in copies], NOW)
        async with running(delivers("webhook", ledger, webhook_channel(engine))):
            await until(lambda found: any(each.status == "delivered" for each in found), ledger)
    await engine.stop()
    first, second = office.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    verify([SECRET], second.headers, second.body)
    told = json.loads(second.body)
    assert (told["type"], told["data"]["endpoint_id"], told["data"]["cause"]) == (
        "endpoint.disabled",
        "mail",
        "smtp_550",
    )
    assert told["data"]["recipient"] == {"recipient_id": "ubnd-luc-nam", "name": "UBND huyện Lục Nam"}
    assert list(ledger._receipts) == []
