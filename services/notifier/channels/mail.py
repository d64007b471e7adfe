"""E-mail: one letter per parcel, over a kept conversation with the office's mail server."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from services.notifier.letter import letter
from services.notifier.outcome import Answer
from services.notifier.parcel import Parcel


class MailEngine(Protocol):
    """Hands one mail to a server."""

    async def send(self, sender: str, recipient: str, message: EmailMessage) -> Answer:
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
        return await self._engine.send(self._sender, parcel.endpoint.target, message)
