"""A mailbox over IMAP (RFC 9051), always encrypted: what is unseen there is unread here."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Literal

from services.notifier.outcome import Unreachable
from services.notifier.ports import LARGEST_MAIL, ReturnedMail
from services.notifier.redact import redacted

_FETCH: Final = f"(BODY.PEEK[]<0.{LARGEST_MAIL}>)"


@dataclass(frozen=True)
class ImapServer:
    """Where the mailbox is. `timeout_s`: of one answer."""

    host: str
    port: int
    security: Literal["tls", "starttls"]
    username: str
    password: str
    folder: str
    timeout_s: float


class ImapMailbox:
    """One folder of one account; every visit is a connection of its own."""

    def __init__(self, server: ImapServer, trusted: ssl.SSLContext) -> None:
        self._server = server
        self._trusted = trusted

    async def unread(self, most: int) -> Sequence[ReturnedMail]:
        """The oldest unseen mails; they stay unseen. Raises Unreachable."""
        return await asyncio.to_thread(self._unread, most)

    async def mark_read(self, aside: Mapping[str, bool]) -> None:
        """Mark mails as seen, those that are put aside as flagged too. Raises Unreachable."""
        await asyncio.to_thread(self._mark_read, aside)

    def _unread(self, most: int) -> list[ReturnedMail]:
        with self._visit() as imap:
            numbers = b" ".join(each for each in _done(imap.uid("SEARCH", "UNSEEN")) if isinstance(each, bytes))
            return [ReturnedMail(uid, _mail(_done(imap.uid("FETCH", uid, _FETCH)))) for uid in _uids(numbers)[:most]]

    def _mark_read(self, aside: Mapping[str, bool]) -> None:
        with self._visit() as imap:
            for flags, flagged in ((r"(\Seen)", False), (r"(\Seen \Flagged)", True)):
                chosen = ",".join(uid for uid, each in aside.items() if each is flagged)
                if chosen:
                    _done(imap.uid("STORE", chosen, "+FLAGS.SILENT", flags))

    @contextmanager
    def _visit(self) -> Iterator[imaplib.IMAP4]:
        server = self._server
        try:
            with self._connected() as imap:
                _done(imap.login(server.username, server.password))
                _done(imap.select(f'"{server.folder}"'))
                yield imap
        except (imaplib.IMAP4.error, OSError) as error:
            words = redacted(str(error), (server.password, server.username))
            raise Unreachable("imap", f"the mailbox cannot be read: {words}") from None

    @contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        server = self._server
        if server.security == "tls":
            imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                server.host, server.port, ssl_context=self._trusted, timeout=server.timeout_s
            )
        else:
            imap = imaplib.IMAP4(server.host, server.port, timeout=server.timeout_s)
        try:
            if server.security == "starttls":
                _done(imap.starttls(self._trusted))
            yield imap
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                imap.logout()


def _done(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    """What the server answered. Raises IMAP4.error where it refused."""
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(f"{kind} {data!r}")
    return data


def _uids(numbers: bytes) -> list[str]:
    return [str(each) for each in sorted(int(each) for each in numbers.split())]


def _mail(data: Sequence[object]) -> bytes:
    """The bytes of the one mail that was fetched; empty where it is gone meanwhile."""
    return next((each[1] for each in data if isinstance(each, tuple) and isinstance(each[1], bytes)), b"")
