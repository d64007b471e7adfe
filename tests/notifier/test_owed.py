"""What an office owes, by when, and what is done where it does not come: pure rules over injected days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import get_args

import pytest

from contracts.notices import Urgency
from contracts.receipts import ReceiptCode
from services.notifier.owed import Copy, Terms, after_no_word, done_steps, first_dues, settled, take_step, word_due
from tests.notifier.clocking import TERMS, at


@pytest.mark.parametrize(
    ("delivered_at", "owed_at"),
    [
        (at(23, 9), at(23, 17)),
        (at(23, 17), at(24, 17)),
        (at(23, 23), at(24, 17)),
        (at(21, 10), at(23, 17)),
        (at(4, 18, month=2, year=2027), at(12, 17, month=2, year=2027)),
        (at(6, 0, month=2, year=2027), at(12, 17, month=2, year=2027)),
    ],
)
def test_word_of_an_ordinary_notice_is_owed_the_same_working_day(delivered_at: datetime, owed_at: datetime) -> None:
    """After closing, at a weekend and at Tết it is the next working day that counts."""
    assert word_due("thường", delivered_at, TERMS) == ("no_word", owed_at, owed_at)


@pytest.mark.parametrize("urgency", [each for each in get_args(Urgency) if each != "thường"])
@pytest.mark.parametrize("delivered_at", [at(23, 9), at(22, 2), at(6, 3, month=2, year=2027)])
def test_word_of_an_urgent_notice_is_owed_within_minutes(urgency: Urgency, delivered_at: datetime) -> None:
    """Day and night, at weekends and at Tết, as many minutes as the setting says."""
    terms = Terms(TERMS.days, urgent_within=timedelta(minutes=12))
    assert word_due(urgency, delivered_at, terms).owed_at == delivered_at + timedelta(minutes=12)


@pytest.mark.parametrize(
    ("reminded_at", "escalated_at"),
    [
        (at(23, 17), at(24, 17)),
        (at(27, 17), at(30, 17)),
        (at(23, 10, 30), at(24, 10, 30)),
        (at(22, 2, 30), at(23, 8)),
        (at(23, 22), at(24, 17)),
        (at(4, 17, month=2, year=2027), at(12, 17, month=2, year=2027)),
    ],
)
def test_the_issuer_is_told_one_working_day_after_the_reminder(reminded_at: datetime, escalated_at: datetime) -> None:
    """Within working hours, whatever the hour of the reminder."""
    assert after_no_word(at(20, 17), reminded_at, TERMS.days) == ("escalate", escalated_at, at(20, 17))


@pytest.mark.parametrize(
    ("deadline", "delivered_at", "steps"),
    [
        (date(2026, 12, 10), at(23, 9), [("T-3", at(7, 8, month=12)), ("T-1", at(9, 8, month=12))]),
        (date(2026, 12, 14), at(23, 9), [("T-3", at(9, 8, month=12)), ("T-1", at(11, 8, month=12))]),
        (date(2026, 12, 13), at(23, 9), [("T-3", at(8, 8, month=12)), ("T-1", at(10, 8, month=12))]),
        (date(2027, 2, 12), at(1, 9, year=2027, month=2), [("T-3", at(2, 8, year=2027, month=2))]),
        (date(2026, 12, 10), at(7, 7, month=12), [("T-1", at(9, 8, month=12))]),
        (date(2026, 12, 10), at(8, 9, month=12), [("T-1", at(9, 8, month=12))]),
        (date(2026, 12, 10), at(9, 7, month=12), []),
    ],
)
def test_reminders_count_back_in_working_days(
    deadline: date, delivered_at: datetime, steps: Sequence[tuple[str, datetime]]
) -> None:
    """At opening time; not on the day on which the notice came, nor before it."""
    made = [(each.step, each.at) for each in done_steps(deadline, delivered_at, TERMS.days)]
    assert [each for each in made if each[0] in {"T-3", "T-1"}][: len(steps)] == list(steps)
    assert made[-1][0] == "escalate"


@pytest.mark.parametrize(
    ("deadline", "last_reminder", "late_at"),
    [
        (date(2026, 12, 10), at(10, 8, month=12), at(10, 17, month=12)),
        (date(2026, 12, 13), at(11, 8, month=12), at(14, 17, month=12)),
        (date(2027, 2, 9), at(4, 8, year=2027, month=2), at(12, 17, year=2027, month=2)),
    ],
)
def test_a_deadline_on_a_day_off_is_reminded_of_before_and_late_after(
    deadline: date, last_reminder: datetime, late_at: datetime
) -> None:
    """The last reminder comes on the last working day before, lateness with the first one after."""
    *_, reminder, escalation = done_steps(deadline, at(23, 9), TERMS.days)
    assert (reminder.step, reminder.at) == ("T", last_reminder)
    assert (escalation.step, escalation.at, escalation.owed_at) == ("escalate", late_at, late_at)


def test_a_deadline_that_was_over_before_the_notice_came_is_owed_by_nobody() -> None:
    """An old notice that is delivered today makes nobody late."""
    assert list(done_steps(date(2021, 5, 10), at(23, 9), TERMS.days)) == []
    copy = Copy("thường", date(2021, 5, 10), at(23, 9))
    assert [track for track, _ in first_dues("word", copy, [], at(23, 9), TERMS)] == ["word"]


@pytest.mark.parametrize(
    ("now", "reminder", "following"),
    [
        (at(7, 8, month=12), "T-3", "T-1"),
        (at(9, 12, month=12), "T-1", "T"),
        (at(10, 9, month=12), "T", "escalate"),
        (at(10, 17, month=12), None, None),
        (at(12, 9, month=12), None, None),
    ],
)
def test_of_steps_that_were_missed_only_the_last_is_taken(
    now: datetime, reminder: str | None, following: str | None
) -> None:
    """A notifier that was down for days reminds once, or tells the issuer at once."""
    copy = Copy("thường", date(2026, 12, 10), at(23, 9))
    made, due = take_step("T-3", at(10, 17, month=12), copy, now, TERMS)
    assert (made, due.step if due else None) == (reminder, following)


@pytest.mark.parametrize(
    ("codes", "over"),
    [
        ([], set()),
        (["13", "15"], set()),
        (["01"], {"word"}),
        (["03", "05"], {"word"}),
        (["06"], {"word", "done"}),
        (["06", "05"], {"word", "done"}),
        (["02"], {"word", "done"}),
        (["02", "03"], {"word"}),
        (["03", "02"], {"word", "done"}),
    ],
)
def test_a_receipt_settles_what_it_answers(codes: list[ReceiptCode], over: set[str]) -> None:
    """Any word settles the word; done or a refusal settles the deadline, unless the office takes it after all."""
    assert settled(codes) == over


def test_reminders_can_be_switched_off_each() -> None:
    """The clock goes on: what is late is late, whether anybody was reminded or not."""
    copy = Copy("thường", date(2026, 12, 10), at(23, 9))
    quiet = Terms(TERMS.days, remind_of_word=False, remind_of_deadline=False)
    assert take_step("no_word", at(23, 17), copy, at(23, 17), quiet) == (None, ("escalate", at(24, 17), at(23, 17)))
    made, following = take_step("T-3", at(10, 17, month=12), copy, at(7, 8, month=12), quiet)
    assert (made, following and following.step) == (None, "T-1")
