"""Where offices take their copies, and how endpoints prove themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from services.notifier.audit import Deed
from services.notifier.endpoints import Endpoint, State


class EndpointBook(Protocol):
    """Where offices take their copies. A `deed` is written into the audit trail with the change, or not at all."""

    async def add(self, endpoints: Sequence[Endpoint], now: datetime, deed: Deed | None = None) -> Sequence[Endpoint]:
        """Add endpoints and queue what was held for want of one.

        Answers, place by place, the endpoint that stands: the given one, or the one that the office
        already had with this kind and target.
        """
        ...

    async def endpoints(self, recipient_id: str | None, limit: int) -> Sequence[Endpoint]:
        """Endpoints that are not removed, oldest first."""
        ...

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """One endpoint; None where there is none or it was removed."""
        ...

    async def amend(self, changes: Sequence[tuple[Endpoint, Endpoint]], deed: Deed | None = None) -> Sequence[str]:
        """Write what differs in name, options, secrets, credentials or place, of pairs: as it was, as it is to be.

        Answers the ids of those that were written: not where somebody else changed the same meanwhile.
        """
        ...

    async def set_state(
        self, endpoint_id: str, state: State, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        """Change an endpoint's state and hold, queue or cancel its open deliveries; None where there is none.

        Where it is to be active and was never verified, it is `unverified`.
        """
        ...

    async def set_information(
        self, endpoint_id: str, now: datetime, *, takes: bool, deed: Deed | None = None
    ) -> Endpoint | None:
        """Whether an endpoint takes copies for information only (`can_be_left_out`); None where there is none.

        Where it does not, those that wait and those that come are cancelled as `unsubscribed`. One in flight, and
        word of a recall, still goes.
        """
        ...


class Ask(NamedTuple):
    """A challenge to be sent to an endpoint that has to prove itself, which is try number `tries` (from 1)."""

    endpoint: Endpoint
    challenge: str
    until: datetime
    tries: int


@dataclass(frozen=True)
class Pending:
    """How far the verification of an endpoint is: tries made, the last one and what came of it, when the next is."""

    tries: int
    tried_at: datetime | None
    reason: str | None
    next_at: datetime | None


class Proofs(Protocol):
    """Endpoints that have to prove that they want their office's copies. What is kept of a challenge is its hash."""

    async def ask(
        self, challenges: Sequence[str], lease: timedelta, now: datetime, endpoint_id: str | None = None
    ) -> Sequence[Ask]:
        """Use these challenges for endpoints that are to be asked now, the longest due first; one for each, leased.

        With `endpoint_id`: for this one, whenever it is due. Nobody else asks it while the lease runs. An earlier
        challenge is worth nothing any more.
        """
        ...

    async def unproven(self, ask: Ask, reason: str, next_at: datetime | None) -> bool:
        """Write down that this try proved nothing yet, and when the next one is; False where it is outdated."""
        ...

    async def prove(
        self, endpoint_id: str, challenge: str | None, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        """Let an endpoint count as verified; where it was `unverified` it is active.

        What was held for it is queued then, but for what its office has by another way.

        `challenge`: the one that was answered; None: an operator vouches for it. None is answered where the
        challenge is not the one that was sent last, or is over, and where nothing was to be proven.
        """
        ...

    async def pending(self, endpoint_id: str) -> Pending | None:
        """How far the verification is; None where nothing is to be proven."""
        ...
