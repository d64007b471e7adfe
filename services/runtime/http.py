"""HTTP inside a service: one server, keys, and errors that say what was wrong and what to do."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import socket
from collections.abc import Collection, Generator
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp
from typing_extensions import override

_GRACE_S = 5


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended: asyncio.Event | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to services.runtime.process."""
        yield

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen. Raises OSError where that is not possible, instead of ending the process."""
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise OSError(f"cannot listen on {self.config.host}:{self.config.port}") from error

    async def serve_until_stopped(self, port_file: Path | None) -> None:
        """Serve until `stop`; write the chosen port to `port_file` once it listens."""
        self._ended = asyncio.Event()
        try:
            await self._serve_and_tell(port_file)
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """Take no new requests and return when those in hand are answered."""
        self.should_exit = True
        if self._ended is not None:
            await self._ended.wait()

    async def _serve_and_tell(self, port_file: Path | None) -> None:
        serving = asyncio.create_task(self.serve())
        while not self.started and not serving.done():  # noqa: ASYNC110 (uvicorn offers no event)
            await asyncio.sleep(0.01)
        if self.started and port_file is not None:
            port_file.parent.mkdir(parents=True, exist_ok=True)
            temporary = port_file.with_suffix(".new")
            temporary.write_text(f"{self.port}\n", encoding="ascii")
            temporary.replace(port_file)
        await serving

    @property
    def port(self) -> int:
        """The port that it listens on; 0 before it started."""
        return int(self.servers[0].sockets[0].getsockname()[1]) if self.servers else 0


def make_server(app: ASGIApp, host: str, port: int) -> Server:
    """A server for `app`; port 0 lets the system choose."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
    )
    return Server(config)


async def serve(server: Server, port_file: Path | None) -> None:
    """Serve until the server is stopped; write the chosen port to `port_file` once it listens."""
    await server.serve_until_stopped(port_file)


def problem(status: int, code: str, reason: str, remedy: str, **more: object) -> Response:
    """An error answer: a named code, what was wrong, and what to do."""
    return JSONResponse({"error": code, "reason": reason, "remedy": remedy, **more}, status_code=status)


def refused(request: Request, api_key: SecretStr, digests: Collection[str] = ()) -> Response | None:
    """The answer to a caller without the right key; None where the key is right.

    `digests`: SHA-256, in hex, of other keys that are right as well.
    """
    expected = api_key.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if expected and hmac.compare_digest(given.encode(), expected.encode()):
        return None
    if hashlib.sha256(given.encode()).hexdigest() in digests:
        return None
    return problem(401, "unauthorized", "the API key is missing or wrong", "send 'Authorization: Bearer <key>'")
