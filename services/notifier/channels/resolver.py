"""Names are resolved once, and only addresses that a webhook may reach come out; the connection goes to those."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

from services.notifier.addresses import Network, forbidden

_THREADS: Final = 64
_AT_ONCE: Final = 2
"""Lookups of one name: a lookup that nobody waits for any more keeps its thread until the system gives up."""
_Info: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]
_FOUND: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class ForbiddenAddress(OSError):
    """The name leads to an address that is not public and was not opened."""


class NameBusy(OSError):
    """Earlier lookups of this name still have no answer."""


class SystemNames(AbstractResolver):
    """Asks the system, in threads of its own, so that names without an answer do not keep the others waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`. Raises NameBusy, or OSError where the name is unknown."""
        found = await asyncio.wrap_future(self._ask(host, port, family))
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=int(address[1]), family=kind, proto=how, flags=_FOUND
            )
            for kind, _, how, _, address in found
            if kind in (socket.AF_INET, socket.AF_INET6)
        ]

    async def close(self) -> None:
        """Forget the lookups that have not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, host: str, port: int, family: socket.AddressFamily) -> Future[list[_Info]]:
        with self._lock:
            if self._asked[host] >= _AT_ONCE:
                raise NameBusy("earlier lookups of the name still have no answer")
            self._asked[host] += 1
        lookup = self._threads.submit(_look_up, host, port, family)
        lookup.add_done_callback(lambda _: self._ended(host))
        return lookup

    def _ended(self, host: str) -> None:
        """Called in the thread that looked up, whether or not somebody still waits for it."""
        with self._lock:
            self._asked -= Counter({host: 1})


class GuardedResolver(AbstractResolver):
    """Resolves with `inner` and refuses a name as soon as one of its addresses is forbidden."""

    def __init__(self, allowed: Sequence[Network], inner: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._inner = inner or SystemNames()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`. Raises ForbiddenAddress, or OSError where the name is unknown."""
        found = await self._inner.resolve(host, port, family)
        for each in found:
            why = forbidden(each["host"], self._allowed)
            if why:
                raise ForbiddenAddress(f"the name leads to an address that is not public ({why})")
        return found

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[_Info]:
    return list(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG))
