"""A mail server that is not what is measured: it takes every letter and counts Message-IDs.

`python -m bench.smtp_sink` prints its port, and the port where any GET answers what was counted, as `bench.sink` does.
"""

from __future__ import annotations

import asyncio
import re
import time

import uvloop

from bench.sink import Connection, Counted

_ID = re.compile(rb"^Message-ID: *(<[^>]*>)", re.IGNORECASE | re.MULTILINE)
_ANSWERS = {b"EHLO": b"250 sink\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
_END = b"\r\n.\r\n"


class Talk(asyncio.Protocol):
    """One conversation: commands by line, letters to their final dot."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._buffer = b""
        self._in_letter = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = transport  # type: ignore[assignment]
        self._say(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every whole command and letter."""
        self._buffer += data
        while True:
            whole, end, rest = self._buffer.partition(_END if self._in_letter else b"\r\n")
            if not end:
                return
            self._buffer = rest
            if self._in_letter:
                self._count(whole)
                self._in_letter = False
                self._say(b"250 taken\r\n")
            else:
                self._in_letter = whole[:4].upper() == b"DATA"
                self._say(_ANSWERS.get(whole[:4].upper(), b"250 ok\r\n"))

    def _count(self, letter: bytes) -> None:
        counted = self._counted
        counted.last = time.monotonic()
        counted.first = counted.first or counted.last
        counted.posts += 1
        found = _ID.search(letter)
        counted.arrivals.setdefault(found[1] if found else b"", counted.last)

    def _say(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)


async def _serve() -> None:
    counted = Counted()
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(lambda: Talk(counted), "127.0.0.1", 0)
    told = await loop.create_server(lambda: Connection(counted), "127.0.0.1", 0)
    print(mail.sockets[0].getsockname()[1], told.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(mail.serve_forever(), told.serve_forever())


if __name__ == "__main__":
    uvloop.run(_serve())
