"""Conversations with one mail server: connections are kept, and one that broke is thrown away."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Literal

import aiosmtplib

from services.notifier.outcome import Answer, Refused, Unreachable
from services.notifier.redact import legible, redacted

_IDLE_S: Final = 20.0
_PERMANENT: Final = range(500, 600)
_SAID_LENGTH: Final = 500
_STAGES: Final[dict[type[aiosmtplib.SMTPResponseException], str]] = {
    aiosmtplib.SMTPConnectResponseError: "connect",
    aiosmtplib.SMTPHeloError: "ehlo",
    aiosmtplib.SMTPAuthenticationError: "auth",
    aiosmtplib.SMTPSenderRefused: "sender",
}


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out. Without a username there is no login."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str
    timeout_s: float


class SmtpPool:
    """Sends over kept connections, as many at once as callers ask for."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []

    async def send(self, sender: str, recipient: str, message: EmailMessage) -> Answer:
        """Hand one mail over. Raises Unreachable, or Refused where RCPT or DATA was answered with 5xx."""
        try:
            client, kept = await self._take()
            try:
                return await self._converse(client, sender, recipient, message)
            except aiosmtplib.SMTPServerDisconnected:
                if not kept:
                    raise
            client = await self._connect()
            return await self._converse(client, sender, recipient, message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise self._said(error.recipients[0], recipient) from None
        except aiosmtplib.SMTPResponseException as error:
            raise self._said(error, recipient) from None
        except (aiosmtplib.SMTPTimeoutError, TimeoutError):
            raise Unreachable("smtp_timeout") from None
        except aiosmtplib.SMTPConnectError as error:
            refused = isinstance(error.__cause__, ConnectionRefusedError)
            raise Unreachable("smtp_refused" if refused else "smtp_no_connection") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unreachable("smtp_disconnected", type(error).__name__) from None

    async def stop(self) -> None:
        """Say goodbye on every kept connection."""
        idle, self._idle = self._idle, []
        for client, _ in idle:
            await _quit(client)

    async def _take(self) -> tuple[aiosmtplib.SMTP, bool]:
        """A connection, and whether it was kept from an earlier mail."""
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and time.monotonic() - since < _IDLE_S:
                return client, True
            client.close()
        return await self._connect(), False

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout_s,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.username or None,
            password=server.password or None,
        )
        await client.connect()
        return client

    async def _converse(self, client: aiosmtplib.SMTP, sender: str, recipient: str, message: EmailMessage) -> Answer:
        """One mail transaction; the connection is kept unless it broke or was cancelled half-way."""
        try:
            _, said = await client.sendmail(sender, [recipient], message.as_bytes())
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused):
            self._keep(client)
            raise
        except BaseException:
            client.close()
            raise
        self._keep(client)
        return Answer("accepted", "accepted", legible(said)[:_SAID_LENGTH])

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        if client.is_connected:
            self._idle.append((client, time.monotonic()))

    def _said(self, error: aiosmtplib.SMTPResponseException, recipient: str) -> Unreachable | Refused:
        """The server's words, without the address that they often repeat, and without our login."""
        secrets = (recipient, self._server.password, self._server.username)
        words = redacted(f"{error.code} {error.message}", secrets)[:_SAID_LENGTH]
        if not isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError):
            return Unreachable(f"smtp_{_stage(error)}_{error.code}", words)
        kind = Refused if error.code in _PERMANENT else Unreachable
        return kind(f"smtp_{error.code}", words)


def _stage(error: aiosmtplib.SMTPResponseException) -> str:
    """What the server refused before it heard of the recipient: that is about us, and may be put right."""
    return next((name for kind, name in _STAGES.items() if isinstance(error, kind)), "session")


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        await asyncio.wait_for(client.quit(), 2)
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        client.close()
