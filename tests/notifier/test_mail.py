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
from tests.notifier.receivers import mail_server, scripted_mail_server
from tests.notifier.samples import NOW, endpoint, taken


@asynccontextmanager
async def channel(
    port: int, security: Literal["none", "starttls"] = "none", login: tuple[str, str] = ("", "")
) -> AsyncIterator[MailChannel]:
    pool = SmtpPool(MailServer("127.0.0.1", port, security, *login, timeout_s=2))
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


async def test_an_acceptance_in_another_charset_can_be_written_down() -> None:
    """Bytes that are not UTF-8 and control characters in the server's words leave text that JSON takes."""
    async with scripted_mail_server(body=b"250 nh\xe2\xa4n th\xff \x00ok") as port, channel(port) as mail:
        answer = await mail.deliver(parcel(), NOW)
    assert answer.result == "accepted"
    assert answer.body is not None
    assert answer.body.encode().endswith(b" ok")
    assert "\x00" not in answer.body


async def test_a_refusal_in_another_charset_can_be_written_down() -> None:
    """A 550 whose words are not UTF-8 is still a refusal, in text that encodes."""
    async with scripted_mail_server(rcpt=b"550 kh\xf4ng c\xf3 \x01") as port, channel(port) as mail:
        with pytest.raises(Refused) as failure:
            await mail.deliver(parcel(), NOW)
    assert str(failure.value).encode().startswith(b"550 kh?ng c")


@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ({"auth": b"535 5.7.8 bad login s3cret"}, "smtp_auth_535"),
        ({"banner": b"554 no service"}, "smtp_connect_554"),
        ({"ehlo": b"550 who are you", "helo": b"550 who are you"}, "smtp_ehlo_550"),
        ({"mail": b"553 sender not allowed"}, "smtp_sender_553"),
    ],
)
async def test_a_refusal_of_ourselves_is_tried_again(replies: dict[str, bytes], reason: str) -> None:
    """What the server refuses before it heard of the recipient is named, tried again, and told without our password."""
    async with scripted_mail_server(**replies) as port, channel(port, login=("u", "s3cret")) as mail:
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(parcel(), NOW)
    assert failure.value.reason == reason
    assert "s3cret" not in str(failure.value)


async def test_a_refused_letter_is_given_up() -> None:
    """5xx to the letter itself is final."""
    async with scripted_mail_server(body=b"554 spam") as port, channel(port) as mail:
        with pytest.raises(Refused) as failure:
            await mail.deliver(parcel(), NOW)
    assert failure.value.reason == "smtp_554"


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
