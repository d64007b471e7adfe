"""What stands for the offices: a mail server that keeps what it gets, and a webhook receiver that checks signatures."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

from contracts.webhooks.verify import BadSignature, verify


class Mailbox:
    """An SMTP server on a loopback port that keeps every message."""

    def __init__(self, port: int) -> None:
        self.messages: list[EmailMessage] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep a message."""
        content = cast("bytes", envelope.content)
        self.messages.append(message_from_bytes(content, policy=policy.default))
        return "250 kept"

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    @override
    def handle_error(self, *_: Any) -> None:
        """A sender that was killed breaks its connections: that is no fault of the receiver."""


@dataclass
class WebhookReceiver:
    """An HTTP server on a loopback port that accepts what is signed with the endpoint's secret.

    An endpoint's URL ends in its name; `secrets` maps names to secrets. `taken` counts webhook-ids. Those whose names
    are `gone` are answered so (410).
    """

    secrets: dict[str, str] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, bytes] = field(default_factory=dict)
    arrivals: dict[str, float] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    gone: set[str] = field(default_factory=set)

    def start(self) -> int:
        """Listen; the port."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                """Answer a delivery."""
                body = self.rfile.read(int(self.headers["content-length"]))
                received = {name.lower(): value for name, value in self.headers.items()}
                status = receiver.take(self.path.rpartition("/")[2], received, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return int(self._server.server_address[1])

    def take(self, name: str, received: Mapping[str, str], body: bytes) -> int:
        """Check and count one delivery; the HTTP status to answer."""
        now = datetime.now(UTC)
        try:
            verify(self.secrets[name], received, body)
        except (BadSignature, KeyError) as error:
            self.refused[repr(error)] += 1
            return 401
        if name in self.gone:
            return 410
        message_id = received["webhook-id"]
        self.taken[message_id] += 1
        self.bodies[message_id] = body
        self.arrivals.setdefault(message_id, now.timestamp())
        return 204

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
