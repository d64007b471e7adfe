"""HTTP by bare aiohttp: keep-alive, no redirects, no proxies from the environment, no forbidden addresses."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from services.notifier.addresses import Network, forbidden, literal
from services.notifier.channels.faults import unreachable
from services.notifier.channels.resolver import GuardedResolver
from services.notifier.channels.webhook import Reply
from services.notifier.outcome import Refused, Unreachable
from services.notifier.redact import LONGEST_KEPT

_IDLE_S: Final = 4.0
"""Shorter than what common servers allow (5 s), so that a request seldom meets a connection being closed."""
_NAMES_KEPT_S: Final = 10


@dataclass
class _Way:
    """How one request is sent, and whether it went over a connection that was kept from an earlier one."""

    tls: ssl.SSLContext | bool
    timeout: aiohttp.ClientTimeout
    reused: bool = False


class AiohttpEngine:
    """One session for all webhooks, which keeps connections, and one that never does.

    `names` looks up names; default: the system's way.
    """

    def __init__(self, allowed: Sequence[Network], timeout_s: float, names: AbstractResolver | None = None) -> None:
        self._allowed = tuple(allowed)
        self._names = names
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self._anew: aiohttp.ClientSession | None = None
        self._resolver: GuardedResolver | None = None

    async def start(self) -> None:
        """Open the sessions; nothing is connected before the first request."""
        resolver = GuardedResolver(self._allowed, self._names)
        reuse = aiohttp.TraceConfig()
        reuse.on_connection_reuseconn.append(_note_reuse)
        keeping = aiohttp.TCPConnector(
            limit=0, resolver=resolver, ttl_dns_cache=_NAMES_KEPT_S, keepalive_timeout=_IDLE_S
        )
        closing = aiohttp.TCPConnector(limit=0, resolver=resolver, ttl_dns_cache=_NAMES_KEPT_S, force_close=True)
        self._resolver = resolver
        self._session = _session(keeping, reuse)
        self._anew = _session(closing)

    async def stop(self) -> None:
        """Close all connections."""
        for each in (self._session, self._anew, self._resolver):
            if each is not None:
                await each.close()

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
        if self._session is None or self._anew is None:
            raise Unreachable("not_started")
        target, way = self._target(url), _Way(tls or True, self._patience(timeout_s))
        try:
            try:
                return await _send(self._session, target, headers, body, way)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if not way.reused:
                    raise
                # The server closed a connection that it had kept: once more on a new one, with the same webhook-id.
                return await _send(self._anew, target, headers, body, way)
        except TimeoutError:
            raise Unreachable("timeout") from None
        except aiohttp.InvalidURL as error:
            raise Refused("bad_url", str(error)) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise unreachable(error) from error

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


def _session(connector: aiohttp.BaseConnector, *traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        trace_configs=list(traces),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    )


@lru_cache(maxsize=4_096)
def _read(url: str, allowed: tuple[Network, ...]) -> tuple[URL | None, str | None]:
    """The URL, and why it may not be reached; None and the error where it is not a URL."""
    try:
        target = URL(url, encoded=True)
        address = literal(target.host or "")
    except ValueError as error:
        return None, str(error)
    return target, forbidden(address, allowed) if address else None


async def _send(
    session: aiohttp.ClientSession, target: URL, headers: Mapping[str, str], body: bytes, way: _Way
) -> Reply:
    async with session.post(
        target,
        data=body,
        headers=headers,
        allow_redirects=False,
        ssl=way.tls,
        timeout=way.timeout,
        trace_request_ctx=way,
    ) as response:
        start = await _start_of(response)
        return Reply(response.status, response.headers.get("Retry-After"), start)


async def _start_of(response: aiohttp.ClientResponse) -> bytes:
    """At most 4 kB of the body; a longer one costs its connection, and so does one that breaks off.

    The status was the answer: nothing that the body does takes it back.
    """
    start = b""
    try:
        while len(start) < LONGEST_KEPT:
            part = await response.content.read(LONGEST_KEPT - len(start))
            if not part:
                return start
            start += part
    except (aiohttp.ClientError, OSError, ValueError):
        pass
    response.close()
    return start


async def _note_reuse(_: aiohttp.ClientSession, context: Any, __: aiohttp.TraceConnectionReuseconnParams) -> None:
    context.trace_request_ctx.reused = True
