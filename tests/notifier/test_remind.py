"""The clock's loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.notifier.calendar.vietnam import BadCalendar
from services.notifier.owed import Terms
from services.notifier.ports import LedgerUnavailable, OverdueQuery, OverdueRow, Rung
from services.notifier.remind import Reminder
from services.notifier.settings import NotifierSettings
from services.notifier.wire_clock import make_terms
from services.runtime.health import Progress
from tests.notifier.clocking import TERMS, at
from tests.notifier.samples import SilentLog


class Script:
    """Answers a look at the clocks with the next of these, and with nothing after them."""

    def __init__(self, *answers: Rung | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[datetime, Terms]] = []

    async def ring(self, terms: Terms, now: datetime, most: int) -> Rung:
        self.asked.append((now, terms))
        answer = self.answers.pop(0) if self.answers else Rung()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def overdue(self, query: OverdueQuery, now: datetime) -> Sequence[OverdueRow]:
        return []


class Loop:
    """The loop over a script, with a clock that is set by hand."""

    def __init__(self, *answers: Rung | Exception) -> None:
        self.clocks, self.log, self.now = Script(*answers), SilentLog(), at(23, 9)
        self.years: list[int] = []
        self.woken = 0
        self.reminder = Reminder(
            self.clocks, self.terms, clock=lambda: self.now, wake=self.wake, progress=Progress(60), log=self.log
        )

    def terms(self, year: int) -> Terms:
        self.years.append(year)
        return TERMS

    def wake(self) -> None:
        self.woken += 1


async def test_what_was_done_is_told_and_delivered_at_once() -> None:
    """A look that did something wakes the delivery loops; one that did nothing is silent."""
    loop = Loop(Rung(taken=3, reminded=2), Rung(taken=1), Rung())
    assert [await loop.reminder.ring() for _ in range(3)] == [False] * 3
    assert loop.woken == 1
    assert loop.log.lines == [{"event": "clocks.rung", "reminded": 2, "late": 0, "unheard": 0, "digests": 0}]


async def test_where_more_is_due_the_next_look_comes_at_once() -> None:
    """A full batch was taken."""
    assert await Loop(Rung(taken=100)).reminder.ring()


async def test_the_calendar_is_asked_once_a_year() -> None:
    """The year is that of Hanoi, where it begins seven hours before that of UTC."""
    loop = Loop()
    for moment in (at(23, 9), at(31, 23, month=12), at(1, 0, month=1, year=2027), at(2, 9, month=1, year=2027)):
        loop.now = moment
        await loop.reminder.ring()
    assert loop.years == [2026, 2027]


async def test_a_ledger_that_is_silent_does_not_end_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at again."""
    monkeypatch.setattr("services.notifier.remind._EVERY_S", 0.001)
    loop = Loop(LedgerUnavailable("no"), ValueError("x"), Rung(taken=1, digests=1))
    running = asyncio.create_task(loop.reminder.run())
    async with asyncio.timeout(5):
        while not loop.woken:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert [each["event"] for each in loop.log.lines] == ["task.failed", "task.failed", "clocks.rung"]


async def test_a_wrong_file_of_days_ends_the_process(tmp_path: Path) -> None:
    """An operator's mistake is told, not passed over: reminders on wrong days are worse than none."""
    path = tmp_path / "days.csv"
    path.write_text("day,kind,source\n2026-08-31,maybe,x\n", encoding="utf-8")
    settings = NotifierSettings(home=tmp_path, calendar_file=path, api_key=SecretStr(""), link_key=SecretStr(""))
    reminder = Reminder(
        Script(), lambda year: make_terms(settings, year), clock=lambda: at(23, 9), wake=lambda: None,
        progress=Progress(60), log=SilentLog(),
    )  # fmt: skip
    with pytest.raises(BadCalendar, match="line 2"):
        await reminder.run()


def test_the_settings_say_how_long_and_what(tmp_path: Path) -> None:
    """Minutes, switches, and the operator's own days over the calendar's."""
    path = tmp_path / "days.csv"
    path.write_text("day,kind,source\n2026-11-26,off,x\n", encoding="utf-8")
    terms = make_terms(
        NotifierSettings(
            home=tmp_path,
            receipt_urgent_minutes=5,
            overdue_gather_minutes=1,
            remind_of_receipt=False,
            tell_issuer_overdue=False,
            calendar_file=path,
        ),
        2026,
    )
    assert (terms.urgent_within, terms.gather) == (timedelta(minutes=5), timedelta(minutes=1))
    assert (terms.remind_of_word, terms.remind_of_deadline, terms.tell_issuer) == (False, True, False)
    assert terms.days.closing_after(at(26, 9)) == at(27, 17)
    assert not terms.days.is_working(at(17, 9, month=2).date())
