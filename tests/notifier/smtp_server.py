"""A mail server on loopback that misbehaves as told, step by step.

Steps: connect, ehlo, helo, starttls, auth, mail, rcpt, data, dot (after the letter), rset, quit.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Drop:
    """Hang up, after these bytes."""

    after: bytes = b""


@dataclass(frozen=True)
class Hang:
    """Say nothing for the rest of the conversation."""


@dataclass(frozen=True)
class Trickle:
    """Say this byte by byte."""

    said: bytes
    each_s: float = 0.005


Move = bytes | Drop | Hang | Trickle

_USUAL: dict[str, bytes] = {
    "connect": b"220 mail.test ESMTP",
    "starttls": b"220 go ahead",
    "auth": b"235 2.7.0 welcome",
    "data": b"354 end with .",
    "dot": b"250 2.0.0 queued",
    "quit": b"221 bye",
}


@dataclass
class Taken:
    """A letter that was taken, with the commands that brought it."""

    mail: bytes
    rcpt: bytes
    content: bytes


class _End(Exception):
    """This conversation is over."""


@dataclass
class SmtpServer:
    """`script`: what each step says, in turn over all connections, and then what is usual."""

    script: dict[str, list[Move]] = field(default_factory=dict)
    offers: Sequence[bytes] = (b"SIZE 10485760", b"AUTH PLAIN")
    tls: ssl.SSLContext | None = None
    mails_a_connection: int | None = None
    port: int = 0
    connections: int = 0
    open_at_once: int = 0
    steps: list[str] = field(default_factory=list)
    letters: list[Taken] = field(default_factory=list)
    _open: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open += 1
        self.open_at_once = max(self.open_at_once, self._open)
        with suppress(_End, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await self._converse(reader, writer)
        self._open -= 1
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, "connect")
        mail = rcpt = b""
        taken = 0
        while line := await reader.readline():
            step = (line.split() or [b""])[0].decode(errors="replace").lower()
            if step == "mail" and taken == self.mails_a_connection:
                writer.write(b"421 4.7.0 too many mails over one connection\r\n")
                raise _End
            said = await self._say(writer, step)
            mail, rcpt = (line if step == "mail" else mail), (line if step == "rcpt" else rcpt)
            if step == "starttls" and said.startswith(b"220") and self.tls is not None:
                await writer.start_tls(self.tls)
            if step == "data" and said.startswith(b"354"):
                content = await reader.readuntil(b"\r\n.\r\n")
                if (await self._say(writer, "dot")).startswith(b"250"):
                    taken += 1
                    self.letters.append(Taken(mail, rcpt, content[:-3].replace(b"\r\n..", b"\r\n.")))
            if step == "quit":
                raise _End

    async def _say(self, writer: asyncio.StreamWriter, step: str) -> bytes:
        self.steps.append(step)
        moves = self.script.get(step, [])
        move = moves.pop(0) if moves else self._usual(step)
        if isinstance(move, Hang):
            await asyncio.sleep(30)
        if isinstance(move, Drop):
            writer.write(move.after)
            await writer.drain()
            raise _End
        if isinstance(move, Trickle):
            for place in range(len(move.said)):
                writer.write(move.said[place : place + 1])
                await asyncio.sleep(move.each_s)
            writer.write(b"\r\n")
            return move.said
        assert isinstance(move, bytes)
        writer.write(move + b"\r\n")
        await writer.drain()
        return move

    def _usual(self, step: str) -> bytes:
        if step == "ehlo":
            lines = [b"mail.test", *self.offers]
            return b"\r\n".join([b"250-" + each for each in lines[:-1]] + [b"250 " + lines[-1]])
        return _USUAL.get(step, b"250 2.0.0 ok")


@asynccontextmanager
async def smtp_server(
    *,
    offers: Sequence[bytes] | None = None,
    tls: ssl.SSLContext | None = None,
    implicit_tls: ssl.SSLContext | None = None,
    mails_a_connection: int | None = None,
    **script: Move | list[Move],
) -> AsyncIterator[SmtpServer]:
    """The server on a free port; `script` names steps: one move, or a list of them."""
    moves = {step: each if isinstance(each, list) else [each] for step, each in script.items()}
    made = SmtpServer(moves, tls=tls, mails_a_connection=mails_a_connection)
    made.offers = made.offers if offers is None else offers
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        await made.talk(reader, writer)

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=implicit_tls)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    for each in talks:
        each.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
