"""Digests: what came in a window of time leaves in one message when the window ends, by Vietnam's clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.notifier.calendar.working_days import HANOI

DAY_S: Final = 86_400
MOST: Final = 500


class Digest(BaseModel):
    """A window every `every_s` seconds, counted from `at` of each day; at most so many notices in one message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every_s: int = Field(ge=1, le=DAY_S, description="seconds; a whole number of windows makes a day")
    at: time = Field(default=time(0), description="a moment of the day at which a window ends, Hanoi")
    most: int = Field(default=100, ge=1, le=MOST, description="notices in one message; more make another one")

    @model_validator(mode="after")
    def _days_are_alike(self) -> Self:
        if DAY_S % self.every_s:
            raise ValueError("a day must hold a whole number of windows: 'every_s' divides 86400")
        if self.at.tzinfo:
            raise ValueError("'at' is a time of the day in Hanoi, without an offset")
        return self

    def ends_after(self, moment: datetime) -> datetime:
        """When the window that holds an aware moment ends; one that ends at that moment is over."""
        here = moment.astimezone(HANOI)
        first = here.replace(hour=self.at.hour, minute=self.at.minute, second=self.at.second, microsecond=0)
        window = timedelta(seconds=self.every_s)
        return first + ((here - first) // window + 1) * window
