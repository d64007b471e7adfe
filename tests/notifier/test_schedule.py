"""When a delivery is tried again."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from services.notifier.schedule import DEFAULT_S, cooldown_s, next_attempt, retry_after_s
from tests.notifier.samples import NOW


def test_the_first_retry_comes_after_five_seconds() -> None:
    """Without jitter the first delay is the first of the schedule."""
    assert next_attempt(DEFAULT_S, 1, NOW, chance=0) == NOW + timedelta(seconds=5)


def test_jitter_only_adds() -> None:
    """The wait is never shorter than the schedule's and stays below twice as long."""
    at = next_attempt((100,), 1, NOW, chance=0.999)
    assert at is not None
    assert timedelta(seconds=100) < at - NOW < timedelta(seconds=200)


def test_the_schedule_ends() -> None:
    """After the last retry there is none."""
    assert next_attempt(DEFAULT_S, len(DEFAULT_S), NOW, chance=0) == NOW + timedelta(hours=24)
    assert next_attempt(DEFAULT_S, len(DEFAULT_S) + 1, NOW, chance=0) is None


def test_a_longer_floor_wins_and_a_shorter_one_does_not() -> None:
    """The other side can make us wait longer, never shorter."""
    assert next_attempt((5,), 1, NOW, 0, floor_s=60) == NOW + timedelta(seconds=60)
    assert next_attempt((5,), 1, NOW, 0, floor_s=1) == NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 120 ", 120),
        ("99999999999", 86_400),
        (format_datetime(NOW + timedelta(minutes=10), usegmt=True), 600),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), 86_400),
        (format_datetime(NOW - timedelta(minutes=10), usegmt=True), 0),
        ("Sun, 22 Nov 2026 03:10:00", None),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str | None, seconds: float | None) -> None:
    """Seconds and HTTP dates count, capped at 24 h; anything else is as if it were absent."""
    assert retry_after_s(header, NOW) == seconds


def test_pauses_double_up_to_ten_minutes() -> None:
    """None before the third failure in a row, then half a minute and so on."""
    assert [cooldown_s(failures) for failures in (0, 2, 3, 4, 5, 7, 8, 1_000)] == [0, 0, 30, 60, 120, 480, 600, 600]
