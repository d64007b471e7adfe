"""When to try again: a schedule in seconds, a floor that the other side may set, and jitter that only adds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

DEFAULT_S: Final = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h after the first try (Standard Webhooks 1.0)."""

LONGEST_FLOOR_S: Final = 86_400.0
STRUGGLING: Final = 3
"""After so many failures in a row an endpoint is probed by one attempt at a time, so that it cannot fill the room."""
_FIRST_COOLDOWN_S: Final = 30.0
_LONGEST_COOLDOWN_S: Final = 600.0
LEAST_SHARE: Final = 4
"""Deliveries at once to one endpoint, however many others wait."""
URGENCY_RANKS: Final = {"hỏa tốc": 0, "thượng khẩn": 1, "khẩn": 2, "thường": 3}
"""The lower goes first."""
OVERTAKE: Final = frozenset({"hỏa tốc", "thượng khẩn"})
"""Urgencies that no limit to ordinary mail may hold up behind others."""


def cooldown_s(failures: int) -> float:
    """Seconds for which an endpoint with so many failures in a row is left alone before one attempt probes it; 0: none.

    Half a minute after STRUGGLING failures, twice as long after each further one, ten minutes at most.
    """
    beyond = failures - STRUGGLING
    return min(_FIRST_COOLDOWN_S * 2**beyond, _LONGEST_COOLDOWN_S) if beyond >= 0 else 0.0


def share_of(want: int, lanes: int, per_endpoint: int) -> int:
    """How many deliveries one lane may have in hand: the room is shared, and a lane alone may have more of it.

    So an endpoint that hangs holds few places where others wait, and one with a long queue is fast where none do.
    """
    return min(per_endpoint, max(LEAST_SHARE, want // lanes))


def next_attempt(
    schedule_s: Sequence[float], attempt: int, now: datetime, chance: float, floor_s: float | None = None
) -> datetime | None:
    """The moment of the try after `attempt` (counted from 1); None where the schedule is exhausted.

    `chance` in [0, 1) spreads the tries over [delay, 2 × delay). `floor_s` is what the other side
    asked for, already capped by `retry_after_s`.
    """
    if attempt > len(schedule_s):
        return None
    delay_s = schedule_s[attempt - 1]
    return now + timedelta(seconds=max(delay_s, floor_s or 0.0) + chance * delay_s)


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, at most 24 h; None where it is absent or unreadable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_FLOOR_S)
    try:
        moment = parsedate_to_datetime(text)
        wanted = (moment - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wanted, 0.0), LONGEST_FLOOR_S)
