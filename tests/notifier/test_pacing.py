"""How many mails a minute a domain gets."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from services.notifier.deliver import Deliverer
from services.notifier.in_hand import Pace
from services.notifier.outcome import Answer
from services.notifier.pacing import DomainPace, NotYet
from services.notifier.parcel import Parcel
from services.notifier.ports import DeliveryQuery
from services.notifier.settings import NotifierSettings
from services.runtime.health import Progress
from tests.notifier.mailing import channel, mail_parcel
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, SilentLog, endpoint, taken
from tests.notifier.smtp_server import smtp_server

SECOND = timedelta(seconds=1)


def goes(pace: DomainPace, domain: str, at: datetime, *, urgent: bool = False) -> datetime | None:
    """None where it goes now, else when its turn comes."""
    try:
        pace.check(domain, at, urgent=urgent)
    except NotYet as early:
        return early.at
    return None


def test_without_a_limit_all_go() -> None:
    """0 is no limit."""
    pace = DomainPace(0, {})
    assert [goes(pace, "a.vn", NOW) for _ in range(1_000)] == [None] * 1_000


@pytest.mark.parametrize("limit", [1, 2, 11, 12, 30, 600])
def test_no_minute_has_more_than_the_limit(limit: int) -> None:
    """Whenever mails come, any sixty seconds hold at most so many, and a steady flow gets nearly all of them."""
    pace, chance, at = DomainPace(limit, {}), random.Random(7), NOW
    gone = []
    while at < NOW + timedelta(minutes=10):
        if goes(pace, "a.vn", at) is None:
            gone.append(at)
        at += timedelta(seconds=chance.random() * 30 / limit)
    windows = zip(gone, gone[limit:], strict=False)
    assert [first for first, after in windows if after < first + timedelta(minutes=1)] == []
    assert len(gone) >= 8 * limit


def test_those_that_wait_are_given_turns_one_after_the_other() -> None:
    """A backlog is spread over the time that it takes, and each goes when its turn comes."""
    pace = DomainPace(6, {})
    turns = [goes(pace, "a.vn", NOW) for _ in range(4)]
    assert turns == [None, NOW + 10 * SECOND, NOW + 20 * SECOND, NOW + 30 * SECOND]
    assert [goes(pace, "a.vn", at) for at in turns[1:] if at] == [None] * 3


def test_an_urgent_mail_passes_all_that_wait() -> None:
    """Its turn is the next one, however long the queue of the others is."""
    pace = DomainPace(6, {})
    for _ in range(100):
        goes(pace, "a.vn", NOW)
    assert goes(pace, "a.vn", NOW + SECOND, urgent=True) == NOW + 10 * SECOND
    assert goes(pace, "a.vn", NOW + 10 * SECOND, urgent=True) is None


def test_domains_do_not_wait_for_each_other() -> None:
    """Each has its own count, whatever the case it is written in, and may have its own limit."""
    pace = DomainPace(1, {"Free.vn": 0, "b.vn": 2})
    assert [goes(pace, each, NOW) for each in ("a.vn", "c.vn", "free.vn", "free.vn")] == [None] * 4
    assert goes(pace, "A.VN", NOW) == NOW + 60 * SECOND
    assert [goes(pace, "b.vn", at) for at in (NOW, NOW + 30 * SECOND)] == [None, None]


async def test_a_test_mail_is_not_held_up() -> None:
    """An operator's test goes at once."""
    pace = DomainPace(1, {})
    async with smtp_server() as server, channel(server.port, pace=pace) as mail:
        await mail.deliver(mail_parcel("d-1"), NOW)
        with pytest.raises(NotYet):
            await mail.deliver(mail_parcel("d-2"), NOW)
        await mail.deliver(Parcel("d-3", mail_parcel().endpoint, b'{"type": "endpoint.test", "data": {}}', None), NOW)
    assert len(server.letters) == 2


class Paced:
    """A channel that accepts all but what comes too early."""

    def __init__(self, pace: DomainPace) -> None:
        self._pace = pace
        self.went: list[str] = []
        self.held_up = 0

    async def deliver(self, parcel: Parcel, at: datetime) -> Answer:
        self.held_up += 1
        self._pace.check(parcel.endpoint.endpoint_id, at, urgent=False)
        self.held_up -= 1
        self.went.append(parcel.endpoint.endpoint_id)
        return Answer("accepted", "accepted", "ok")


async def test_a_limit_waits_without_a_failed_attempt_and_holds_up_nobody() -> None:
    """Thirty mails for a slow domain and one for another, which passes them: all arrive at the first attempt."""
    ledger, slow = MemoryLedger(), Paced(DomainPace(600, {"free": 0, "slow": 300}))
    now = datetime.now(UTC)
    await ledger.add([endpoint("slow", "a", kind="email"), endpoint("free", "b", kind="email")], now)
    await ledger.take([taken("a", f"n{n}") for n in range(30)] + [taken("b", "n99")], now)
    pace = Pace(2, 2, 4, 30, (9,), poll_s=0.005, gather_s=0, drain_s=1)
    log = SilentLog()
    made = Deliverer(
        "email", slow, ledger, pace, clock=lambda: datetime.now(UTC), chance=lambda: 0, progress=Progress(60), log=log
    )
    running = asyncio.create_task(made.run())
    async with asyncio.timeout(10):
        while len(slow.went) < 31:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await made.stop()
    await running
    rows = await ledger.deliveries(DeliveryQuery(limit=99))
    assert {(each.status, each.attempt) for each in rows} == {("delivered", 1)}
    assert [line for line in log.lines if line.get("outcome") != "delivered"] == []
    assert "free" in slow.went[:30]
    assert slow.held_up > 0


def test_limits_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number for all, and domains with their own."""
    monkeypatch.setenv("NOINHAN_SMTP_DOMAIN_PER_MINUTE", "60")
    monkeypatch.setenv("NOINHAN_SMTP_DOMAIN_LIMITS", "a.vn=30, b.vn = 0")
    assert NotifierSettings().smtp_domain_limits == (("a.vn", 30), ("b.vn", 0))
    monkeypatch.setenv("NOINHAN_SMTP_DOMAIN_LIMITS", "a.vn")
    with pytest.raises(ValidationError, match="mails a minute"):
        NotifierSettings()
