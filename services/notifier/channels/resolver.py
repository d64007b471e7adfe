"""Hosts become addresses, once, and only those that a webhook may reach come out; the connection goes to them."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from services.notifier.addresses import Network, forbidden, literal

_THREADS: Final = 64
_AT_ONCE: Final = 2
"""Lookups of one name: a lookup that nobody waits for any more keeps its thread until the system gives up."""
_Info: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]


class Address(NamedTuple):
    """Where to connect to."""

    host: str
    port: int
    family: int


class Names(Protocol):
    """Looks up names."""

    async def resolve(self, host: str, port: int) -> list[Address]:
        """The addresses of a name, or of an address itself; at least one. Raises OSError."""
        ...

    async def close(self) -> None:
        """Look up nothing more."""
        ...


class ForbiddenAddress(OSError):
    """The name leads to an address that is not public and was not opened."""


class NameBusy(OSError):
    """Earlier lookups of this name still have no answer."""


class NameUnknown(OSError):
    """The system knows no address of this name."""


class SystemNames:
    """Asks the system, in threads of its own, so that names without an answer do not keep the others waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    async def resolve(self, host: str, port: int) -> list[Address]:
        """The addresses of `host`. Raises NameBusy or NameUnknown."""
        try:
            found = await asyncio.wrap_future(self._ask(host, port))
        except (socket.gaierror, UnicodeError) as error:
            raise NameUnknown(str(error)) from None
        addresses = [
            Address(str(at[0]), int(at[1]), kind)
            for kind, _, _, _, at in found
            if kind in (socket.AF_INET, socket.AF_INET6)
        ]
        if not addresses:
            raise NameUnknown("the name has no address")
        return addresses

    async def close(self) -> None:
        """Forget the lookups that have not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, host: str, port: int) -> Future[list[_Info]]:
        with self._lock:
            if self._asked[host] >= _AT_ONCE:
                raise NameBusy("earlier lookups of the name still have no answer")
            self._asked[host] += 1
        lookup = self._threads.submit(_look_up, host, port)
        lookup.add_done_callback(lambda _: self._ended(host))
        return lookup

    def _ended(self, host: str) -> None:
        """Called in the thread that looked up, whether or not somebody still waits for it."""
        with self._lock:
            self._asked -= Counter({host: 1})


class GuardedResolver:
    """Resolves with `inner` and refuses a name as soon as one of its addresses is forbidden."""

    def __init__(self, allowed: Sequence[Network], inner: Names | None = None) -> None:
        self._allowed = allowed
        self._inner = inner or SystemNames()

    async def resolve(self, host: str, port: int) -> list[Address]:
        """The addresses of `host`, itself where it is one. Raises ForbiddenAddress, or OSError for an unknown name."""
        found = _itself(host, port) or await self._inner.resolve(host, port)
        for each in found:
            why = forbidden(each.host, self._allowed)
            if why:
                raise ForbiddenAddress(f"it leads to an address that is not public ({why})")
        return found

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()


def _itself(host: str, port: int) -> list[Address]:
    address = literal(host)
    if address is None:
        return []
    return [Address(address, port, socket.AF_INET6 if ":" in address else socket.AF_INET)]


def _look_up(host: str, port: int) -> list[_Info]:
    return list(socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG))
