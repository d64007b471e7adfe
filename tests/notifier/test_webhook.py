"""Webhooks over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from contracts.webhooks.verify import verify
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.channels.resolver import Address, ForbiddenAddress, GuardedResolver, NameBusy, SystemNames
from services.notifier.outcome import Answer, Unreachable
from services.notifier.parcel import Parcel, decode
from tests.notifier.receivers import hook
from tests.notifier.samples import NOW, SECRET, TRACE, assignment, endpoint, taken, webhook_channel

LOOPBACK = ip_network("127.0.0.0/8")


@pytest.fixture
async def engine() -> AsyncIterator[HttptoolsEngine]:
    made = HttptoolsEngine((LOOPBACK,), timeout_s=1)
    await made.start()
    yield made
    await made.stop()


def parcel(url: str) -> Parcel:
    return Parcel("d-1", endpoint(target=url), taken().body, TRACE)


async def send(engine: HttptoolsEngine, url: str) -> Answer:
    return await webhook_channel(engine).deliver(parcel(url), NOW)


async def test_the_receiver_verifies_the_bytes_it_got(engine: HttptoolsEngine) -> None:
    """The signature is that of the raw body received, and the body is the assignment with its link."""
    async with hook(200) as office:
        answer = await webhook_channel(engine).deliver(parcel(office.url), datetime.now(UTC))
    (got,) = office.requests
    verify(SECRET, got.headers, got.body)
    contents = decode(got.body)
    assert answer == Answer("accepted", "accepted", "ok")
    assert contents is not None
    assert (contents.assignment, contents.acknowledge_url) == (assignment(), "http://127.0.0.1:1/a/token")
    assert got.headers["content-type"] == "application/json"


async def test_the_trace_goes_on_in_the_request(engine: HttptoolsEngine) -> None:
    """The request is a new span of the assignment's trace."""
    async with hook() as office:
        await send(engine, office.url)
    sent = office.requests[0].headers["traceparent"]
    assert sent.split("-")[1] == TRACE.split("-")[1]
    assert sent != TRACE


async def test_a_redirect_is_not_followed(engine: HttptoolsEngine) -> None:
    """3xx is a failure, and nothing is sent to where it points."""
    async with hook() as elsewhere, hook(302, headers={"Location": elsewhere.url}) as office:
        answer = await send(engine, office.url)
    assert answer.reason == "http_302"
    assert elsewhere.requests == []


async def test_what_the_other_side_says_is_kept_without_our_secrets(engine: HttptoolsEngine) -> None:
    """At most 4 kB of the answer is kept; tokens of the URL are masked in it."""
    async with hook(500, text="bad token s3cr3t-key " + "x" * 100_000) as office:
        answer = await send(engine, f"{office.url}/in?key=s3cr3t-key")
    assert answer.body is not None
    assert answer.body.startswith("bad token [redacted] x")
    assert len(answer.body) <= 4_096


async def test_a_floor_is_read_from_the_answer(engine: HttptoolsEngine) -> None:
    """429 with Retry-After carries its seconds."""
    async with hook(429, headers={"Retry-After": "77"}) as office:
        assert (await send(engine, office.url)).floor_s == 77


async def test_a_server_that_hangs_times_out(engine: HttptoolsEngine) -> None:
    """After the timeout the attempt is unreachable, by that name."""
    async with hook(0) as office:
        with pytest.raises(Unreachable) as failure:
            await send(engine, office.url)
    assert failure.value.reason == "timeout"


async def test_a_refused_connection_is_tried_again(engine: HttptoolsEngine) -> None:
    """Nobody listens: unreachable, not given up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Unreachable) as failure:
        await send(engine, f"http://127.0.0.1:{port}/")
    assert failure.value.reason == "refused"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0x7f.1"])
async def test_private_addresses_are_closed_by_default(host: str) -> None:
    """However loopback is spelled, nothing is sent there unless it was opened."""
    closed = HttptoolsEngine((), timeout_s=1)
    await closed.start()
    async with hook() as office:
        with pytest.raises(Unreachable) as failure:
            await send(closed, office.url.replace("127.0.0.1", host))
    await closed.stop()
    assert failure.value.reason == "forbidden_address"
    assert office.requests == []


class Names:
    """Answers each lookup with the next addresses."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(self, host: str, port: int) -> list[Address]:
        del host
        return [Address(each, port, socket.AF_INET) for each in self._answers.pop(0)]

    async def close(self) -> None:
        """Nothing to close."""


async def test_a_name_that_is_rebound_is_refused() -> None:
    """A name that was public at first and then leads inside is refused at that lookup."""
    resolver = GuardedResolver((), Names(["1.1.1.1"], ["10.0.0.5"]))
    assert [each.host for each in await resolver.resolve("office.vn", 443)] == ["1.1.1.1"]
    with pytest.raises(ForbiddenAddress):
        await resolver.resolve("office.vn", 443)


async def test_a_name_with_one_private_address_is_refused() -> None:
    """A private address among public ones spoils the name."""
    with pytest.raises(ForbiddenAddress):
        await GuardedResolver((), Names(["1.1.1.1", "192.168.0.1"])).resolve("office.vn", 443)


@pytest.fixture
def dead_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The system never answers for names that end in .dead, until the test is over."""
    ask, over = socket.getaddrinfo, threading.Event()

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        if str(host).endswith(".dead"):
            over.wait(10)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return ask(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    over.set()


@pytest.mark.usefixtures("dead_names")
async def test_names_without_an_answer_do_not_stop_the_others(engine: HttptoolsEngine) -> None:
    """While lookups of forty dead names hang, a webhook by another name is served."""
    waiting = asyncio.gather(*(send(engine, f"http://n{n}.dead/") for n in range(40)), return_exceptions=True)
    await asyncio.sleep(0.1)
    async with hook() as office:
        answer = await send(engine, office.url.replace("127.0.0.1", "localhost"))
    assert answer.result == "accepted"
    assert {each.reason for each in await waiting if isinstance(each, Unreachable)} == {"timeout"}


@pytest.mark.usefixtures("dead_names")
async def test_a_dead_name_takes_two_threads_at_most() -> None:
    """A third lookup of a name whose first two hang is refused at once, even when nobody waits for those any more."""
    names = SystemNames()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(names.resolve("x.dead", 80), 0.05)
    with pytest.raises(NameBusy):
        await names.resolve("x.dead", 80)
    assert [each.host for each in await names.resolve("localhost", 80)] == ["127.0.0.1"]
    await names.close()


async def test_a_proxy_of_the_environment_is_not_used(engine: HttptoolsEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """http_proxy does not divert a delivery."""
    async with hook() as proxy, hook() as office:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert (await send(engine, office.url)).result == "accepted"
    assert proxy.requests == []


async def test_connections_are_kept_between_deliveries(engine: HttptoolsEngine) -> None:
    """A second request to the same server does not connect anew."""
    async with hook(200, 200) as office:
        await send(engine, office.url)
        await send(engine, office.url)
    first, second = office.requests
    assert first.peer == second.peer


async def test_an_endpoint_without_secret_is_given_up(engine: HttptoolsEngine) -> None:
    """Nothing leaves unsigned."""
    async with hook() as office:
        unsigned = parcel(office.url)._replace(endpoint=endpoint(target=office.url, secret=None))
        with pytest.raises(Exception, match="no signing secret"):
            await webhook_channel(engine).deliver(unsigned, NOW)
    assert office.requests == []
