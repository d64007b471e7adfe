"""Offices' servers that misbehave, byte by byte, on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread

Behaviour = Callable[["Wire"], Awaitable[None]]
"""What the server does once a request has arrived."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Arrived:
    """A request as it came over the wire, and the number of its connection."""

    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Wire:
    """One request's connection, from the server's side."""

    writer: asyncio.StreamWriter
    arrived: Arrived

    async def send(self, *parts: bytes, every_s: float = 0.0) -> None:
        """Send the parts, with pauses between them."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(every_s)

    def reset(self) -> None:
        """Break the connection off with a TCP reset."""
        self.writer.transport.abort()

    def close(self) -> None:
        """End the connection as HTTP/1.1 may at any time."""
        self.writer.close()


@dataclass
class Server:
    """What came to a server; `behaviours` answer one request each, then every request is accepted."""

    port: int = 0
    scheme: str = "http"
    behaviours: list[Behaviour] = field(default_factory=list)
    requests: list[Arrived] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            while not writer.is_closing():
                arrived = await _request(reader, number)
                self.requests.append(arrived)
                behaviour = self.behaviours.pop(0) if self.behaviours else says(OK)
                await behaviour(Wire(writer, arrived))
        writer.close()


@asynccontextmanager
async def server(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server on a free port that behaves so."""
    made = Server(scheme="https" if tls else "http", behaviours=list(behaviours))
    tasks: set[asyncio.Task[None]] = set()

    def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(made.talk(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(met, "127.0.0.1", 0, ssl=tls)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()
    for each in list(tasks):
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def says(*parts: bytes, every_s: float = 0.0) -> Behaviour:
    """Send these bytes, with pauses between them."""
    return partial(_say, parts=parts, every_s=every_s)


async def _say(wire: Wire, parts: tuple[bytes, ...], every_s: float) -> None:
    await wire.send(*parts, every_s=every_s)


async def hangs(_: Wire) -> None:
    """Never answer."""
    await asyncio.sleep(60)


async def resets(wire: Wire) -> None:
    """Break the connection before any answer."""
    wire.reset()


async def closes(wire: Wire) -> None:
    """End the connection before any answer."""
    wire.close()


def resets_after(*parts: bytes) -> Behaviour:
    """Send these bytes, then break the connection."""
    return partial(_reset_after, parts=parts)


async def _reset_after(wire: Wire, parts: tuple[bytes, ...]) -> None:
    await wire.send(*parts, every_s=0.02)
    wire.reset()


def closes_after(*parts: bytes) -> Behaviour:
    """Send these bytes, then end the connection."""
    return partial(_close_after, parts=parts)


async def _close_after(wire: Wire, parts: tuple[bytes, ...]) -> None:
    await wire.send(*parts)
    wire.close()


async def _request(reader: asyncio.StreamReader, connection: int) -> Arrived:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:-2]
    headers: dict[str, str] = {}
    for line in head:
        name, _, value = line.partition(":")
        assert name.lower() not in headers, f"{name} came twice"
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Arrived(headers, body, connection)


@contextmanager
def strict_server(tls: ssl.SSLContext) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server whose OpenSSL says why it refuses, as asyncio's does not: its URL, and the subjects of its clients."""
    clients: list[dict[str, str]] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = Event()

        def serve() -> None:
            while not over.is_set():
                with suppress(OSError):
                    _serve_one(listening.accept()[0], tls, clients)

        thread = Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        yield f"https://127.0.0.1:{port}/", clients
        over.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            pass
        thread.join()


def _serve_one(plain: socket.socket, tls: ssl.SSLContext, clients: list[dict[str, str]]) -> None:
    plain.settimeout(2)
    try:
        with tls.wrap_socket(plain.dup(), server_side=True) as connection:
            subject = (connection.getpeercert() or {}).get("subject", ())
            clients.append({str(name): str(value) for ((name, value),) in subject})
            connection.recv(65_536)
            connection.sendall(OK)
    except ssl.SSLError:
        # What the client has sent already is read, so that closing does not overtake the alert.
        plain.recv(65_536)
    finally:
        plain.close()
