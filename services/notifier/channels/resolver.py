"""Names are resolved once, and only addresses that a webhook may reach come out; the connection goes to those."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from services.notifier.addresses import Network, forbidden


class ForbiddenAddress(OSError):
    """The name leads to an address that is not public and was not opened."""


class GuardedResolver(AbstractResolver):
    """Resolves with `inner` and refuses a name as soon as one of its addresses is forbidden."""

    def __init__(self, allowed: Sequence[Network], inner: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._inner = inner or ThreadedResolver()

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
