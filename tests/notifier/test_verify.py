"""Endpoints are asked to prove themselves: over real HTTP and real SMTP, from the ledger and back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_network

import pytest

from contracts.webhooks.verify import verify
from services.notifier.addresses import Network
from services.notifier.audit import AuditQuery
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.outcome import Unreachable
from services.notifier.ports import Ask, Challenger, Ledger
from services.notifier.proof import asked_again_at, is_answer
from services.notifier.verify import Terms, Verifier
from tests.notifier.books import rows
from tests.notifier.mailing import channel as mail_channel
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.receivers import mail_server
from tests.notifier.samples import NOW, SECRET, SilentLog, endpoint, taken, webhook_channel
from tests.notifier.serving import Recorder
from tests.notifier.test_ledger_proofs import HELD, state_of, unverified
from tests.notifier.wires import Behaviour, Wire, hangs, says, server

LOOPBACK = (ip_network("127.0.0.0/8"),)


def now() -> datetime:
    return datetime.now(UTC)


def make(ledger: Ledger, webhook: Challenger, mail: Challenger | None = None, **changes: float) -> Verifier:
    terms = Terms(changes.get("patience_s", 3.0), changes.get("lease_s", 60.0))
    channels: dict[str, Challenger] = {"webhook": webhook, "email": mail or Recorder()}
    count = iter(range(1_000))
    return Verifier(
        ledger,
        channels,  # type: ignore[arg-type]
        terms,
        clock=now,
        random=lambda size: next(count).to_bytes(size, "big"),
        wake=lambda: None,
        log=SilentLog(),
    )


@asynccontextmanager
async def engine(allowed: tuple[Network, ...] = LOOPBACK) -> AsyncIterator[HttptoolsEngine]:
    made = HttptoolsEngine(allowed, 2)
    await made.start()
    yield made
    await made.stop()


def answering(write: Callable[[str], bytes], status: int = 200) -> Behaviour:
    """Answer with what is made of the challenge."""

    async def behave(wire: Wire) -> None:
        body = write(json.loads(wire.arrived.body)["data"]["challenge"])
        await wire.send(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))

    return behave


async def reason_of(ledger: Ledger) -> str | None:
    found = await ledger.pending("e1")
    return found.reason if found else None


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.mark.parametrize(
    "write",
    [
        str.encode,
        lambda challenge: f" {challenge}\r\n".encode(),
        lambda challenge: json.dumps({"challenge": challenge, "more": 1}).encode(),
    ],
)
async def test_a_webhook_proves_itself_by_answering_the_challenge(
    ledger: MemoryLedger, write: Callable[[str], bytes]
) -> None:
    """As text or as JSON; it was signed like every webhook, and what was held goes out."""
    async with server(answering(write)) as office, engine() as http:
        await ledger.add([unverified(target=office.url)], NOW)
        await ledger.take([taken()], NOW)
        await make(ledger, webhook_channel(http)).ask_due()
    (asked,) = office.requests
    verify([SECRET], asked.headers, asked.body)
    told = json.loads(asked.body)
    assert (told["type"], told["data"]["endpoint_id"]) == ("endpoint.challenge", "e1")
    assert told["data"]["recipient_id"] == "ubnd-luc-nam"
    assert await state_of(ledger) == ("active", False)
    assert await rows(ledger) == {"e1": ("queued", "resumed")}
    assert [(row.who, row.what) for row in await ledger.audit(AuditQuery())] == [("challenge", "endpoint.verified")]


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), "challenge_not_answered"),
        (says(b"HTTP/1.1 204 No Content\r\n\r\n"), "challenge_not_answered"),
        (answering(lambda challenge: challenge[:-1].encode()), "challenge_not_answered"),
        (answering(lambda challenge: f'["{challenge}"]'.encode()), "challenge_not_answered"),
        (answering(lambda challenge: f"you sent {challenge}".encode()), "challenge_not_answered"),
        (answering(str.encode, 500), "http_500"),
        (answering(str.encode, 302), "http_302"),
        (hangs, "timeout"),
    ],
)
async def test_any_other_answer_proves_nothing(ledger: MemoryLedger, behave: Behaviour, reason: str) -> None:
    """A 2xx of a server that takes everything, an echo of the request, the right words with another status."""
    async with server(behave) as office, engine() as http:
        await ledger.add([unverified(target=office.url)], NOW)
        await ledger.take([taken()], NOW)
        await make(ledger, webhook_channel(http), patience_s=0.3).ask_due()
        assert (await state_of(ledger), await reason_of(ledger)) == (("unverified", True), reason)
        known = await ledger.pending("e1")
    assert known is not None
    assert known.next_at is not None
    assert timedelta(seconds=55) < known.next_at - now() < timedelta(seconds=65)
    assert await rows(ledger) == {"e1": HELD}


async def test_each_try_has_a_challenge_of_its_own(ledger: MemoryLedger) -> None:
    """What was not answered in its own request is worth nothing in the next."""
    seen: list[str] = []

    def stale(challenge: str) -> bytes:
        seen.append(challenge)
        return seen[0].encode() if len(seen) > 1 else b"later"

    async with server(answering(stale), answering(stale), answering(str.encode)) as office, engine() as http:
        await ledger.add([unverified(target=office.url)], NOW)
        verifier = make(ledger, webhook_channel(http))
        tries = [await verifier.ask_now("e1") for _ in range(3)]
    assert [each.verified for each in tries if each] == [False, False, True]
    assert len({each.headers["webhook-id"] for each in office.requests}) == 3


async def test_a_gone_webhook_is_not_asked_again_by_itself(ledger: MemoryLedger) -> None:
    """410 wants nothing more."""
    async with server(answering(str.encode, 410)) as office, engine() as http:
        await ledger.add([unverified(target=office.url)], NOW)
        await make(ledger, webhook_channel(http)).ask_due()
    known = await ledger.pending("e1")
    assert known is not None
    assert (known.reason, known.next_at) == ("http_410", None)


async def test_a_private_address_is_not_asked(ledger: MemoryLedger) -> None:
    """The guard of all webhooks stands before challenges too: nothing reaches the server."""
    async with server() as office, engine(()) as http:
        await ledger.add([unverified(target=office.url)], NOW)
        await make(ledger, webhook_channel(http)).ask_due()
    assert (office.connections, await reason_of(ledger)) == (0, "forbidden_address")


async def test_a_thin_webhook_with_credentials_is_asked_whole(ledger: MemoryLedger) -> None:
    """Its body is the challenge itself, and a secret that stands in the answer does not spoil it."""
    async with server(answering(str.encode)) as office, engine() as http:
        place = unverified(target=office.url + "?token=0000", options=EndpointOptions(body="thin"))
        await ledger.add([place], NOW)
        await make(ledger, webhook_channel(http)).ask_due()
    assert await state_of(ledger) == ("active", False)


async def test_a_webhook_that_hangs_keeps_no_other_waiting(ledger: MemoryLedger) -> None:
    """They are asked at the same time."""
    async with server(hangs) as slow, server(answering(str.encode)) as quick, engine() as http:
        places = [unverified("e1", target=slow.url), unverified("e2", recipient_id="b", target=quick.url)]
        await ledger.add(places, NOW)
        asking = asyncio.create_task(make(ledger, webhook_channel(http), patience_s=30).ask_due())
        async with asyncio.timeout(5):
            while await state_of(ledger, "e2") != ("active", False):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not asking.done()
        asking.cancel()


async def test_the_loop_asks_what_is_added_and_outlives_a_fault(ledger: MemoryLedger) -> None:
    """A ledger or channel that fails once does not end it."""
    channel = Recorder()
    broken = [RuntimeError("no")]

    class Flaky:
        async def challenge(self, ask: Ask, at: datetime) -> object:
            if broken:
                raise broken.pop()
            return await channel.challenge(ask, at)

    await ledger.add([unverified()], NOW)
    verifier = make(ledger, Flaky(), lease_s=0.0)  # type: ignore[arg-type]
    running = asyncio.create_task(verifier.run())
    async with asyncio.timeout(5):
        while await state_of(ledger) != ("active", False):
            verifier.look()
            await asyncio.sleep(0.01)
    running.cancel()


async def test_a_mailbox_gets_a_link_once(ledger: MemoryLedger) -> None:
    """Over real SMTP: text and HTML with the link, nothing that somebody else named; then it is its turn."""
    mailbox = unverified(kind="email", target="vanthu@lucnam.vn", secret=None, name="<b>Click http://evil</b>")
    async with mail_server() as (box, port, _), mail_channel(port) as channel:
        await ledger.add([mailbox], NOW)
        verifier = make(ledger, Recorder(), channel)
        assert not await verifier.ask_due()
        await verifier.ask_due()
    (raw,) = box.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["To"], mail["Subject"]) == ("vanthu@lucnam.vn", "[Nơi nhận] Xác nhận hộp thư nhận văn bản")
    link = f"https://noinhan.vpcp.vn/v/e1.{bytes(24).hex()[:-1]}0"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        words = part.get_content()
        assert [each for each in (link, "ubnd-luc-nam") if each not in words] == []
        assert "evil" not in words
    known = await ledger.pending("e1")
    assert known is not None
    assert (known.tries, known.reason, known.next_at) == (1, "mail_sent", None)
    assert await state_of(ledger) == ("unverified", True)


async def test_a_mail_server_that_does_not_take_it_is_tried_again(ledger: MemoryLedger) -> None:
    """With a link of its own the next time; a refused recipient is not."""
    mailbox = unverified(kind="email", target="vanthu@lucnam.vn", secret=None)
    await ledger.add([mailbox], NOW)
    async with (
        mail_server(["451 later", "", "550 no such user"]) as (box, port, _),
        mail_channel(port) as channel,
    ):
        verifier = make(ledger, Recorder(), channel)
        await verifier.ask_due()
        known = await ledger.pending("e1")
        assert known is not None
        assert (known.reason, known.next_at is not None) == ("smtp_451", True)
        await verifier.ask_now("e1")
        await verifier.ask_now("e1")
    assert len(re.findall(rb"Message-ID: <(.+)>", box.mails[0])) == 1
    known = await ledger.pending("e1")
    assert known is not None
    assert (known.reason, known.next_at) == ("smtp_550", None)


async def test_a_vouched_endpoint_is_left_to_its_operator(ledger: MemoryLedger) -> None:
    """An answer that comes after it was vouched for changes nothing, and no failure is written down."""
    channel = Recorder()
    release = asyncio.Event()

    class Slow:
        async def challenge(self, ask: Ask, at: datetime) -> object:
            await release.wait()
            return await channel.challenge(ask, at)

    await ledger.add([unverified()], NOW)
    asking = asyncio.create_task(make(ledger, Slow()).ask_now("e1"))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    await ledger.prove("e1", None, NOW)
    release.set()
    tried = await asking
    assert tried is not None
    assert (tried.verified, await state_of(ledger)) == (False, ("active", False))


async def test_nobody_is_asked_who_is_verified(ledger: MemoryLedger) -> None:
    """Not even where somebody wants it."""
    await ledger.add([endpoint()], NOW)
    channel = Recorder()
    channel.answer = Unreachable("refused")
    assert await make(ledger, channel).ask_now("e1") is None
    assert channel.asks == []


def test_tries_have_an_end() -> None:
    """At once, then after a minute, ten, an hour, six, a day."""
    waits = [asked_again_at(tries, NOW) for tries in range(1, 7)]
    seconds = [(each - NOW).total_seconds() if each else None for each in waits]
    assert seconds == [60, 600, 3_600, 21_600, 86_400, None]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"null", b"{}", b'{"challenge": null}', b"[" * 100_000, b"abcd"])
def test_what_is_no_answer_is_none(body: bytes) -> None:
    """Whatever bytes a server sends."""
    assert not is_answer(body, "abc")
