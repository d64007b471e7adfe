"""Assignments and recalls come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from contracts.deliveries import EndpointKind
from contracts.notices import NoticeRecalled
from services.notifier.ports.claims import Room, TakenIn
from services.notifier.ports.items import Recalled, Taken


class Inbox(Protocol):
    """Assignments come in."""

    async def take(
        self, arrived: Sequence[Taken], now: datetime, room: Mapping[EndpointKind, Room] | None = None
    ) -> TakenIn:
        """Store assignments and one delivery per endpoint. Durable on return.

        The deliveries of a notice that was recalled or replaced before are cancelled from the start. Where nothing
        of a kind waits to be claimed, new deliveries are claimed at once as far as there is `room`; they are told of
        when their attempt has ended, not as queued.
        """
        ...

    async def body(self, item_id: str) -> bytes | None:
        """What the deliveries of an item carry, an assignment or a message about one; None where it is not kept."""
        ...

    async def taken(self, assignment_id: str) -> Taken | None:
        """An assignment that came in; None where it never did."""
        ...

    async def copy_of(self, recipient_id: str, number: str, issued_on: date) -> Taken | None:
        """The last copy of the notice of this number and date that came in for an office; None where none did."""
        ...


class Recalls(Protocol):
    """Issuers take back, replace or update what they sent."""

    async def recall(self, said: Sequence[Recalled], now: datetime) -> int:
        """Carry out recalls; answer how many were new. Durable on return.

        Of what was recalled or replaced, every delivery that is not over is cancelled. Every office that has its
        copy is told, whichever of the three it is; one whose attempt is in flight, or that is served later (updated),
        once it has it.
        """
        ...

    async def recalls(self, notice_id: str, revision: int) -> Sequence[NoticeRecalled]:
        """What was said of this revision of a notice, oldest first."""
        ...
