"""A mail server that refuses, drops, hangs or lies at any step: what becomes of the mail, by rule.

Only 5xx to the recipient or to the letter is for good; all else is tried again, and never in clear text.
"""

from __future__ import annotations

import base64
from email import message_from_bytes
from pathlib import Path

import pytest
import uvloop

from services.notifier.outcome import Refused, Unreachable
from tests.notifier.certificates import certificate
from tests.notifier.mailing import channel, mail_parcel
from tests.notifier.samples import NOW
from tests.notifier.smtp_server import Drop, Hang, Move, SmtpServer, Trickle, smtp_server

LOGIN = ("noinhan", "s3cret-pass")
STEPS = {
    "connect": "smtp_connect",
    "ehlo": "smtp_ehlo",
    "auth": "smtp_auth",
    "mail": "smtp_sender",
    "rcpt": "smtp",
    "data": "smtp",
    "dot": "smtp",
}
FINAL = {"rcpt", "data", "dot"}


async def tried(server: SmtpServer, timeout_s: float = 2) -> Unreachable | Refused:
    """How a mail fails there."""
    async with channel(server.port, login=LOGIN, timeout_s=timeout_s) as mail:
        with pytest.raises((Unreachable, Refused)) as failure:
            await mail.deliver(mail_parcel(), NOW)
    assert isinstance(failure.value, Unreachable | Refused)
    return failure.value


def refusing(step: str, said: bytes) -> dict[str, list[Move]]:
    """A script that says this at this step; a refused EHLO is followed by a HELO."""
    script: dict[str, list[Move]] = {step: [said]}
    return script | ({"helo": [said]} if step == "ehlo" else {})


@pytest.mark.parametrize("step", STEPS)
async def test_4xx_is_tried_again_wherever_it_comes(step: str) -> None:
    """The reason names the step where it is about us, and the server's words are kept."""
    async with smtp_server(**refusing(step, b"451 4.3.0 later, please")) as server:
        failure = await tried(server)
    assert isinstance(failure, Unreachable)
    assert (failure.reason, str(failure)) == (f"{STEPS[step]}_451", "451 4.3.0 later, please")


@pytest.mark.parametrize("step", STEPS)
async def test_5xx_is_for_good_only_to_the_recipient_and_the_letter(step: str) -> None:
    """What the server refuses of ourselves may be put right, and does not cost an office its notice."""
    async with smtp_server(**refusing(step, b"550 5.7.0 no")) as server:
        failure = await tried(server)
    assert isinstance(failure, Refused if step in FINAL else Unreachable)
    assert (failure.reason, str(failure)) == (f"{STEPS[step]}_550", "550 5.7.0 no")


@pytest.mark.parametrize("said", [b"530 5.7.0 authentication required", b"503 5.5.1 AUTH first"])
@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
async def test_a_login_that_is_missed_later_is_about_us(step: str, said: bytes) -> None:
    """A server that asks for a login only at a later step refuses us, not the recipient."""
    async with smtp_server(**refusing(step, said)) as server:
        assert isinstance(await tried(server), Unreachable)


async def test_a_letter_that_is_too_large_is_given_up_before_it_travels() -> None:
    """552 to the announced size is about the letter."""
    async with smtp_server(mail=b"552 5.3.4 too large") as server:
        failure = await tried(server)
    assert (type(failure), failure.reason) == (Refused, "smtp_sender_552")


@pytest.mark.parametrize("step", STEPS)
async def test_a_connection_that_drops_is_tried_again(step: str) -> None:
    """Wherever it drops; after the letter the outcome is unknown, and the reason says so."""
    async with smtp_server(**{step: Drop()}) as server:
        failure = await tried(server)
    assert isinstance(failure, Unreachable)
    assert failure.reason == ("smtp_unconfirmed" if step == "dot" else "smtp_disconnected")


@pytest.mark.parametrize("step", STEPS)
async def test_silence_is_a_timeout(step: str) -> None:
    """Whatever step is not answered in time; after the letter the outcome is unknown."""
    async with smtp_server(**{step: Hang()}) as server:
        failure = await tried(server, timeout_s=0.1)
    assert isinstance(failure, Unreachable)
    assert failure.reason == ("smtp_unconfirmed" if step == "dot" else "smtp_timeout")


@pytest.mark.parametrize("end", [Drop(), Drop(b"250 2.0.0 que"), Hang(), b"what?", b"250-" + b"x" * 9_000])
async def test_an_unknown_outcome_is_tried_again_with_the_same_id(end: Move) -> None:
    """A letter whose answer is lost is sent again under the Message-ID that it had, over another connection."""
    async with smtp_server(dot=end) as server, channel(server.port, timeout_s=0.2) as mail:
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(mail_parcel(), NOW)
        await mail.deliver(mail_parcel(), NOW)
    assert (failure.value.reason, server.connections) == ("smtp_unconfirmed", 2)
    assert message_from_bytes(server.letters[0].content)["Message-ID"] == "<d-1@vpcp.vn>"


async def test_an_unknown_outcome_on_a_kept_connection_is_not_repeated_at_once() -> None:
    """Only the schedule sends a letter again that may have been taken."""
    async with smtp_server(dot=[b"250 ok", Drop()]) as server, channel(server.port) as mail:
        await mail.deliver(mail_parcel("d-1"), NOW)
        with pytest.raises(Unreachable, match="no answer that can be read"):
            await mail.deliver(mail_parcel("d-2"), NOW)
    assert (server.steps.count("dot"), server.connections) == (2, 1)


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("end", [b"421 4.3.2 shutting down", Drop(), Drop(b"421 4.4.2 idle\r\n")])
async def test_a_kept_connection_that_gave_out_costs_no_attempt(step: str, end: Move) -> None:
    """The second mail goes over a fresh connection, as if nothing had been."""
    script: dict[str, list[Move]] = {step: [b"354 go" if step == "data" else b"250 ok", end]}
    async with smtp_server(**script) as server, channel(server.port) as mail:
        await mail.deliver(mail_parcel("d-1"), NOW)
        answer = await mail.deliver(mail_parcel("d-2"), NOW)
    assert (answer.result, len(server.letters), server.connections) == ("accepted", 2, 2)


async def test_a_fresh_connection_that_is_closed_at_once_is_tried_later() -> None:
    """421 to the first mail of a connection is no reason to try yet another."""
    async with smtp_server(mail=[b"421 busy", b"421 busy"]) as server:
        failure = await tried(server)
    assert (failure.reason, server.connections) == ("smtp_sender_421", 1)


async def test_a_server_that_takes_few_mails_a_connection_gets_all_of_them() -> None:
    """After two mails it says 421 and hangs up: five mails need three connections and no second attempt."""
    async with smtp_server(mails_a_connection=2) as server, channel(server.port) as mail:
        for number in range(5):
            await mail.deliver(mail_parcel(f"d-{number}"), NOW)
    assert (len(server.letters), server.connections) == (5, 3)


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "dot"])
async def test_a_refusal_does_not_cost_the_connection(step: str) -> None:
    """After a refused mail the envelope is reset, and the next one goes over the same connection."""
    async with smtp_server(**{step: b"550 no"}) as server, channel(server.port) as mail:
        with pytest.raises((Refused, Unreachable)):
            await mail.deliver(mail_parcel("d-1"), NOW)
        await mail.deliver(mail_parcel("d-2"), NOW)
    assert (len(server.letters), server.connections, server.steps.count("rset")) == (1, 1, 1)


@pytest.mark.parametrize("step", ["ehlo", "auth"])
async def test_a_connection_that_did_not_come_to_a_mail_is_not_kept(step: str) -> None:
    """After a refused greeting or login the next mail begins anew, and logs in."""
    async with smtp_server(**refusing(step, b"454 4.7.0 later")) as server, channel(server.port, login=LOGIN) as mail:
        with pytest.raises(Unreachable):
            await mail.deliver(mail_parcel("d-1"), NOW)
        await mail.deliver(mail_parcel("d-2"), NOW)
    assert (len(server.letters), server.connections, server.steps[-6]) == (1, 2, "auth")


@pytest.mark.parametrize("end", [b"500 what", Drop(), Hang()])
async def test_a_reset_that_fails_costs_the_connection_and_nothing_else(end: Move) -> None:
    """The refusal stands as it was said, and the next mail finds its way."""
    async with smtp_server(rcpt=b"550 no", rset=end) as server, channel(server.port, timeout_s=0.2) as mail:
        with pytest.raises(Refused, match="550 no"):
            await mail.deliver(mail_parcel("d-1"), NOW)
        if isinstance(end, Hang):
            with pytest.raises(Unreachable):
                await mail.deliver(mail_parcel("d-2"), NOW)
        await mail.deliver(mail_parcel("d-2"), NOW)
    assert (len(server.letters), server.connections) == (1, 2)


async def test_one_refused_recipient_does_not_fail_the_others() -> None:
    """Every office has a mail of its own: the second of three is refused, and two arrive."""
    async with smtp_server(rcpt=[b"250 ok", b"550 5.1.1 unknown"]) as server, channel(server.port) as mail:
        await mail.deliver(mail_parcel("d-1"), NOW)
        with pytest.raises(Refused):
            await mail.deliver(mail_parcel("d-2"), NOW)
        await mail.deliver(mail_parcel("d-3"), NOW)
    ids = [message_from_bytes(each.content)["Message-ID"] for each in server.letters]
    assert ids == ["<d-1@vpcp.vn>", "<d-3@vpcp.vn>"]


@pytest.mark.parametrize("said", [b"250-first\r\n250-second\r\n250 third", b"250", b"251 will forward"])
async def test_replies_of_every_form_are_understood(said: bytes) -> None:
    """Several lines, no words, and another number of success."""
    async with smtp_server(rcpt=said, dot=said) as server, channel(server.port) as mail:
        assert (await mail.deliver(mail_parcel(), NOW)).result == "accepted"


async def test_a_trickling_server_is_waited_for_within_the_time_of_a_step() -> None:
    """Replies that come byte by byte, line ends apart, are put together."""
    slow = Trickle(b"250-one\r\n250-two\r\n250 three")
    async with smtp_server(ehlo=slow, mail=slow, rcpt=slow, dot=slow) as server, channel(server.port) as mail:
        answer = await mail.deliver(mail_parcel(), NOW)
    assert (answer.result, answer.body) == ("accepted", "one\ntwo\nthree")


async def test_an_endless_trickle_is_a_timeout() -> None:
    """Bytes that keep coming without an end do not keep the connection for ever."""
    async with smtp_server(rcpt=Trickle(b"250-" + b"x" * 2_000)) as server:
        assert (await tried(server, timeout_s=0.1)).reason == "smtp_timeout"


@pytest.mark.parametrize("said", [b"x" * 9_000, b"250-" + b"x" * 9_000 + b"\r\n250 ok", b"hello", b"", b"99 no"])
async def test_a_reply_that_is_none_costs_the_connection(said: bytes) -> None:
    """Huge lines and lines without a number are tried again, over another connection."""
    async with smtp_server(rcpt=said) as server, channel(server.port, timeout_s=0.2) as mail:
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(mail_parcel("d-1"), NOW)
        await mail.deliver(mail_parcel("d-2"), NOW)
    assert failure.value.reason in {"smtp_garbled", "smtp_timeout"}
    assert (len(server.letters), server.connections) == (1, 2)


async def test_long_words_are_cut() -> None:
    """A refusal of many lines is kept in part."""
    said = b"\r\n".join([b"550-" + b"x" * 900] * 9 + [b"550 no"])
    async with smtp_server(rcpt=said) as server:
        failure = await tried(server)
    assert (type(failure), len(str(failure))) == (Refused, 500)


@pytest.mark.parametrize("step", ["rcpt", "dot"])
async def test_words_in_another_charset_can_be_written_down(step: str) -> None:
    """A 550 whose words are not UTF-8 is still a refusal, in text that encodes and has no control characters."""
    async with smtp_server(**{step: b"550 kh\xf4ng c\xf3 \x00\x01"}) as server:
        failure = await tried(server)
    assert str(failure).encode() == b"550 kh?ng c? "


async def test_an_acceptance_in_another_charset_can_be_written_down() -> None:
    """Bytes that are not UTF-8 and control characters in the server's words leave text that JSON takes."""
    async with smtp_server(dot=b"250 nh\xe2\xa4n th\xff \x00ok") as server, channel(server.port) as mail:
        answer = await mail.deliver(mail_parcel(), NOW)
    assert answer.body is not None
    assert answer.body.encode() == b"nh??n th? ok"


@pytest.mark.parametrize("step", ["auth", "mail", "rcpt", "dot"])
async def test_our_login_and_the_address_are_not_kept(step: str) -> None:
    """A server that repeats the password, plain or as it travelled, the user or the recipient is quoted without."""
    travelled = base64.b64encode("\0{}\0{}".format(*LOGIN).encode())
    said = b"535 5.7.8 no " + travelled + b" noinhan s3cret-pass vanthu@lucnam.vn"
    async with smtp_server(**{step: said}) as server:
        text = str(await tried(server))
    secrets = (travelled.decode(), "noinhan", "s3cret-pass", "vanthu@lucnam.vn")
    assert [each for each in secrets if each in text] == []
    assert text.startswith("535 5.7.8 no ")


async def test_an_acceptance_that_repeats_the_address_is_quoted_without() -> None:
    """Words of success are kept without the address too."""
    async with smtp_server(dot=b"250 queued for vanthu@lucnam.vn") as server, channel(server.port) as mail:
        assert (await mail.deliver(mail_parcel(), NOW)).body == "queued for [redacted]"


async def test_a_login_that_the_server_does_not_know_is_named() -> None:
    """Without AUTH on offer the mail waits: nothing is sent without the login."""
    async with smtp_server(offers=[b"SIZE"]) as server:
        failure = await tried(server)
    assert (failure.reason, server.letters) == ("smtp_auth_missing", [])


async def test_starttls_carries_login_and_letter(tmp_path: Path) -> None:
    """With a certificate that is trusted, all that matters is said after the handshake."""
    made = certificate(tmp_path)
    async with (
        smtp_server(offers=[b"STARTTLS", b"AUTH PLAIN"], tls=made.serving) as server,
        channel(server.port, "starttls", LOGIN, ca_file=made.ca_file) as mail,
    ):
        await mail.deliver(mail_parcel(), NOW)
    assert server.steps[:7] == ["connect", "ehlo", "starttls", "ehlo", "auth", "mail", "rcpt"]


async def test_tls_from_the_first_byte_carries_all(tmp_path: Path) -> None:
    """Port 465: nothing is said before the handshake."""
    made = certificate(tmp_path)
    async with (
        smtp_server(implicit_tls=made.serving) as server,
        channel(server.port, "tls", LOGIN, ca_file=made.ca_file) as mail,
    ):
        await mail.deliver(mail_parcel(), NOW)
    assert len(server.letters) == 1


async def test_starttls_that_is_not_offered_is_not_left_out() -> None:
    """A server, or somebody between, that hides STARTTLS gets neither login nor letter."""
    async with smtp_server() as server, channel(server.port, "starttls", LOGIN) as mail:
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(mail_parcel(), NOW)
    assert (failure.value.reason, {"auth", "mail"} & {*server.steps}) == ("smtp_starttls_missing", set())


@pytest.mark.parametrize(
    ("move", "reason"),
    [(b"454 4.7.0 not now", "smtp_starttls_454"), (b"220 go", "smtp_tls_failed"), (Drop(), "smtp_disconnected")],
)
async def test_starttls_that_fails_is_not_left_out(move: Move, reason: str) -> None:
    """Refused, answered in clear text, or dropped: neither login nor letter is sent."""
    script: dict[str, list[Move]] = {"starttls": [move]}
    async with (
        smtp_server(offers=[b"STARTTLS", b"AUTH PLAIN"], **script) as server,
        channel(server.port, "starttls", LOGIN, timeout_s=0.5) as mail,
    ):
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(mail_parcel(), NOW)
    assert (failure.value.reason, {"auth", "mail"} & {*server.steps}) == (reason, set())


@pytest.mark.parametrize("trusted", [False, True])
def test_the_loop_of_the_services_does_the_same(tmp_path: Path, *, trusted: bool) -> None:
    """Its sockets and its TLS are its own: a trusted certificate carries the letter, another one ends it."""
    made = certificate(tmp_path)

    async def send() -> int:
        async with (
            smtp_server(offers=[b"STARTTLS", b"AUTH PLAIN"], tls=made.serving, dot=[Drop()]) as server,
            channel(server.port, "starttls", LOGIN, ca_file=made.ca_file if trusted else None) as mail,
        ):
            for reason in ("smtp_unconfirmed", None) if trusted else ("smtp_certificate",):
                try:
                    await mail.deliver(mail_parcel(), NOW)
                except Unreachable as failure:
                    assert failure.reason == reason  # noqa: PT017
        return len(server.letters)

    assert uvloop.run(send()) == int(trusted)


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_does_not_fit_ends_the_conversation(
    tmp_path: Path, security: str, *, trusted: bool
) -> None:
    """Signed by nobody we know, or made out to another server: neither login nor letter is sent."""
    made = certificate(tmp_path, "127.0.0.2" if trusted else "127.0.0.1")
    implicit = made.serving if security == "tls" else None
    async with (
        smtp_server(offers=[b"STARTTLS", b"AUTH PLAIN"], tls=made.serving, implicit_tls=implicit) as server,
        channel(
            server.port, "tls" if security == "tls" else "starttls", LOGIN, ca_file=made.ca_file if trusted else None
        ) as mail,
    ):
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(mail_parcel(), NOW)
    assert (failure.value.reason, {"auth", "mail"} & {*server.steps}) == ("smtp_certificate", set())


async def test_what_is_slipped_in_before_the_handshake_is_not_believed(tmp_path: Path) -> None:
    """Replies that came in clear text after STARTTLS's own are dropped (RFC 3207, 4.2)."""
    made = certificate(tmp_path)
    injected = b"220 go\r\n250-evil\r\n250 AUTH LOGIN"
    async with (
        smtp_server(offers=[b"STARTTLS"], tls=made.serving, starttls=injected) as server,
        channel(server.port, "starttls", LOGIN, ca_file=made.ca_file) as mail,
    ):
        with pytest.raises(Unreachable) as failure:
            await mail.deliver(mail_parcel(), NOW)
    assert failure.value.reason in {"smtp_auth_missing", "smtp_tls_failed"}
    assert "auth" not in server.steps
