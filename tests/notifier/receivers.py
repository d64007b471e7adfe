"""Offices' servers on loopback, for tests: a webhook that answers from a script, and a mail server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]


@dataclass
class Hook:
    """Answers each request with the next status of its script, and with 204 after its end; 0 hangs."""

    url: str = ""
    script: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    text: str = "ok"
    requests: list[Request] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        self.requests.append(Request(request.path, headers, await request.read(), peer))
        status = self.script.pop(0) if self.script else 204
        if status == 0:
            await asyncio.sleep(30)
        return web.Response(status=status or 200, text=None if status == 204 else self.text, headers=self.headers)


@asynccontextmanager
async def hook(*script: int, headers: dict[str, str] | None = None, text: str = "ok") -> AsyncIterator[Hook]:
    """A webhook on a free port of loopback."""
    made = Hook(script=list(script), headers=headers or {}, text=text)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


class Mailbox:
    """Takes mail; `answers` are the replies to RCPT, then to DATA, of each conversation; "" accepts."""

    def __init__(self, rcpt: list[str], data: list[str]) -> None:
        self._rcpt = rcpt
        self._data = data
        self.mails: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.sessions: set[int] = set()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        said = self._rcpt.pop(0) if self._rcpt else ""
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        said = self._data.pop(0) if self._data else ""
        if said:
            return said
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 queued as 1"


@asynccontextmanager
async def mail_server(
    rcpt: list[str] | None = None, data: list[str] | None = None
) -> AsyncIterator[tuple[Mailbox, int, Callable[[], None]]]:
    """A mail server on a free port of loopback: its mailbox, its port, and how to stop it early."""
    box = Mailbox(rcpt or [], data or [])
    controller = Controller(box, hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    await asyncio.to_thread(controller.start)
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            controller.stop()

    yield box, controller.port, stop
    await asyncio.to_thread(stop)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
