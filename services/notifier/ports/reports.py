"""Questions about deliveries, endpoints and the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from contracts.deliveries import Status
from services.notifier.balance import Balance
from services.notifier.endpoint_health import EndpointHealth


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery as the ledger holds it. `purged_at`: what it carries is not kept any more, since then."""

    delivery_id: str
    assignment_id: str
    notice_id: str
    recipient_id: str
    endpoint_id: str | None
    status: Status
    reason: str
    detail: str | None
    attempt: int
    next_attempt_at: datetime | None
    changed_at: datetime
    recall_id: str | None = None
    about: str | None = None
    purged_at: datetime | None = None


@dataclass(frozen=True)
class DeliveryQuery:
    """Which deliveries to list, newest change first; None means any. since: of the last change."""

    delivery_id: str | None = None
    assignment_id: str | None = None
    notice_id: str | None = None
    recipient_id: str | None = None
    status: Status | None = None
    reason: str | None = None
    since: datetime | None = None
    limit: int = 100


@dataclass(frozen=True)
class AttemptRow:
    """One attempt as the ledger holds it; `body` is what the other side answered, at most 4 kB, redacted."""

    attempt: int
    result: str
    reason: str
    body: str | None
    duration_ms: float
    at: datetime


HEALTH_WINDOW: Final = timedelta(hours=24)
"""How far back attempts are counted."""


@dataclass(frozen=True)
class HealthQuery:
    """Which endpoints to look at; None means any. failing: only those whose last attempt failed."""

    recipient_id: str | None = None
    failing: bool = False
    limit: int = 100


@dataclass(frozen=True)
class HealthReport:
    """How endpoints fare, the worst first; attempts are counted `since` that moment."""

    since: datetime
    endpoints: Sequence[EndpointHealth]


class Reports(Protocol):
    """Questions that change nothing."""

    async def deliveries(self, query: DeliveryQuery) -> Sequence[DeliveryRow]:
        """Deliveries that fit the query."""
        ...

    async def balance(self, notice_id: str | None) -> Balance:
        """The books, of one notice or of all."""
        ...

    async def counts(self) -> tuple[Mapping[Status, int], int]:
        """Deliveries by status, and messages in the outbox."""
        ...

    async def health(self, query: HealthQuery, now: datetime) -> HealthReport:
        """How endpoints that are not removed fare."""
        ...

    async def answers(self) -> str | None:
        """None where the ledger answers, else what is wrong: a readiness check."""
        ...
