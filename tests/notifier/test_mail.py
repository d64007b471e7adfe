"""Mail over a real SMTP conversation on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from typing import Literal

import pytest

from services.notifier.channels.mail import MailChannel
from services.notifier.channels.smtp_pool import MailServer, SmtpPool
from services.notifier.outcome import Refused, Unreachable
from services.notifier.parcel import Parcel
from tests.notifier.receivers import mail_server
from tests.notifier.samples import NOW, endpoint, taken


@asynccontextmanager
async def channel(port: int, security: Literal["none", "starttls"] = "none") -> AsyncIterator[MailChannel]:
    pool = SmtpPool(MailServer("127.0.0.1", port, security, "", "", timeout_s=2))
    yield MailChannel(pool, "noinhan@vpcp.vn", "Nơi nhận")
    await pool.stop()


def parcel(delivery: str = "d-1") -> Parcel:
    place = endpoint("m1", kind="email", target="vanthu@lucnam.vn", secret=None)
    return Parcel(delivery, place, taken().body, None)


async def test_a_mail_is_handed_over() -> None:
    """The server gets the letter for the office's address, and its words are the answer."""
    async with mail_server() as (box, port, _), channel(port) as mail:
        answer = await mail.deliver(parcel(), NOW)
    assert (answer.result, answer.body) == ("accepted", "queued as 1")
    assert box.recipients == [["vanthu@lucnam.vn"]]
    read = message_from_bytes(box.mails[0], policy=policy.default)
    assert read["Subject"] == "[129/TB-VPCP] Kết luận về phòng, chống lụt bão"


async def test_a_temporary_refusal_is_tried_again_with_the_same_id() -> None:
    """451 is unreachable; the next try is accepted and carries the same Message-ID."""
    async with mail_server(data=["451 try later"]) as (box, port, _), channel(port) as mail:
        with pytest.raises(Unreachable, match="451 try later") as failure:
            await mail.deliver(parcel(), NOW)
        await mail.deliver(parcel(), NOW)
    assert failure.value.reason == "smtp_451"
    assert message_from_bytes(box.mails[0])["Message-ID"] == "<d-1@vpcp.vn>"


async def test_a_permanent_refusal_is_given_up_with_the_servers_words() -> None:
    """550 to the recipient is final, and the address that the server repeats is not kept."""
    async with mail_server(rcpt=["550 5.1.1 no such mailbox vanthu@lucnam.vn"]) as (_, port, _), channel(port) as mail:
        with pytest.raises(Refused, match=r"550 5\.1\.1 no such mailbox") as failure:
            await mail.deliver(parcel(), NOW)
    assert failure.value.reason == "smtp_550"
    assert "vanthu" not in str(failure.value)


async def test_a_refused_recipient_does_not_cost_the_connection() -> None:
    """After a refusal the next mail goes over the same connection."""
    async with mail_server(rcpt=["550 no"]) as (box, port, _), channel(port) as mail:
        with pytest.raises(Refused):
            await mail.deliver(parcel("d-1"), NOW)
        await mail.deliver(parcel("d-2"), NOW)
        await mail.deliver(parcel("d-3"), NOW)
    assert (len(box.mails), len(box.sessions)) == (2, 1)


async def test_no_server_is_tried_again() -> None:
    """A refused connection is unreachable."""
    async with mail_server() as (_, port, stop):
        stop()
    async with channel(port) as mail:
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(parcel(), NOW)
    assert failure.value.reason == "smtp_refused"


async def test_starttls_is_never_silently_left_out() -> None:
    """A server that cannot encrypt gets no mail while STARTTLS is on."""
    async with mail_server() as (box, port, _), channel(port, "starttls") as mail:
        with pytest.raises(Unreachable):
            await mail.deliver(parcel(), NOW)
    assert box.mails == []
