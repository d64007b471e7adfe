"""Days and hours on which offices work."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.notifier.calendar.vietnam import BadCalendar, working_days
from services.notifier.calendar.working_days import HANOI, WorkingDays


@pytest.fixture(scope="module")
def days() -> WorkingDays:
    return working_days(2024, 2027)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-01-01", False),  # New Year
        ("2026-02-17", False),  # Tết
        ("2026-02-23", True),
        ("2026-04-27", False),  # Hùng Kings on a Sunday: the Monday after
        ("2026-08-22", True),  # a Saturday worked for the Monday before the National Day
        ("2026-08-31", False),
        ("2026-11-24", False),  # Culture Day, since 2026
        ("2025-11-24", True),
        ("2026-11-26", True),
        ("2026-11-28", False),  # a Saturday
    ],
)
def test_days_off_are_those_of_vietnam(days: WorkingDays, day: str, worked: bool) -> None:
    """Public holidays, days instead of them, and swapped days."""
    assert days.is_working(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("day", "by", "found"),
    [
        ("2026-11-26", 0, "2026-11-26"),
        ("2026-11-28", 0, "2026-11-30"),
        ("2026-11-27", 1, "2026-11-30"),
        ("2026-02-13", 1, "2026-02-23"),
        ("2026-11-30", -1, "2026-11-27"),
        ("2026-11-25", -3, "2026-11-19"),
        ("2026-11-29", -1, "2026-11-27"),
    ],
)
def test_working_days_are_counted_over_days_off(days: WorkingDays, day: str, by: int, found: str) -> None:
    """Forwards and backwards, over weekends, Tết and the Culture Day."""
    assert days.shifted(date.fromisoformat(day), by) == date.fromisoformat(found)


@pytest.mark.parametrize(
    ("moment", "closes"),
    [
        ("2026-11-26T09:00", "2026-11-26T17:00"),
        ("2026-11-26T03:00", "2026-11-26T17:00"),
        ("2026-11-26T17:00", "2026-11-27T17:00"),
        ("2026-11-27T18:00", "2026-11-30T17:00"),
        ("2026-11-28T10:00", "2026-11-30T17:00"),
    ],
)
def test_a_working_day_closes_at_five(days: WorkingDays, moment: str, closes: str) -> None:
    """What comes after that, or on a day off, has the next working day."""
    at = datetime.fromisoformat(moment).replace(tzinfo=HANOI)
    assert days.closing_after(at.astimezone(UTC)) == datetime.fromisoformat(closes).replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-26T09:00", "2026-11-26T09:00"),
        ("2026-11-26T05:00", "2026-11-26T08:00"),
        ("2026-11-26T17:00", "2026-11-27T08:00"),
        ("2026-11-28T10:00", "2026-11-30T08:00"),
    ],
)
def test_offices_open_at_eight(days: WorkingDays, moment: str, opens: str) -> None:
    """A moment within working hours stands; any other one becomes the next opening."""
    at = datetime.fromisoformat(moment).replace(tzinfo=HANOI)
    assert days.open_from(at.astimezone(UTC)) == datetime.fromisoformat(opens).replace(tzinfo=HANOI)


def test_an_operators_file_is_stronger_than_the_package(tmp_path: Path) -> None:
    """A day declared off is off, and one declared worked is worked, whatever the package says."""
    own = tmp_path / "days.csv"
    own.write_text("day,kind,source\n2026-11-26,off,QĐ 1\n2026-11-24,worked,QĐ 2\n2026-11-28,worked,QĐ 2\n")
    days = working_days(2026, 2026, own)
    assert [days.is_working(date(2026, 11, day)) for day in (24, 26, 28, 29)] == [True, False, True, False]


@pytest.mark.parametrize(("line", "why"), [("26/11/2026,off,x", "'day'"), ("2026-11-26,free,x", "'kind'")])
def test_a_bad_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    """With its number, and how it should be written."""
    own = tmp_path / "days.csv"
    own.write_text(f"day,kind,source\n2026-01-02,off,x\n{line}\n")
    with pytest.raises(BadCalendar, match=f"line 3: {why}"):
        working_days(2026, 2026, own)
