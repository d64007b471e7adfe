"""How endpoints fare: what an operator looks at, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final, NamedTuple

from services.notifier.endpoints import Endpoint

_FAR: Final = float("inf")
_P95: Final = 0.95


class LastAttempt(NamedTuple):
    """The last attempt at an endpoint."""

    at: datetime
    result: str
    reason: str


class Durations(NamedTuple):
    """Median and 95th percentile of attempts, in milliseconds; None where there were none."""

    median_ms: float | None
    p95_ms: float | None


NO_DURATIONS: Final = Durations(None, None)


@dataclass(frozen=True)
class Today:
    """Attempts of the last day: how many arrived, how many did not, and how long they took."""

    delivered: int = 0
    failed: int = 0
    durations: Durations = NO_DURATIONS


NOTHING_TODAY: Final = Today()


@dataclass(frozen=True)
class EndpointHealth:
    """One endpoint and how it fares. `open`: deliveries that are not over; `oldest_at`: when the oldest came in."""

    endpoint: Endpoint
    left_alone_until: datetime | None
    open: int
    oldest_at: datetime | None
    last_success_at: datetime | None = None
    last_attempt: LastAttempt | None = None
    today: Today = NOTHING_TODAY


def worst_first(rows: Iterable[EndpointHealth]) -> list[EndpointHealth]:
    """Who fails comes first, the disabled before all and the longest before others; then who keeps copies waiting."""
    return sorted(rows, key=_badness)


def durations_of(attempts_ms: Sequence[float]) -> Durations:
    """By nearest rank."""
    if not attempts_ms:
        return NO_DURATIONS
    ordered = sorted(attempts_ms)
    return Durations(*(ordered[ceil(len(ordered) * part) - 1] for part in (0.5, _P95)))


def _badness(row: EndpointHealth) -> tuple[int, float, float, str]:
    endpoint = row.endpoint
    since = endpoint.failing_since.timestamp() if endpoint.failing_since else _FAR
    oldest = row.oldest_at.timestamp() if row.oldest_at else _FAR
    return _group(row), since, oldest, endpoint.endpoint_id


def _group(row: EndpointHealth) -> int:
    if row.endpoint.failing_since is not None:
        return 0 if row.endpoint.state == "disabled" else 1
    if row.endpoint.state != "active" and row.open:
        return 2
    return 3 if row.open else 4
