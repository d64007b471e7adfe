"""HTTP by bare aiohttp: keep-alive, no redirects, no proxies from the environment, no forbidden addresses."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from services.notifier.addresses import Network, forbidden, literal
from services.notifier.channels.resolver import ForbiddenAddress, GuardedResolver, NameBusy
from services.notifier.channels.webhook import Reply
from services.notifier.outcome import Refused, Unreachable
from services.notifier.redact import LONGEST_KEPT

_IDLE_S: Final = 4.0
"""Shorter than what common servers allow (5 s), so that a request seldom meets a connection being closed."""
_NAMES_KEPT_S: Final = 10


class AiohttpEngine:
    """One session for all webhooks. `names` looks up names; default: the system's way."""

    def __init__(self, allowed: Sequence[Network], timeout_s: float, names: AbstractResolver | None = None) -> None:
        self._allowed = tuple(allowed)
        self._names = names
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the session; nothing is connected before the first request."""
        connector = aiohttp.TCPConnector(
            limit=0,
            resolver=GuardedResolver(self._allowed, self._names),
            ttl_dns_cache=_NAMES_KEPT_S,
            keepalive_timeout=_IDLE_S,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def stop(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout_s: float | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Reply:
        """Send these exact bytes. Raises Unreachable (try again) or Refused (never will)."""
        if self._session is None:
            raise Unreachable("not_started")
        target = self._target(url)
        try:
            async with self._session.post(
                target,
                data=body,
                headers=headers,
                allow_redirects=False,
                ssl=tls or True,
                timeout=self._patience(timeout_s),
            ) as response:
                start = await _start_of(response)
                return Reply(response.status, response.headers.get("Retry-After"), start)
        except TimeoutError:
            raise Unreachable("timeout") from None
        except aiohttp.InvalidURL as error:
            raise Refused("bad_url", str(error)) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _unreachable(error) from error

    def _patience(self, timeout_s: float | None) -> aiohttp.ClientTimeout:
        return self._timeout if timeout_s is None else aiohttp.ClientTimeout(total=timeout_s)

    def _target(self, url: str) -> URL:
        """The URL as aiohttp takes it. An address written in it does not pass the resolver: it is judged here."""
        target, why = _read(url, self._allowed)
        if target is None:
            raise Refused("bad_url", why or "")
        if why:
            raise Unreachable("forbidden_address", f"the address is not public ({why})")
        return target


@lru_cache(maxsize=4_096)
def _read(url: str, allowed: tuple[Network, ...]) -> tuple[URL | None, str | None]:
    """The URL, and why it may not be reached; None and the error where it is not a URL."""
    try:
        target = URL(url, encoded=True)
        address = literal(target.host or "")
    except ValueError as error:
        return None, str(error)
    return target, forbidden(address, allowed) if address else None


async def _start_of(response: aiohttp.ClientResponse) -> bytes:
    """At most 4 kB of the body; a longer one costs its connection."""
    start = b""
    while len(start) < LONGEST_KEPT:
        part = await response.content.read(LONGEST_KEPT - len(start))
        if not part:
            return start
        start += part
    response.close()
    return start


def _unreachable(error: Exception) -> Unreachable:
    cause = getattr(error, "os_error", error)
    if isinstance(cause, ForbiddenAddress | NameBusy):
        reason = "forbidden_address" if isinstance(cause, ForbiddenAddress) else "name_unanswered"
        return Unreachable(reason, str(cause))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable("name_unknown")
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError):
        return Unreachable("tls_failed")
    if isinstance(cause, ConnectionRefusedError):
        return Unreachable("refused")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable("no_connection")
    return Unreachable("disconnected", type(error).__name__)
