"""E-mail: one letter per parcel, over a kept conversation with the office's mail server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.notifier.endpoints import ascii_address
from services.notifier.letter import letter
from services.notifier.outcome import Answer
from services.notifier.parcel import Parcel


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
    """Carries parcels to mailboxes, from one sender."""

    def __init__(self, engine: MailEngine, sender: str, sender_name: str) -> None:
        self._engine = engine
        self._sender = sender
        self._sender_name = sender_name

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        """Write the letter and hand it over. Raises Unreachable or Refused."""
        message = letter(parcel, self._sender, self._sender_name, now)
        recipient = ascii_address(parcel.endpoint.target)
        return await self._engine.send(Envelope(self._sender, recipient, message.as_bytes(), parcel.delivery_id))
