"""Connections to servers: made to addresses that were checked, kept for a while, closed when nobody needs them."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from typing import Final, NamedTuple

from services.notifier.channels.deadlines import Deadlines
from services.notifier.channels.http_connection import Connection
from services.notifier.channels.resolver import Address, GuardedResolver

_IDLE_S: Final = 4.0
"""Shorter than what common servers allow (5 s), so that a request seldom meets a connection being closed."""
_NAMES_KEPT_S: Final = 10.0
_NAMES_KEPT: Final = 4_096
_ONE_OF_SEVERAL_S: Final = 3.0
"""What one address of several may take to answer a connection, before the next one is tried."""
_NOT_STARTED: Final = "the engine is not started"


class Server(NamedTuple):
    """Where a connection leads, and whom to trust there and who we are; None: as with everyone."""

    host: str
    port: int
    tls: bool
    trust: ssl.SSLContext | None = None


class ConnectionPool:
    """Open connections that wait for their next request, by server, the last used first."""

    def __init__(self, resolver: GuardedResolver) -> None:
        self._resolver = resolver
        self._idle: dict[Server, list[Connection]] = defaultdict(list)
        self._found: dict[tuple[str, int], tuple[float, list[Address]]] = {}
        self._tls: ssl.SSLContext | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deadlines: Deadlines | None = None
        self._sweep: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work on this loop."""
        self._loop = loop
        self._deadlines = Deadlines(loop)

    async def stop(self) -> None:
        """Close what is idle."""
        if self._sweep is not None:
            self._sweep.cancel()
        if self._deadlines is not None:
            self._deadlines.stop()
        for connections in self._idle.values():
            for each in connections:
                each.close()
        self._idle.clear()
        await self._resolver.close()

    def time(self) -> float:
        """The moment, by the loop's clock. Raises OSError before the start."""
        return self._running().time()

    def kept(self, server: Server) -> Connection | None:
        """A connection that waits and was not closed, taken out of the pool; None where there is none."""
        waiting = self._idle.get(server)
        while waiting:
            connection = waiting.pop()
            if connection.usable:
                return connection
        return None

    def keep(self, server: Server, connection: Connection) -> None:
        """Let a connection wait for its next request, if it is still open."""
        if connection.usable:
            loop = self._running()
            connection.idle_since = loop.time()
            self._idle[server].append(connection)
            if self._sweep is None:
                self._sweep = loop.call_later(_IDLE_S / 4, self._close_idle)

    async def connect(self, server: Server, until: float) -> Connection:
        """A new connection, to the first address that answers. Raises TimeoutError or OSError."""
        loop = self._running()
        async with asyncio.timeout_at(until):
            addresses = await self._addresses(server)
            for address in addresses[:-1]:
                try:
                    async with asyncio.timeout(_ONE_OF_SEVERAL_S):
                        return await self._open(loop, server, address)
                except OSError:  # TimeoutError is one
                    if loop.time() >= until:
                        raise
            return await self._open(loop, server, addresses[-1])

    async def _open(self, loop: asyncio.AbstractEventLoop, server: Server, address: Address) -> Connection:
        deadlines = self._deadlines
        if deadlines is None:
            raise OSError(_NOT_STARTED)
        _, connection = await loop.create_connection(
            lambda: Connection(loop, deadlines),
            address.host,
            address.port,
            family=address.family,
            ssl=(server.trust or self._context()) if server.tls else None,
            server_hostname=server.host.rstrip(".") if server.tls else None,
        )
        return connection

    async def _addresses(self, server: Server) -> list[Address]:
        now = self.time()
        known = self._found.get((server.host, server.port))
        if known is not None and known[0] > now:
            return known[1]
        addresses = await self._resolver.resolve(server.host, server.port)
        if len(self._found) >= _NAMES_KEPT:
            self._found.clear()
        self._found[server.host, server.port] = (now + _NAMES_KEPT_S, addresses)
        return addresses

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _close_idle(self) -> None:
        """Close what waited too long; come again as long as anything waits."""
        self._sweep = None
        loop = self._running()
        old = loop.time() - _IDLE_S
        for server, connections in list(self._idle.items()):
            for each in connections:
                if each.idle_since < old:
                    each.close()
            self._idle[server] = [each for each in connections if each.usable]
            if not self._idle[server]:
                del self._idle[server]
        if self._idle:
            self._sweep = loop.call_later(_IDLE_S / 4, self._close_idle)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise OSError(_NOT_STARTED)
        return self._loop
