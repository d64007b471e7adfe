"""One connection to the mail server: opened, encrypted, logged in, and used for one mail after another."""

from __future__ import annotations

import re
import ssl
import time
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import aiosmtplib

from services.notifier.channels.mail import Envelope

Stage: TypeAlias = Literal["connect", "ehlo", "starttls", "auth", "reset", "sender", "recipient", "data", "letter"]
"""How far a conversation came; `letter`: all of it is sent, and its answer is awaited."""

_GO_ON: Final = 354
_SUCCESS: Final = range(200, 300)
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out. Without a username there is no login. `timeout_s`: of one step of the conversation."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str
    timeout_s: float


class Session:
    """A conversation with the server. `stage` tells where it stands when something is raised.

    Raises what aiosmtplib raises, ssl.SSLError and OSError; after anything but a plain 4xx or 5xx it must be closed.
    """

    def __init__(self, server: MailServer, hostname: str, trusted: ssl.SSLContext) -> None:
        self.stage: Stage = "connect"
        self.used_at = time.monotonic()
        self._server = server
        self._unclean = False
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout_s,
            use_tls=server.security == "tls",
            start_tls=False,
            tls_context=trusted,
            local_hostname=hostname,
        )

    @property
    def is_open(self) -> bool:
        """Whether the connection stands, as far as can be seen from here."""
        return self._client.is_connected

    async def hand_over(self, mail: Envelope) -> str:
        """One mail transaction, on a connection that is opened where it is not; the server's words of acceptance."""
        if self.stage == "connect":
            await self._open()
        if self._unclean:
            self.stage = "reset"
            await self._client.rset()
        self._unclean = True
        self.stage = "sender"
        await self._client.mail(mail.sender, options=self._about_letter(mail))
        self.stage = "recipient"
        await self._client.rcpt(mail.recipient, options=self._about_recipient(mail))
        self.stage = "data"
        answer = await self._client.execute_command(b"DATA")
        if answer.code != _GO_ON:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        answer = await self._send(mail.content)
        if answer.code not in _SUCCESS:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        self._unclean = False
        self.used_at = time.monotonic()
        return answer.message

    async def quit(self) -> None:
        """Say goodbye."""
        await self._client.quit()

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    async def _open(self) -> None:
        """Connect, encrypt and log in as the settings say; what the server does not offer is not left out."""
        await self._client.connect()
        await self._greet()
        if self._server.security == "starttls":
            self.stage = "starttls"
            await self._client.starttls()
            await self._greet()
        if self._server.username:
            self.stage = "auth"
            await self._client.login(self._server.username, self._server.password)

    async def _greet(self) -> None:
        self.stage = "ehlo"
        try:
            await self._client.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not self._client.is_connected:
                raise
            await self._client.helo()

    async def _send(self, content: bytes) -> aiosmtplib.SMTPResponse:
        protocol = self._client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self.stage = "letter"
        protocol.write(_LEADING_DOT.sub(b"..", content) + b".\r\n")
        return await protocol.read_response(self._server.timeout_s)

    def _about_letter(self, mail: Envelope) -> list[str]:
        options = [f"SIZE={len(mail.content)}"] if self._client.supports_extension("size") else []
        if self._client.supports_extension("dsn"):
            options += ["RET=HDRS", f"ENVID={mail.envelope_id}"]
        return options

    def _about_recipient(self, mail: Envelope) -> list[str]:
        if not self._client.supports_extension("dsn"):
            return []
        return ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(mail.recipient)}"]


def _xtext(text: str) -> str:
    """As RFC 3461 writes an address: `+`, `=` and what is not printable ASCII as +XX."""
    return "".join(each if "!" <= each <= "~" and each not in "+=" else f"+{ord(each):02X}" for each in text)
