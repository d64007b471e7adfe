"""How many messages a minute one domain or endpoint gets: more wait for their turn, and others pass them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_MINUTE: Final = timedelta(minutes=1)
_SHARE_AT_ONCE: Final = 12
"""The part of a minute's mails that may go at once: waiting mails are looked for now and then, not on the dot."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class NotYet(Exception):
    """Its turn comes `at` that moment: no attempt was made."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"its turn comes at {at.isoformat()}")
        self.at = at


@dataclass
class _Known:
    empty_at: datetime = _LONG_AGO
    """When all that was let go would have gone, one by one."""
    promised: datetime = _LONG_AGO
    """The last turn that was promised to one that waits."""


class Rate:
    """Lets at most so many a minute go to each of many places, in any minute. Moments are aware.

    What is counted is counted in this process.
    """

    def __init__(self) -> None:
        self._places: dict[str, _Known] = {}

    def check(self, place: str, per_minute: int, now: datetime, *, urgent: bool) -> None:
        """Count one, or raise NotYet with its turn: the next one where it is urgent, else behind all promised."""
        at_once = per_minute // _SHARE_AT_ONCE
        each = _MINUTE / (per_minute - at_once)
        known = self._places.setdefault(place, _Known())
        free = max(known.empty_at, now) - at_once * each
        if free <= now:
            known.empty_at = max(known.empty_at, now) + each
            return
        if urgent:
            raise NotYet(free)
        known.promised = max(free, known.promised + each)
        raise NotYet(known.promised)


class DomainPace:
    """How many mails a minute a domain gets; 0 lets all go. `exceptions` has domains with a number of their own."""

    def __init__(self, per_minute: int, exceptions: Mapping[str, int]) -> None:
        self._per_minute = per_minute
        self._exceptions = {domain.lower(): number for domain, number in exceptions.items()}
        self._rate = Rate()

    def check(self, domain: str, now: datetime, *, urgent: bool) -> None:
        """Count one mail, or raise NotYet with its turn."""
        limit = self._exceptions.get(domain.lower(), self._per_minute)
        if limit:
            self._rate.check(domain.lower(), limit, now, urgent=urgent)
