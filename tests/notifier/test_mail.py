"""Mail over a real SMTP conversation on loopback."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from typing import Any

import pytest

from services.notifier.outcome import Refused, Unreachable
from tests.notifier.mailing import channel, mail_parcel
from tests.notifier.receivers import mail_server
from tests.notifier.samples import NOW
from tests.notifier.smtp_server import smtp_server


async def test_a_mail_is_handed_over() -> None:
    """A mail server of somebody else's gets the letter for the office's address, and its words are the answer."""
    async with mail_server() as (box, port, _), channel(port) as mail:
        answer = await mail.deliver(mail_parcel(), NOW)
    assert (answer.result, answer.body) == ("accepted", "queued as 1")
    assert box.recipients == [["vanthu@lucnam.vn"]]
    read = message_from_bytes(box.mails[0], policy=policy.default)
    assert read["Subject"] == "[129/TB-VPCP] Kết luận về phòng, chống lụt bão"


async def test_a_temporary_refusal_is_tried_again_with_the_same_id() -> None:
    """451 is unreachable; the next try is accepted and carries the same Message-ID."""
    async with mail_server(data=["451 try later"]) as (box, port, _), channel(port) as mail:
        with pytest.raises(Unreachable, match="451 try later") as failure:
            await mail.deliver(mail_parcel(), NOW)
        await mail.deliver(mail_parcel(), NOW)
    assert failure.value.reason == "smtp_451"
    assert message_from_bytes(box.mails[0])["Message-ID"] == "<d-1@vpcp.vn>"


async def test_a_permanent_refusal_is_given_up_with_the_servers_words() -> None:
    """550 to the recipient is final, and the address that the server repeats is not kept."""
    async with mail_server(rcpt=["550 5.1.1 no such mailbox vanthu@lucnam.vn"]) as (_, port, _), channel(port) as mail:
        with pytest.raises(Refused, match=r"550 5\.1\.1 no such mailbox") as failure:
            await mail.deliver(mail_parcel(), NOW)
    assert failure.value.reason == "smtp_550"
    assert "vanthu" not in str(failure.value)


async def test_no_server_is_tried_again() -> None:
    """A refused connection is unreachable."""
    async with mail_server() as (_, port, stop):
        stop()
    async with channel(port) as mail:
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(mail_parcel(), NOW)
    assert failure.value.reason == "smtp_refused"


async def test_connections_are_reused() -> None:
    """Mail after mail goes over one connection, with one greeting."""
    async with smtp_server() as server, channel(server.port) as mail:
        for number in range(5):
            await mail.deliver(mail_parcel(f"d-{number}"), NOW)
    assert (len(server.letters), server.connections, server.steps.count("ehlo")) == (5, 1, 1)


async def test_no_more_connections_are_open_than_allowed() -> None:
    """Ten mails at once share three connections."""
    async with smtp_server() as server, channel(server.port, connections=3) as mail:
        await asyncio.gather(*(mail.deliver(mail_parcel(f"d-{number}"), NOW) for number in range(10)))
    assert (len(server.letters), server.open_at_once, server.connections) == (10, 3, 3)


async def test_a_stop_says_goodbye() -> None:
    """Kept connections are closed with QUIT."""
    async with smtp_server() as server:
        async with channel(server.port) as mail:
            await mail.deliver(mail_parcel(), NOW)
        assert server.steps[-1] == "quit"


async def test_a_mail_that_is_cut_off_costs_its_connection() -> None:
    """Half a conversation is never continued by the next mail."""
    async with smtp_server(rcpt=b"250-wait") as server, channel(server.port) as mail:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(mail.deliver(mail_parcel("d-1"), NOW), 0.1)
        await mail.deliver(mail_parcel("d-2"), NOW)
    assert (len(server.letters), server.connections) == (1, 2)


async def test_a_server_that_tells_of_bounces_is_told_the_delivery() -> None:
    """Where DSN is offered, the delivery's id and the address travel with the envelope (RFC 3461)."""
    async with smtp_server(offers=[b"SIZE", b"DSN"]) as server, channel(server.port) as mail:
        await mail.deliver(mail_parcel(address="van+thu@lucnam.vn"), NOW)
    (taken,) = server.letters
    assert b" RET=HDRS ENVID=d-1\r\n" in taken.mail
    assert taken.rcpt == b"RCPT TO:<van+thu@lucnam.vn> NOTIFY=FAILURE,DELAY ORCPT=rfc822;van+2Bthu@lucnam.vn\r\n"


async def test_a_domain_with_vietnamese_letters_travels_as_idna() -> None:
    """SMTPUTF8 is not needed: the domain is written in ASCII in the envelope and in the letter."""
    async with smtp_server() as server, channel(server.port) as mail:
        await mail.deliver(mail_parcel(address="vanthu@lụcnam.vn"), NOW)
    (taken,) = server.letters
    assert taken.rcpt == b"RCPT TO:<vanthu@xn--lcnam-6d2b.vn>\r\n"
    assert b"\r\nTo: vanthu@xn--lcnam-6d2b.vn\r\n" in taken.content


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ({"tasks": (), "role": "biết"}, True),
        ({"tasks": (), "role": "biết", "urgency": "khẩn"}, True),
        ({"tasks": (), "role": "biết", "urgency": "hỏa tốc"}, False),
        ({"tasks": (), "role": "biết", "urgency": "thượng khẩn"}, False),
        ({"tasks": (), "role": "phối hợp"}, False),
        ({"role": "biết"}, False),
        ({}, False),
    ],
)
async def test_only_what_can_be_left_out_offers_to_unsubscribe(changes: dict[str, Any], *, offered: bool) -> None:
    """A copy for information only, not urgent, has the endpoint's link; one with a task never has."""
    async with smtp_server() as server, channel(server.port) as mail:
        await mail.deliver(mail_parcel(**changes), NOW)
    header = message_from_bytes(server.letters[0].content)["List-Unsubscribe"]
    assert header == ("<https://noinhan.vpcp.vn/u/m1>" if offered else None)


async def test_an_address_that_would_add_a_recipient_is_given_up() -> None:
    """A bad address in the ledger is refused before anything is connected."""
    async with smtp_server() as server, channel(server.port) as mail:
        with pytest.raises(Refused, match="plain e-mail address"):
            await mail.deliver(mail_parcel(address="a@b.vn\r\nBcc: x@y.vn"), NOW)
    assert server.connections == 0


async def test_a_mailbox_with_vietnamese_letters_is_given_up_clearly() -> None:
    """Before the @ such letters would need SMTPUTF8 all the way: refused before anything is connected."""
    async with smtp_server() as server, channel(server.port) as mail:
        with pytest.raises(Refused, match="not before the @") as failure:
            await mail.deliver(mail_parcel(address="vănthư@lucnam.vn"), NOW)
    assert (failure.value.reason, server.connections) == ("bad_address", 0)
