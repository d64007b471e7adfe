"""What an endpoint's office asked of us before anything is sent: not in its quiet hours, not too much at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.notifier.calendar.working_days import WorkingDays
from services.notifier.outcome import Answer
from services.notifier.pacing import NotYet, Rate
from services.notifier.parcel import Parcel
from services.notifier.ports import Channel

_FLASH: Final = 0
"""Hỏa tốc waits for no quiet hours."""
_URGENT: Final = range(2)


class Considerate:
    """A channel that lets nothing through before its time. Limits are counted in this process."""

    def __init__(self, channel: Channel, days: WorkingDays) -> None:
        self._channel = channel
        self._days = days
        self._rate = Rate()

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        """Carry the parcel, or raise NotYet with the moment at which its turn comes."""
        options = parcel.endpoint.options
        if options.quiet is not None and parcel.rank != _FLASH:
            over = options.quiet.until(now, self._days)
            if over is not None:
                raise NotYet(over)
        if options.per_minute is not None:
            self._rate.check(parcel.endpoint.endpoint_id, options.per_minute, now, urgent=parcel.rank in _URGENT)
        return await self._channel.deliver(parcel, now)
