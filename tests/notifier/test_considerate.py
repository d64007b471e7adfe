"""Quiet hours, and how much an endpoint wants at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pydantic import ValidationError

from services.notifier.calendar.quiet import QuietHours
from services.notifier.calendar.working_days import HANOI, WorkingDays
from services.notifier.channels.considerate import Considerate
from services.notifier.endpoint_options import EndpointOptions, options_of
from services.notifier.outcome import Answer
from services.notifier.pacing import NotYet
from services.notifier.parcel import Parcel
from tests.notifier.samples import NOW, endpoint

DAYS = WorkingDays(off=frozenset({date(2026, 11, 24)}))
NIGHT = QuietHours(begins=time(18), ends=time(7, 30))


def hanoi(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        ("2026-11-26T12:00", None),
        ("2026-11-26T18:00", "2026-11-27T07:30"),
        ("2026-11-26T23:59", "2026-11-27T07:30"),
        ("2026-11-27T00:00", "2026-11-27T07:30"),
        ("2026-11-27T07:30", None),
        ("2026-11-28T12:00", None),
    ],
)
def test_a_night_goes_over_midnight(moment: str, over: str | None) -> None:
    """From six in the evening to half past seven, by Vietnam's clock, every day."""
    at = hanoi(moment).astimezone(UTC)
    assert NIGHT.until(at, DAYS) == (hanoi(over) if over else None)


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        ("2026-11-27T12:00", None),
        ("2026-11-27T18:00", "2026-11-30T07:30"),
        ("2026-11-28T12:00", "2026-11-30T07:30"),
        ("2026-11-24T09:00", "2026-11-25T07:30"),
        ("2026-11-23T20:00", "2026-11-25T07:30"),
    ],
)
def test_days_off_are_quiet_where_that_is_wanted(moment: str, over: str | None) -> None:
    """Weekends and public holidays as a whole, and the evening before them."""
    assert NIGHT.model_copy(update={"days_off": True}).until(hanoi(moment), DAYS) == (hanoi(over) if over else None)


def test_a_break_lies_within_a_day() -> None:
    """Half past eleven to one."""
    noon = QuietHours(begins=time(11, 30), ends=time(13))
    asked = [noon.until(hanoi(f"2026-11-26T{clock}"), DAYS) for clock in ("11:29", "11:30", "12:59", "13:00")]
    assert asked == [None, hanoi("2026-11-26T13:00"), hanoi("2026-11-26T13:00"), None]


def test_hours_without_an_end_are_refused() -> None:
    """An office that is always quiet is a paused one."""
    with pytest.raises(ValidationError, match="two different times"):
        QuietHours(begins=time(7), ends=time(7))


class Accepts:
    """A channel that counts."""

    def __init__(self) -> None:
        self.carried = 0

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        self.carried += 1
        return Answer("accepted", "accepted")


def parcel(options: EndpointOptions, rank: int = 3) -> Parcel:
    return Parcel("d-1", endpoint(options=options), b"{}", None, rank)


async def test_quiet_hours_hold_and_never_drop() -> None:
    """At night its turn comes in the morning; then it goes."""
    inner = Accepts()
    channel = Considerate(inner, DAYS)
    quiet = parcel(EndpointOptions(quiet=NIGHT))
    with pytest.raises(NotYet) as early:
        await channel.deliver(quiet, hanoi("2026-11-26T22:00"))
    assert (early.value.at, inner.carried) == (hanoi("2026-11-27T07:30"), 0)
    assert (await channel.deliver(quiet, early.value.at)).result == "accepted"


async def test_hoa_toc_goes_at_night() -> None:
    """It waits for no quiet hours; what is only urgent does."""
    channel = Considerate(Accepts(), DAYS)
    night = hanoi("2026-11-26T22:00")
    assert (await channel.deliver(parcel(EndpointOptions(quiet=NIGHT), rank=0), night)).result == "accepted"
    with pytest.raises(NotYet):
        await channel.deliver(parcel(EndpointOptions(quiet=NIGHT), rank=1), night)


async def test_an_endpoint_gets_no_more_a_minute_than_it_wants() -> None:
    """The second of one a minute waits a minute, at that endpoint alone."""
    channel = Considerate(Accepts(), DAYS)
    slow = parcel(EndpointOptions(per_minute=1))
    await channel.deliver(slow, NOW)
    with pytest.raises(NotYet) as early:
        await channel.deliver(slow, NOW)
    assert early.value.at == NOW + timedelta(minutes=1)
    other = Parcel("d-2", endpoint("other", options=EndpointOptions(per_minute=1)), b"{}", None)
    assert (await channel.deliver(other, NOW)).result == "accepted"


def test_choices_are_kept_as_they_were_made() -> None:
    """Written into the ledger and read back."""
    chosen = EndpointOptions(quiet=NIGHT, per_minute=30)
    assert options_of(chosen.stored()) == chosen
