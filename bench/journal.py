"""A webhook receiver that answers only when what it got is on the disk: what a checker may believe.

`python -m bench.journal FILE` prints its port. A line of the journal is a webhook-id and the SHA-256 of its body. All
that came while the last write was synchronised is written together; a GET answers how many different ids there are.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from typing import Final

import uvloop

_ID: Final = b"webhook-id: "
_LENGTH: Final = b"content-length: "
_NO_CONTENT: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Journal:
    """Lines that wait for the disk, and whom to answer then."""

    def __init__(self, path: str) -> None:
        self.ids: set[bytes] = set()
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._waiting: list[tuple[bytes, asyncio.Transport]] = []
        self._news = asyncio.Event()

    def take(self, line: bytes, transport: asyncio.Transport) -> None:
        """Keep a line, and answer once it is kept."""
        self._waiting.append((line, transport))
        self._news.set()

    async def keep(self) -> None:
        """Write, synchronise, answer, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            batch, self._waiting = self._waiting, []
            os.write(self._file, b"".join(line for line, _ in batch))
            await asyncio.to_thread(os.fdatasync, self._file)
            self.ids.update(line.split()[0] for line, _ in batch)
            for _, transport in batch:
                transport.write(_NO_CONTENT)


class Connection(asyncio.Protocol):
    """One connection: requests in a row."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Take every whole request."""
        self._buffer += data
        while self._transport is not None and (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower() + b"\r\n"
            whole = end + 4 + int(_value(head, _LENGTH) or 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            if head.startswith(b"get"):
                told = b"%d" % len(self._journal.ids)
                self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(told), told))
            else:
                line = b"%s %s\n" % (_value(head, _ID), hashlib.sha256(body).hexdigest().encode())
                self._journal.take(line, self._transport)


def _value(head: bytes, name: bytes) -> bytes:
    start = head.find(name)
    return head[start + len(name) : head.find(b"\r\n", start)] if start >= 0 else b""


async def _serve(path: str) -> None:
    journal = Journal(path)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(journal), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await journal.keep()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))
