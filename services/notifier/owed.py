"""What an office owes once it has its copy, by when, and what is done where that does not come.

Two tracks run beside each other. `word`: any receipt from 01 on, the same working day, or within minutes where the
notice is urgent. `done`: receipt 06 by the deadline of its tasks. A third one, `misaddressed`, opens where an office
says that the notice is none of its business: then nothing is owed by it, and the issuer hears of it in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from contracts.notices import Urgency
from contracts.receipts import ReceiptCode
from services.notifier.calendar.working_days import HANOI, WorkingDays

Track = Literal["word", "done", "misaddressed"]
Reminder = Literal["no_word", "T-3", "T-1", "T"]
Step = Literal["begin", "no_word", "T-3", "T-1", "T", "escalate", "tell"]
"""What comes next: `begin` works the steps out, `escalate` makes the office late, `tell` waits for the issuer's digest.
"""

DIGEST: Final = "digest"
"""What an issuer's message is about, where an office's is about a Reminder."""
DISABLED: Final = "disabled"
"""What word of a disabled endpoint is about."""
OF_THEIR_OWN: Final = frozenset({DIGEST, DISABLED})
"""Messages of no assignment: they have ids of their own, are told of on no topic, and nobody answers them."""
REMINDERS_OF: Final[dict[Track, tuple[Reminder, ...]]] = {
    "word": ("no_word",),
    "done": ("T-3", "T-1", "T"),
    "misaddressed": (),
}
_BEFORE: Final[tuple[tuple[Reminder, int], ...]] = (("T-3", -3), ("T-1", -1), ("T", 0))
_WORD: Final[frozenset[ReceiptCode]] = frozenset({"01", "02", "03", "04", "05", "06"})
_DONE: Final = "06"
_REFUSED: Final = "02"


@dataclass(frozen=True)
class Terms:
    """How long offices have, and what is sent. `gather`: how long an issuer's digest waits for more offices."""

    days: WorkingDays
    urgent_within: timedelta = timedelta(minutes=30)
    gather: timedelta = timedelta(minutes=15)
    remind_of_word: bool = True
    remind_of_deadline: bool = True
    tell_issuer: bool = True


class Due(NamedTuple):
    """The next step of a track, when it is due, and by when the office owes what the track is about."""

    step: Step
    at: datetime
    owed_at: datetime


def word_due(urgency: Urgency, delivered_at: datetime, terms: Terms) -> Due:
    """When an office must say that it has its copy."""
    ordinary = urgency == "thường"
    by = terms.days.closing_after(delivered_at) if ordinary else delivered_at + terms.urgent_within
    return Due("no_word", by, by)


def after_no_word(owed_at: datetime, now: datetime, days: WorkingDays) -> Due:
    """The step after the reminder that went out `now`: one working day later, within working hours."""
    here = now.astimezone(HANOI)
    clock = min(max(here.time(), days.opens), days.closes)
    return Due("escalate", days.at(days.shifted(here.date(), 1), clock), owed_at)


def done_steps(deadline: date, delivered_at: datetime, days: WorkingDays) -> Sequence[Due]:
    """The steps up to a deadline, in order; none where it was over before the notice came.

    Reminders of the day on which the notice came, or of days before, are left out.
    They count back from the last working day on or before the deadline. Where the deadline is a day off, the
    office is late after the next working day (Civil Code 2015, article 148, paragraph 5).
    """
    arrived = delivered_at.astimezone(HANOI).date()
    owed_at = days.at(days.shifted(deadline, 0), days.closes)
    if owed_at <= delivered_at:
        return []
    last = deadline if days.is_working(deadline) else days.shifted(deadline, -1)
    reminders = [(name, days.shifted(last, back)) for name, back in _BEFORE]
    steps = [Due(name, days.at(day, days.opens), owed_at) for name, day in reminders if day > arrived]
    return [*steps, Due("escalate", owed_at, owed_at)]


def settled(codes: Sequence[ReceiptCode]) -> frozenset[Track]:
    """The tracks on which nothing is owed any more, given what the office said, oldest first.

    Who refuses owes nothing by the deadline, unless it takes the notice after all.
    """
    said = [code for code in codes if code in _WORD]
    if not said:
        return frozenset()
    over = _DONE in said or said[-1] == _REFUSED
    return frozenset({"word", "done"}) if over else frozenset({"word"})


class Copy(NamedTuple):
    """What the clock needs to know of the copy that an office has."""

    urgency: Urgency
    deadline: date | None
    delivered_at: datetime


def first_dues(
    track: Track, copy: Copy, codes: Sequence[ReceiptCode], at: datetime, terms: Terms
) -> Iterator[tuple[Track, Due]]:
    """What is due first, given what the office has said so far, where the clock of `track` begins `at` that moment.

    That of `word` begins with the copy, and that of `done` with it.
    """
    over = settled(codes)
    if track == "misaddressed":
        yield track, Due("escalate", at, at)
    if track == "word" and track not in over:
        yield track, word_due(copy.urgency, copy.delivered_at, terms)
    if track != "misaddressed" and copy.deadline and "done" not in over:
        steps = done_steps(copy.deadline, copy.delivered_at, terms.days)
        yield from (("done", each) for each in [*(step for step in steps if step.at > at), *steps[-1:]][:1])


def take_step(
    step: Step, owed_at: datetime, copy: Copy, now: datetime, terms: Terms
) -> tuple[Reminder | None, Due | None]:
    """The reminder that goes out at a step which is due, and what comes next; nothing comes next: the office is late.

    Of several steps before a deadline that were missed, only the last is taken.
    """
    if step == "no_word":
        return step if terms.remind_of_word else None, after_no_word(owed_at, now, terms.days)
    if step == "escalate" or copy.deadline is None:
        return None, None
    steps = done_steps(copy.deadline, copy.delivered_at, terms.days)
    passed = [each.step for each in steps if each.at <= now]
    following = next((each for each in steps if each.at > now), None)
    last = next((name for name, _ in _BEFORE if passed and name == passed[-1]), None)
    return last if terms.remind_of_deadline and following else None, following


def digest_due(moment: datetime, terms: Terms, *, sent: bool) -> tuple[date, datetime]:
    """The day of the digest that names an office which became late at that moment, and when it is written.

    `sent`: the digest of that very day has gone; then it is the next working day's.
    """
    day = moment.astimezone(HANOI).date()
    if not sent:
        return day, moment + terms.gather
    following = terms.days.shifted(day, 1)
    return following, terms.days.at(following, terms.days.opens)
