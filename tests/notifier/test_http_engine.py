"""What servers really send, byte by byte, over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.channels.webhook import Reply
from services.notifier.outcome import Refused, Unreachable

LOOPBACK = ip_network("127.0.0.0/8")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Answering = Callable[[int, asyncio.StreamWriter], Awaitable[None]]
"""Answers request number n (from 0) of all, over this connection."""


class Server:
    """Reads requests and lets `answer` write what it likes."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self.requests: list[bytes] = []
        self.connections = 0
        self.url = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                await self._answer(len(self.requests) - 1, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def server(answer: Answering) -> AsyncIterator[Server]:
    """Such a server on a free port."""
    made = Server(answer)
    listening = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


def saying(*parts: bytes, then_close: bool = False) -> Answering:
    """Answers every request with these parts, one after the other."""

    async def answer(_: int, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.01)
        if then_close:
            writer.close()

    return answer


@pytest.fixture
async def engine() -> AsyncIterator[HttptoolsEngine]:
    made = HttptoolsEngine((LOOPBACK,), timeout_s=0.5)
    await made.start()
    yield made
    await made.stop()


ANSWERS = {
    "length": ((OK,), False, Reply(200, None, b"ok")),
    "in parts": ((OK[:9], OK[9:20], OK[20:-1], OK[-1:]), False, Reply(200, None, b"ok")),
    "chunks": (
        (b"HTTP/1.1 503 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n", b"1\r\n!\r\n0\r\n\r\n"),
        False,
        Reply(503, None, b"no!"),
    ),
    "no body": ((b"HTTP/1.1 204 No Content\r\n\r\n",), False, Reply(204, None, b"")),
    "until the end": ((b"HTTP/1.1 200 OK\r\n\r\nall of", b" it"), True, Reply(200, None, b"all of it")),
    "old": ((b"HTTP/1.0 200 OK\r\n\r\nold",), True, Reply(200, None, b"old")),
    "announced": ((b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 E\r\nlink: x\r\n\r\n", OK), False, None),
    "wait": ((b"HTTP/1.1 429 X\r\nRETRY-AFTER: 7\r\ncontent-length: 0\r\n\r\n",), False, Reply(429, "7", b"")),
    "switched": ((b"HTTP/1.1 101 S\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",), False, Reply(101, None, b"")),
    "endless": (
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + b"x" * 9_000,),
        False,
        Reply(200, None, b"x" * 4_096),
    ),
}


@pytest.mark.parametrize(("parts", "closes", "reply"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_every_framing_of_an_answer_is_read(
    engine: HttptoolsEngine, parts: tuple[bytes, ...], closes: bool, reply: Reply | None
) -> None:
    """By length, in chunks, until the end, after announcements; and the next request is answered as well."""
    async with server(saying(*parts, then_close=closes)) as office:
        for _ in range(2):
            assert await engine.post(office.url, {}, b"{}") == (reply or Reply(200, None, b"ok"))


BROKEN = {
    "not http": ((b"SSH-2.0-OpenSSH_9\r\n",), False, "bad_answer"),
    "cut head": ((b"HTTP/1.1 200 OK\r\nx: ",), True, "disconnected"),
    "cut body": ((b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",), True, "disconnected"),
    "cut chunk": ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nshort",), True, "disconnected"),
    "bad chunk": ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",), False, "bad_answer"),
    "endless head": ((b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,), False, "bad_answer"),
    "slow head": ((b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 100), False, "timeout"),
    "slow body": ((b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n", *[b"x"] * 100), False, "timeout"),
    "nothing": ((), True, "disconnected"),
}


@pytest.mark.parametrize(("parts", "closes", "reason"), BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_no_answer_is_told_by_name(
    engine: HttptoolsEngine, parts: tuple[bytes, ...], closes: bool, reason: str
) -> None:
    """It is another try's turn, and nothing of it is taken for an answer."""
    async with server(saying(*parts, then_close=closes)) as office:
        with pytest.raises(Unreachable) as failure:
            await engine.post(office.url, {}, b"{}")
    assert failure.value.reason == reason


async def test_a_kept_connection_that_was_closed_costs_no_attempt(engine: HttptoolsEngine) -> None:
    """The server hangs up on the second request without a word: it goes out once more, on a new connection."""

    async def answer(number: int, writer: asyncio.StreamWriter) -> None:
        if number == 1:
            writer.close()
        else:
            writer.write(OK)

    async with server(answer) as office:
        await engine.post(office.url, {}, b"{}")
        assert (await engine.post(office.url, {"a": "b"}, b"again")).status == 200
    assert office.requests[1] == office.requests[2]
    assert office.connections == 2


async def test_an_answer_that_was_begun_is_not_asked_for_again(engine: HttptoolsEngine) -> None:
    """The server may have acted on it: the schedule decides about the next try."""

    async def answer(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(OK if number == 0 else b"HTTP/1.1 2")
        if number == 1:
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.close()

    async with server(answer) as office:
        await engine.post(office.url, {}, b"{}")
        with pytest.raises(Unreachable):
            await engine.post(office.url, {}, b"{}")
    assert len(office.requests) == 2


GONE = b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize("parts", [(OK, GONE), (OK + GONE,), (OK + GONE[:-9], GONE[-9:])], ids=["two", "one", "cut"])
async def test_words_that_nobody_asked_for_are_not_the_next_answer(
    engine: HttptoolsEngine, parts: tuple[bytes, ...]
) -> None:
    """A server that answers one request twice does not answer the next one with that."""
    async with server(saying(*parts)) as office:
        for _ in range(2):
            assert (await engine.post(office.url, {}, b"{}")).status == 200
            await asyncio.sleep(0.05)
    assert office.connections == 2


async def test_a_connection_is_closed_when_the_attempt_is_called_off(engine: HttptoolsEngine) -> None:
    """Its late answer cannot reach another request."""

    async def answer(number: int, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2 if number == 0 else 0)
        writer.write(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n" if number == 0 else OK)

    async with server(answer) as office:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.post(office.url, {}, b"{}"), 0.1)
        assert (await engine.post(office.url, {}, b"{}")).status == 200
        assert office.connections == 2


TARGETS = {
    "/a b?c=d e": b"/a%20b?c=d%20e",
    "": b"/",
    "?x=1": b"/?x=1",
    "/a%2Fb/%C3%A9": b"/a%2Fb/%C3%A9",
    "/đ?q=ữ": b"/%C4%91?q=%E1%BB%AF",
    "/x#part": b"/x",
    "/x\r\ninjected: y": b"/xinjected:%20y",
}


@pytest.mark.parametrize(("path", "asked"), TARGETS.items())
async def test_a_path_is_asked_for_as_it_is_written(engine: HttptoolsEngine, path: str, asked: bytes) -> None:
    """What is encoded stays so, what must be is; nothing in it can add a line."""
    async with server(saying(OK)) as office:
        await engine.post(office.url + path, {"x-a": "b"}, b"{}")
        (request,) = office.requests
        host = office.url.removeprefix("http://").encode()
    assert request == b"POST %s HTTP/1.1\r\nhost: %s\r\ncontent-length: 2\r\nx-a: b\r\n\r\n{}" % (asked, host)


async def test_a_login_in_the_url_is_sent_as_one(engine: HttptoolsEngine) -> None:
    """`user:p%40ss@` becomes basic authentication."""
    async with server(saying(OK)) as office:
        await engine.post(office.url.replace("//", "//user:p%40ss@"), {}, b"{}")
    assert b"authorization: Basic dXNlcjpwQHNz\r\n" in office.requests[0]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "http://a b/", "http://x:99999/", "x"])
async def test_what_is_no_url_is_given_up(engine: HttptoolsEngine, url: str) -> None:
    """No later try would make it one."""
    with pytest.raises(Refused) as refusal:
        await engine.post(url, {}, b"{}")
    assert refusal.value.reason == "bad_url"


async def test_idle_connections_are_closed(engine: HttptoolsEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to hold what we do not use."""
    monkeypatch.setattr("services.notifier.channels.http_pool._IDLE_S", 0.04)
    gone = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(OK)
        await reader.read()
        gone.set()
        writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    await engine.post(f"http://127.0.0.1:{port}", {}, b"{}")
    await asyncio.wait_for(gone.wait(), 5)
    listening.close()
