"""Working days and hours in Vietnam's time. What is a day off is given; see `vietnam` for where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

HANOI: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam has had one time without summer time since 1975."""
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class WorkingDays:
    """Monday to Friday but for `off`, and weekend days that are worked instead (`worked`); `opens` to `closes`."""

    off: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)
    opens: time = time(8)
    closes: time = time(17)

    def is_working(self, day: date) -> bool:
        """Whether offices are open on that day."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)

    def shifted(self, day: date, days: int) -> date:
        """The working day so many working days after `day`, or before it where `days` is negative.

        Nought is the day itself where it is worked, else the next one that is.
        """
        step = -_DAY if days < 0 else _DAY
        left = abs(days)
        found = day
        while left:
            found += step
            left -= self.is_working(found)
        while not self.is_working(found):
            found += _DAY
        return found

    def closing_after(self, moment: datetime) -> datetime:
        """When the working day in which an aware `moment` falls closes; outside of working days the next one."""
        here = moment.astimezone(HANOI)
        day = here.date() if here.time() < self.closes else here.date() + _DAY
        return self.at(self.shifted(day, 0), self.closes)

    def open_from(self, moment: datetime) -> datetime:
        """The moment itself where offices are open then, else when they open next."""
        here = moment.astimezone(HANOI)
        if self.is_working(here.date()) and self.opens <= here.time() < self.closes:
            return moment
        day = here.date() if here.time() < self.opens else here.date() + _DAY
        return self.at(self.shifted(day, 0), self.opens)

    def at(self, day: date, clock: time) -> datetime:
        """That time of that day, in Vietnam."""
        return datetime.combine(day, clock, HANOI)
