"""Quiet hours: when an office wants no messages, by Vietnam's clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from services.notifier.calendar.working_days import HANOI, WorkingDays


class QuietHours(BaseModel):
    """From `begins` to `ends`, over midnight where it ends earlier in the day; and all of each day off, if wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins: time
    ends: time
    days_off: bool = False

    @model_validator(mode="after")
    def _some_hours_are_loud(self) -> Self:
        if self.begins == self.ends or self.begins.tzinfo or self.ends.tzinfo:
            raise ValueError("'begins' and 'ends' are two different times of the day, such as 18:00 and 07:30")
        return self

    def until(self, moment: datetime, days: WorkingDays) -> datetime | None:
        """When they are over, if an aware `moment` lies within them; None where it does not."""
        here = moment.astimezone(HANOI)
        over_midnight = self.begins > self.ends
        late = over_midnight and here.time() >= self.begins
        early = here.time() < self.ends and (over_midnight or here.time() >= self.begins)
        day = here.date() + timedelta(days=late)
        if self.days_off and not days.is_working(day):
            return days.at(days.shifted(day, 0), self.ends)
        return days.at(day, self.ends) if late or early else None
