"""What the settings say of the clock, for app.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.notifier.calendar.vietnam import working_days
from services.notifier.owed import Terms
from services.notifier.settings import NotifierSettings

_YEARS_AHEAD: Final = 2
"""Days off are known for so many years, which is as far as deadlines go."""


def make_terms(settings: NotifierSettings, year: int) -> Terms:
    """The terms of a year and those around it. Raises BadCalendar; asks a process of its own for the days off."""
    return Terms(
        working_days(year - 1, year + _YEARS_AHEAD, settings.calendar_file),
        urgent_within=timedelta(minutes=settings.receipt_urgent_minutes),
        gather=timedelta(minutes=settings.overdue_gather_minutes),
        remind_of_word=settings.remind_of_receipt,
        remind_of_deadline=settings.remind_of_deadline,
        tell_issuer=settings.tell_issuer_overdue,
    )
