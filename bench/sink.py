"""A webhook receiver that is not what is measured: it counts POSTs and their webhook-ids, and checks nothing.

A POST to a path that begins with `/hang` gets no answer and is not counted.

`python -m bench.sink` prints its port. A GET answers what was counted, as JSON: posts, distinct webhook-ids, and the
monotonic moments of the first and the last POST; of `/arrivals`, the moment of each webhook-id's first POST.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import uvloop

_ID = b"webhook-id: "
_LENGTH = b"content-length: "
_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Counted:
    """What arrived since the last reset."""

    def __init__(self) -> None:
        self.posts = 0
        self.arrivals: dict[bytes, float] = {}
        self.first = self.last = 0.0

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"posts": self.posts, "distinct": len(self.arrivals), "first": self.first, "last": self.last}

    def moments(self) -> dict[str, float]:
        """When each webhook-id first arrived."""
        return {key.decode(): moment for key, moment in self.arrivals.items()}


class Connection(asyncio.Protocol):
    """One connection: requests in a row, answered as soon as they are whole."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower() + b"\r\n"
            whole = end + 4 + int(_value(head, _LENGTH) or 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if self._transport is None:
            return
        if head.startswith(b"get"):
            told = self._counted.moments() if head.startswith(b"get /arrivals") else self._counted.told()
            body = json.dumps(told).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            return
        if head.startswith(b"post /hang"):
            return
        counted = self._counted
        counted.last = time.monotonic()
        counted.first = counted.first or counted.last
        counted.posts += 1
        counted.arrivals.setdefault(_value(head, _ID), counted.last)
        self._transport.write(_NO_CONTENT)


def _value(head: bytes, name: bytes) -> bytes:
    start = head.find(name)
    return head[start + len(name) : head.find(b"\r\n", start)] if start >= 0 else b""


async def _serve() -> None:
    counted = Counted()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(counted), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
