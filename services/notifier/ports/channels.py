"""The ways out to the offices."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.notifier.outcome import Answer
from services.notifier.parcel import Parcel
from services.notifier.ports.endpoint_book import Ask


class Channel(Protocol):
    """Carries parcels to endpoints of one kind."""

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        """Make one attempt. Raises Unreachable (try again), Refused (give up) or NotYet (no attempt was made)."""
        ...


class Challenger(Protocol):
    """Asks endpoints of one kind to prove themselves."""

    async def challenge(self, ask: Ask, now: datetime) -> Answer:
        """Send the challenge: `accepted` where a webhook answered it rightly, or a mail server took the mail.

        Raises Unreachable (try again) or Refused (give up).
        """
        ...
