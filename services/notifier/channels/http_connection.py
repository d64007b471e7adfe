"""One HTTP/1.1 connection: a request goes out in one write, its answer is parsed by llhttp, then it waits for the next.

It knows nothing of addresses, pools or retries.
"""

from __future__ import annotations

import asyncio
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from services.notifier.channels.deadlines import Deadlines
from services.notifier.channels.webhook import OURS, Reply
from services.notifier.redact import LONGEST_KEPT

_LONGEST_HEAD: Final = 65_536
_INTERIM: Final = range(100, 200)
_SWITCHED: Final = 101
_BAD: Final = "bad_answer"


class Cut(Exception):
    """The connection ended, or the answer was none. `unheard`: before a single byte of the answer came.

    `reason` is a name, the message is for people.
    """

    def __init__(self, message: str, *, unheard: bool, reason: str = "disconnected") -> None:
        super().__init__(message)
        self.unheard = unheard
        self.reason = reason


class Connection(asyncio.Protocol):
    """A connection to one server. `exchange` once at a time; `usable` tells whether there may be a next time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, deadlines: Deadlines) -> None:
        self.usable = False
        self.idle_since = 0.0
        self._loop = loop
        self._deadlines = deadlines
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._answer: asyncio.Future[Reply] | None = None
        self._head = 0
        self._in_body = self._framed = False
        self._retry_after: str | None = None
        self._said: dict[bytes, bytes] = {}
        self._body = b""

    async def exchange(self, request: bytes, until: float) -> Reply:
        """Send a whole request and read its answer: at most 4 kB of the body, a longer one costs the connection.

        `until` is a moment of the loop's clock. Raises TimeoutError, or Cut. An exchange that ends badly, or is
        cancelled, closes the connection.
        """
        if self._transport is None or self._answer is not None:
            raise Cut("closed", unheard=True)
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._answer = answer
        self._start()
        self._deadlines.add(self, until)
        try:
            self._transport.write(request)
            return await answer
        except BaseException:
            self.close()
            raise
        finally:
            self._deadlines.remove(self)
            self._answer = None

    def close(self) -> None:
        """Drop the connection, without waiting for what was not sent yet."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = transport  # type: ignore[assignment]
        self.usable = True

    def data_received(self, data: bytes) -> None:
        """Parse a part of the answer; what comes unasked ends the connection."""
        if self._answer is None or self._answer.done():
            self.close()
            return
        if not self._in_body:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._end(keep=False)
        except HttpParserError as error:
            self._fail(Cut(f"not HTTP: {type(error).__name__}", unheard=False, reason=_BAD))
        if not self._in_body and self._head > _LONGEST_HEAD:
            self._fail(Cut("the answer's head is too long", unheard=False, reason=_BAD))

    def eof_received(self) -> bool | None:
        """The other side says no more: let the connection end."""
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        """End the answer here if nothing else says where it ends, else fail."""
        self.usable = False
        self._transport = None
        if self._in_body and not self._framed and exc is None:
            self._end(keep=False)
            return
        cut = Cut(type(exc).__name__ if exc else "closed", unheard=self._head == 0)
        cut.__cause__ = exc
        self._fail(cut)

    def on_message_begin(self) -> None:
        """A second answer to one request: nothing that follows can be trusted."""
        if self._answer is None or self._answer.done():
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note where the body ends, and what the server asks for."""
        lower = name.lower()
        if lower in {b"content-length", b"transfer-encoding"}:
            self._framed = True
        elif lower == b"retry-after":
            self._retry_after = value.decode("latin-1")
        elif lower.startswith(OURS):
            self._said[lower] = value

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        """Keep the start of the body; enough is enough."""
        self._body += body
        if len(self._body) > LONGEST_KEPT:
            self._end(keep=False)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it only announces the real one (1xx)."""
        status = self._parser.get_status_code()
        if status in _INTERIM and status != _SWITCHED:
            self._start()
        else:
            self._end(keep=self._parser.should_keep_alive())

    def _start(self) -> None:
        self._head = 0
        self._in_body = self._framed = False
        self._retry_after, self._said, self._body = None, {}, b""

    def _end(self, *, keep: bool) -> None:
        if self._answer is not None and not self._answer.done():
            reply = Reply(self._parser.get_status_code(), self._retry_after, self._body[:LONGEST_KEPT], self._said)
            self._answer.set_result(reply)
            if not keep:
                self.close()

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def late(self) -> None:
        """Give up the exchange: its time is up."""
        self._fail(TimeoutError())
