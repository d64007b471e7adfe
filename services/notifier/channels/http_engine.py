"""HTTP/1.1 for webhooks: kept connections, no redirects, no proxies from the environment, no forbidden addresses."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from services.notifier.addresses import Network
from services.notifier.channels.faults import unreachable
from services.notifier.channels.http_connection import Cut
from services.notifier.channels.http_pool import ConnectionPool, Server
from services.notifier.channels.resolver import GuardedResolver, Names
from services.notifier.channels.webhook import Reply
from services.notifier.outcome import Refused, Unreachable

_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[0-9A-Za-z._:%-]+")
_LEFT_AS_IT_IS: Final = "!#$%&'()*+,/:;=?@[]~"


class HttptoolsEngine:
    """One pool of connections for all webhooks. `names` looks up names; default: the system's way."""

    def __init__(self, allowed: Sequence[Network], timeout_s: float, names: Names | None = None) -> None:
        self._timeout_s = timeout_s
        self._pool = ConnectionPool(GuardedResolver(allowed, names))

    async def start(self) -> None:
        """Nothing is connected before the first request."""
        self._pool.start(asyncio.get_running_loop())

    async def stop(self) -> None:
        """Close all connections."""
        await self._pool.stop()

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
        target = _read(url)
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        login = "" if "authorization" in headers else target.login
        request = f"{target.start}{login}content-length: {len(body)}\r\n{lines}\r\n".encode() + body
        server = target.server if tls is None else target.server._replace(trust=tls)
        try:
            until = self._pool.time() + (self._timeout_s if timeout_s is None else timeout_s)
            return await self._exchange(server, request, until)
        except TimeoutError:
            raise Unreachable("timeout") from None
        except (OSError, Cut) as error:
            raise unreachable(error) from error

    async def _exchange(self, server: Server, request: bytes, until: float) -> Reply:
        """A kept connection that was closed meanwhile costs nothing: the request goes out once more on a new one."""
        kept = self._pool.kept(server)
        if kept is not None:
            try:
                reply = await kept.exchange(request, until)
            except Cut as cut:
                if not cut.unheard:
                    raise
            else:
                self._pool.keep(server, kept)
                return reply
        fresh = await self._pool.connect(server, until)
        reply = await fresh.exchange(request, until)
        self._pool.keep(server, fresh)
        return reply


@dataclass(frozen=True)
class _Target:
    """Where a URL leads: the server, the request line and headers that are the same every time, and who it names."""

    server: Server
    start: str
    login: str


@lru_cache(maxsize=4_096)
def _read(url: str) -> _Target:
    """What a URL asks for. Raises Refused where it is not one."""
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").encode("idna").decode()
        usual = _PORTS.get(parts.scheme, 0)
        port = parts.port or usual
    except ValueError as error:
        raise Refused("bad_url", str(error)) from None
    if not usual or not _HOST.fullmatch(name):
        raise Refused("bad_url", "a webhook's URL starts with https:// or http:// and names a host")
    shown = f"[{name}]" if ":" in name else name
    host = shown if port == usual else f"{shown}:{port}"
    query = f"?{quote(parts.query, safe=_LEFT_AS_IT_IS)}" if parts.query else ""
    path = quote(parts.path or "/", safe=_LEFT_AS_IT_IS) + query
    start = f"POST {path} HTTP/1.1\r\nhost: {host}\r\n"
    login = _login(parts.username, parts.password)
    return _Target(Server(name, port, tls=parts.scheme == "https"), start, login)


def _login(username: str | None, password: str | None) -> str:
    """The Authorization header that stands in a URL; none where it has no user."""
    if username is None:
        return ""
    pair = f"{unquote(username)}:{unquote(password or '')}"
    return f"authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
