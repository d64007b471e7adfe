"""Conversations with one mail server: connections are kept, and one that broke is thrown away."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from typing import Final

import aiosmtplib

from services.notifier.channels.mail import Envelope
from services.notifier.channels.smtp_failures import failure, gave_out, leaves_order, secrets_of, words
from services.notifier.channels.smtp_session import MailServer, Session
from services.notifier.outcome import Answer, Refused, Unreachable

_IDLE_S: Final = 20.0
_GOODBYE_S: Final = 2


class SmtpPool:
    """Sends over kept connections, at most `connections` of them; others wait for one of these."""

    def __init__(self, server: MailServer, connections: int, trusted: ssl.SSLContext) -> None:
        self._server = server
        self._trusted = trusted
        self._places = asyncio.Semaphore(connections)
        self._idle: list[Session] = []
        self._hostname: str | None = None

    async def send(self, mail: Envelope) -> Answer:
        """Hand one mail over. Raises Unreachable, or Refused where the recipient or the letter was answered with 5xx.

        A kept connection that gave out meanwhile costs no attempt.
        """
        async with self._places:
            kept = self._take()
            if kept is not None:
                with suppress(_GaveOut):
                    return await self._converse(kept, mail)
            try:
                return await self._converse(await self._new(), mail)
            except _GaveOut as error:
                raise error.failure from None

    async def stop(self) -> None:
        """Say goodbye on every kept connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_leave(each) for each in idle))

    def _take(self) -> Session | None:
        """A kept connection, as far as there is one that stands."""
        while self._idle:
            session = self._idle.pop()
            if session.is_open and time.monotonic() - session.used_at < _IDLE_S:
                return session
            session.close()
        return None

    async def _new(self) -> Session:
        if self._hostname is None:
            self._hostname = await asyncio.to_thread(socket.getfqdn)
        return Session(self._server, self._hostname, self._trusted)

    async def _converse(self, session: Session, mail: Envelope) -> Answer:
        """One mail. A connection that broke or was cut off half-way is closed. Raises _GaveOut as well."""
        secrets = secrets_of(self._server, mail.recipient)
        try:
            said = await session.hand_over(mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            if leaves_order(session.stage, error):
                self._keep(session)
            else:
                session.close()
            told = failure(session.stage, error, secrets)
            raise _GaveOut(told) if gave_out(session.stage, error) else told from None
        except BaseException:
            session.close()
            raise
        self._keep(session)
        return Answer("accepted", "accepted", words(said, secrets))

    def _keep(self, session: Session) -> None:
        if session.is_open:
            self._idle.append(session)


class _GaveOut(Exception):
    """The connection ended before the letter was taken: `failure`, unless another one does better."""

    def __init__(self, failure: Unreachable | Refused) -> None:
        super().__init__(str(failure))
        self.failure = failure


async def _leave(session: Session) -> None:
    try:
        await asyncio.wait_for(session.quit(), _GOODBYE_S)
    except (aiosmtplib.SMTPException, OSError):
        session.close()
