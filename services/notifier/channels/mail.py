"""E-mail: one letter per parcel, over a kept conversation with the office's mail server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from services.notifier import render
from services.notifier.endpoints import BadTarget, Endpoint, ascii_address
from services.notifier.information import can_be_left_out
from services.notifier.letter import Sender, letter, written
from services.notifier.outcome import Answer, Refused
from services.notifier.pacing import DomainPace
from services.notifier.parcel import Contents, Parcel, contents_of
from services.notifier.ports import Ask
from services.notifier.schedule import OVERTAKE


@dataclass(frozen=True)
class Envelope:
    """One mail for one mailbox. `content` has CRLF line ends; `envelope_id` comes back with a bounce (RFC 3461)."""

    sender: str
    recipient: str
    content: bytes
    envelope_id: str


class MailEngine(Protocol):
    """Hands one mail to a server."""

    async def send(self, mail: Envelope) -> Answer:
        """Answer what the server said. Raises Unreachable (try again) or Refused (give up)."""
        ...


class MailChannel:
    """Carries parcels to mailboxes, from one sender.

    `unsubscribe_url` and `verify_url` make the links of an endpoint; `seal` signs a mail's bytes.
    """

    def __init__(
        self,
        engine: MailEngine,
        sender: Sender,
        pace: DomainPace,
        *,
        unsubscribe_url: Callable[[str, datetime], str],
        verify_url: Callable[[str, str, datetime], str],
        seal: Callable[[bytes, datetime], bytes] | None,
    ) -> None:
        self._engine = engine
        self._sender = sender
        self._pace = pace
        self._unsubscribe_url = unsubscribe_url
        self._verify_url = verify_url
        self._seal = seal

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        """Write the letter and hand it over. Raises Unreachable, Refused, or NotYet where its domain had enough."""
        recipient = _recipient(parcel.endpoint)
        contents = contents_of(parcel)
        if contents:
            urgent = any(each.assignment.urgency in OVERTAKE for each in contents)
            self._pace.check(recipient.rpartition("@")[2], now, urgent=urgent)
        link = self._link(parcel, contents, now)
        content = letter(parcel, contents, recipient, self._sender, now, unsubscribe_url=link)
        return await self._hand_over(parcel.delivery_id, recipient, content, now)

    async def challenge(self, ask: Ask, now: datetime) -> Answer:
        """Send a mail with the link that answers it. Raises Unreachable or Refused."""
        recipient = _recipient(ask.endpoint)
        link = self._verify_url(ask.endpoint.endpoint_id, ask.challenge, ask.until)
        words = render.challenge(ask.endpoint.recipient_id, link, ask.until)
        mail_id = str(uuid4())
        content = written(words, mail_id, (recipient, ""), self._sender, now)
        return await self._hand_over(mail_id, recipient, content, now)

    async def _hand_over(self, mail_id: str, recipient: str, content: bytes, now: datetime) -> Answer:
        if self._seal is not None:
            content = self._seal(content, now)
        sender = self._sender.returns_to or self._sender.address
        return await self._engine.send(Envelope(sender, recipient, content, mail_id))

    def _link(self, parcel: Parcel, contents: Sequence[Contents], now: datetime) -> str | None:
        """The link by which the mailbox does without such mails; None where anything in this one is owed to it."""
        if not contents or not all(each.is_copy and can_be_left_out(each.assignment) for each in contents):
            return None
        return self._unsubscribe_url(parcel.endpoint.endpoint_id, now)


def _recipient(endpoint: Endpoint) -> str:
    try:
        return ascii_address(endpoint.target)
    except BadTarget as error:
        raise Refused("bad_address", str(error)) from None
