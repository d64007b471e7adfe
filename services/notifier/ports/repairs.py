"""What an operator, or a mail that came back, does to deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from services.notifier.audit import Deed
from services.notifier.ports.reports import AttemptRow

BOUNCED: Final = "bounced"
"""The reason with which a delivery fails that a mail server had taken."""
BounceEffect = Literal["failed", "repeated", "over", "unknown"]
BounceOutcome = Literal["failed", "repeated", "over", "unknown", "delayed", "ignored"]
"""`delayed`: the report tells of no end yet; `ignored`: the mail is no report."""
LARGEST_MAIL: Final = 1_048_576
"""Bytes of a returned mail that are read: its report stands before the letter."""


class Repairs(Protocol):
    """What an operator does about deliveries that did not come through."""

    async def attempts(self, delivery_id: str) -> Sequence[AttemptRow]:
        """Every attempt of one delivery, oldest first."""
        ...

    async def retry(
        self, delivery_ids: Sequence[str], now: datetime, pace_s: float = 0.0, deed: Deed | None = None
    ) -> Sequence[str]:
        """Begin the schedules of deliveries anew, one every `pace_s`; answer the ids of those that can be tried.

        Those are failed, or wait for a try that is not in flight; their endpoint stands (where it is paused they are
        held), their notice is in force and its text still kept. They keep their ids.
        """
        ...

    async def give_up(self, delivery_ids: Sequence[str], now: datetime, deed: Deed | None = None) -> Sequence[str]:
        """Cancel deliveries; answer the ids of those that were neither delivered nor cancelled before."""
        ...


class Bounces(Protocol):
    """Mail comes back."""

    async def bounce(self, delivery_id: str, words: str, now: datetime, deed: Deed | None = None) -> BounceEffect:
        """Let a delivery fail that a mail server had taken, with the words of its report.

        `unknown`: there is no such delivery by e-mail, or none was tried; `repeated`: it bounced before; `over`: it
        was given up already.
        """
        ...


@dataclass(frozen=True)
class ReturnedMail:
    """A mail that came back, under its name in the mailbox; at most LARGEST_MAIL bytes of it."""

    ref: str
    raw: bytes


class Mailbox(Protocol):
    """Where mail comes back to."""

    async def unread(self, most: int) -> Sequence[ReturnedMail]:
        """The oldest unread mails, which stay unread. Raises Unreachable."""
        ...

    async def mark_read(self, aside: Mapping[str, bool]) -> None:
        """Mark these as read, and as put aside for a person where that is true. Raises Unreachable."""
        ...
