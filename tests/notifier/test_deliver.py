"""The delivery loop, from the ledger over real HTTP and back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from contracts.deliveries import EndpointKind
from services.notifier import in_hand
from services.notifier.calendar.digest import Digest
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.deliver import Deliverer
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.in_hand import Pace
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Answer
from services.notifier.parcel import Parcel
from services.notifier.ports import Channel, Claim, DeliveryQuery, DeliveryRow, Ledger, LedgerUnavailable, Outcome
from services.runtime.health import Progress
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.receivers import hook
from tests.notifier.samples import SilentLog, endpoint, taken, webhook_channel


def now() -> datetime:
    return datetime.now(UTC)


def pace(
    schedule_s: tuple[float, ...] = (0.02, 0.02), drain_s: float = 1.0, lease_s: float = 30.0, days: float = 5.0
) -> Pace:
    return Pace(50, 250, 4, lease_s, schedule_s, poll_s=0.01, gather_s=0.001, drain_s=drain_s, disable_after_days=days)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    made = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def webhooks() -> AsyncIterator[Channel]:
    engine = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=3)
    await engine.start()
    yield webhook_channel(engine)
    await engine.stop()


def deliverer(ledger: Ledger, channel: Channel, at: Pace, log: SilentLog | None = None) -> Deliverer:
    made = log or SilentLog()
    return Deliverer("webhook", channel, ledger, at, clock=now, chance=lambda: 0.0, progress=Progress(60), log=made)


@asynccontextmanager
async def running(made: Deliverer) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(made.run())
    yield task
    await made.stop()
    await task


async def rows(ledger: Ledger) -> list[DeliveryRow]:
    return list(await ledger.deliveries(DeliveryQuery(limit=1_000)))


async def until(holds: Callable[[list[DeliveryRow]], bool], ledger: Ledger, within_s: float = 3.0) -> list[DeliveryRow]:
    end = time.monotonic() + within_s
    while not holds(found := await rows(ledger)):
        assert time.monotonic() < end, found
        await asyncio.sleep(0.01)
    return found


async def test_a_failure_is_retried_with_the_same_id_and_bytes(ledger: Ledger, webhooks: Channel) -> None:
    """503 then 200: the second request has the same webhook-id and body, and the books say delivered after two."""
    async with hook(503, 200) as office, running(deliverer(ledger, webhooks, pace())):
        await ledger.add([endpoint(target=office.url)], now())
        await ledger.take([taken()], now())
        (row,) = await until(lambda found: found[0].status == "delivered", ledger)
    first, second = office.requests
    assert (row.attempt, row.reason) == (2, "accepted")
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == row.delivery_id
    assert first.body == second.body == taken().body


async def test_an_exhausted_schedule_ends_in_failed(ledger: Ledger, webhooks: Channel) -> None:
    """After the first try and two retries the delivery has failed, with the last reason."""
    async with hook(*[500] * 9) as office, running(deliverer(ledger, webhooks, pace())):
        await ledger.add([endpoint(target=office.url)], now())
        await ledger.take([taken()], now())
        (row,) = await until(lambda found: found[0].status == "failed", ledger)
    assert (row.attempt, row.reason, len(office.requests)) == (3, "http_500", 3)


async def test_gone_disables_the_endpoint(ledger: Ledger, webhooks: Channel) -> None:
    """After a 410 nothing more is sent there."""
    log = SilentLog()
    async with hook(410) as office, running(deliverer(ledger, webhooks, pace(), log)):
        await ledger.add([endpoint(target=office.url)], now())
        await ledger.take([taken()], now())
        await until(lambda found: found[0].reason == "http_410", ledger)
        await ledger.take([taken(notice="n2")], now())
        await until(lambda found: {each.status for each in found} == {"failed", "held"}, ledger)
    assert len(office.requests) == 1
    assert "endpoint.disabled" in {each["event"] for each in log.lines}


@pytest.mark.uncompiled
async def test_an_endpoint_that_fails_for_days_is_disabled_and_its_operator_told(
    ledger: Ledger, webhooks: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for it is held, and one line tells topic, attempts, since when and why."""
    monkeypatch.setattr("services.notifier.schedule._LONGEST_COOLDOWN_S", 0.01)
    log, after_s = SilentLog(), 0.1
    at = pace((0.03,) * 50, days=after_s / 86_400)
    async with hook(*[503] * 50) as office, running(deliverer(ledger, webhooks, at, log)):
        await ledger.add([endpoint(target=office.url)], now())
        began = now()
        await ledger.take([taken()], began)
        (row,) = await until(lambda found: found[0].status == "held", ledger)
    (line,) = [each for each in log.lines if each["event"] == "endpoint.disabled"]
    assert (row.reason, line["topic"], line["cause"]) == ("endpoint_disabled", "assignments.routed.v1", "http_503")
    assert line["attempts"] == line["failures_in_a_row"] == len(office.requests) == row.attempt
    since = line["failing_since"]
    assert isinstance(since, datetime)
    assert began < since < row.changed_at - timedelta(seconds=after_s)


async def test_an_endpoint_may_have_its_own_schedule(ledger: Ledger, webhooks: Channel) -> None:
    """One with two waits is tried three times, one with none is tried once, whatever the usual schedule says."""
    async with hook(*[500] * 9) as office, running(deliverer(ledger, webhooks, pace((60.0,) * 9))):
        twice, once = EndpointOptions(schedule_s=(0.02, 0.02)), EndpointOptions(schedule_s=())
        places = [endpoint("e1", "a", target=office.url, options=twice), endpoint("e2", "b", target=office.url)]
        await ledger.add([places[0], replace(places[1], options=once)], now())
        await ledger.take([taken("a"), taken("b")], now())
        found = await until(lambda found: {each.status for each in found} == {"failed"}, ledger)
    assert {each.endpoint_id: each.attempt for each in found} == {"e1": 3, "e2": 1}


async def test_an_endpoint_that_hangs_does_not_delay_the_others(ledger: Ledger, webhooks: Channel) -> None:
    """While one office's server hangs with all its share, fifty deliveries elsewhere are done within a second."""
    async with hook(*[0] * 20) as slow, hook() as quick, running(deliverer(ledger, webhooks, pace(drain_s=0.05))):
        offices = [endpoint("slow", "slow", target=slow.url), endpoint("quick", "quick", target=quick.url)]
        await ledger.add(offices, now())
        await ledger.take([taken("slow", f"s{n}") for n in range(20)], now())
        await until(lambda _: len(slow.requests) == 4, ledger)
        await ledger.take([taken("quick", f"q{n}") for n in range(50)], now())
        await until(lambda found: sum(e.status == "delivered" for e in found) == 50, ledger, within_s=1.5)
        assert len(slow.requests) == 4


class Slow:
    """A channel whose attempts last until they are let go."""

    def __init__(self) -> None:
        self.started = 0
        self.go = asyncio.Event()

    async def deliver(self, parcel: Parcel, at: datetime) -> Answer:
        self.started += 1
        await self.go.wait()
        return Answer("accepted", "accepted")


async def started(channel: Slow) -> None:
    while not channel.started:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def test_a_stop_lets_an_attempt_finish_and_writes_it_down() -> None:
    """An attempt that ends during the drain is recorded."""
    ledger, slow = MemoryLedger(), Slow()
    await ledger.add([endpoint()], now())
    await ledger.take([taken()], now())
    async with running(deliverer(ledger, slow, pace())):
        await asyncio.wait_for(started(slow), 2)
        asyncio.get_running_loop().call_later(0.05, slow.go.set)
    assert [each.status for each in await rows(ledger)] == ["delivered"]


async def test_a_stop_gives_back_what_does_not_finish() -> None:
    """An attempt that outlasts the drain is released, so that the next process can make it at once."""
    ledger, slow = MemoryLedger(), Slow()
    await ledger.add([endpoint()], now())
    await ledger.take([taken()], now())
    async with running(deliverer(ledger, slow, pace(drain_s=0.02))):
        await asyncio.wait_for(started(slow), 2)
    (again,) = await ledger.claim("webhook", 1, 4, timedelta(seconds=30), now())
    assert (again.attempt, again.reclaimed) == (1, True)


def one_at_a_time(lease_s: float = 30.0) -> Pace:
    return replace(pace(lease_s=lease_s), in_flight=1, with_slow=5)


async def test_what_is_ready_begins_when_an_attempt_ends() -> None:
    """With room for one, the second is claimed beside the first and begun after it, however slow the ledger is."""
    ledger, slow = Late(), Slow()
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], now())
    await ledger.take([taken("a"), taken("b")], now())
    async with running(deliverer(ledger, slow, one_at_a_time())):
        await asyncio.wait_for(started(slow), 2)
        assert slow.started == 1
        slow.go.set()
        await asyncio.sleep(0.03)
        assert slow.started == 2
    assert [each.status for each in await rows(ledger)] == ["delivered", "delivered"]


@pytest.mark.uncompiled
async def test_attempts_that_wait_long_give_their_place_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offices that hang take the room for a moment only, and never all that there is for slow ones."""
    monkeypatch.setattr(in_hand, "_SLOW_S", 0.02)
    ledger, slow = MemoryLedger(), Slow()
    offices = [f"o{n}" for n in range(8)]
    await ledger.add([endpoint(f"e-{each}", each) for each in offices], now())
    await ledger.take([taken(each) for each in offices], now())
    async with running(deliverer(ledger, slow, replace(one_at_a_time(), drain_s=0.02))):
        await asyncio.wait_for(started(slow), 2)
        await asyncio.sleep(0.5)
    assert slow.started == 5


async def test_a_claim_that_waits_too_long_is_given_back_untried() -> None:
    """Its lease could end before its attempt: it is claimed again later, as if it had never been claimed."""
    ledger, slow = MemoryLedger(), Slow()
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], now())
    await ledger.take([taken("a"), taken("b")], now())
    async with running(deliverer(ledger, slow, one_at_a_time(lease_s=1.0))):
        await asyncio.wait_for(started(slow), 2)
        await asyncio.sleep(0.3)
        slow.go.set()
        await asyncio.sleep(0.1)
    found = [(each.status, each.attempt) for each in await rows(ledger)]
    assert (found, slow.started) == ([("delivered", 1), ("delivered", 1)], 2)


async def test_a_stop_gives_back_what_was_not_begun() -> None:
    """What waits for room is due at once for the next process, and not a repetition."""
    ledger, slow = MemoryLedger(), Slow()
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], now())
    await ledger.take([taken("a"), taken("b")], now())
    async with running(deliverer(ledger, slow, replace(one_at_a_time(), drain_s=0.02))):
        await asyncio.wait_for(started(slow), 2)
    claims = await ledger.claim("webhook", 9, 4, timedelta(seconds=30), now())
    assert sorted(each.reclaimed for each in claims) == [False, True]


class Asked(MemoryLedger):
    """A ledger that keeps how much it is asked for, and takes its time to write down."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[int] = []

    async def claim(
        self, kind: EndpointKind, want: int, per_endpoint: int, lease: timedelta, now: datetime
    ) -> Sequence[Claim]:
        self.wanted.append(want)
        await asyncio.sleep(0.01)
        return await super().claim(kind, want, per_endpoint, lease, now)


async def test_a_quick_channel_of_few_places_is_given_more_at_a_time() -> None:
    """What is claimed ahead grows with what was carried since, up to its limit; 0 keeps it at the room there is."""
    for ahead, most in ((0, 14), (16, 18)):
        ledger, quick = Asked(), Wordy()
        await ledger.add([endpoint("e1", "a"), endpoint("e2", "b")], now())
        await ledger.take([taken(office, f"n{n}") for n in range(40) for office in "ab"], now())
        async with running(deliverer(ledger, quick, replace(pace(), in_flight=2, with_slow=2, ahead=ahead))):
            await until(lambda found: all(each.status == "delivered" for each in found), ledger)
        assert max(ledger.wanted) == most


class Late(MemoryLedger):
    """A ledger whose claims come back after a while."""

    asked = False

    async def claim(
        self, kind: EndpointKind, want: int, per_endpoint: int, lease: timedelta, now: datetime
    ) -> Sequence[Claim]:
        claims = await super().claim(kind, want, per_endpoint, lease, now)
        self.asked = self.asked or bool(claims)
        await asyncio.sleep(0.1)
        return claims


async def test_a_claim_that_comes_back_after_a_stop_is_not_begun() -> None:
    """Claims that were on their way when the stop began are given back untried, and nothing is sent."""
    ledger, slow = Late(), Slow()
    await ledger.add([endpoint()], now())
    await ledger.take([taken()], now())
    made = deliverer(ledger, slow, pace(drain_s=0.02))
    async with running(made) as loop:
        while not ledger.asked:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        asyncio.get_running_loop().call_later(1, slow.go.set)
        await asyncio.wait_for(made.stop(), 1)
        await loop
    (again,) = await ledger.claim("webhook", 1, 4, timedelta(seconds=30), now())
    assert (slow.started, again.attempt, again.reclaimed) == (0, 1, False)


async def test_an_attempt_never_outlasts_its_lease() -> None:
    """A channel that never answers is a timeout while the lease still holds."""
    ledger, slow = MemoryLedger(), Slow()
    await ledger.add([endpoint()], now())
    await ledger.take([taken()], now())
    async with running(deliverer(ledger, slow, pace(schedule_s=(9,), lease_s=0.1))):
        (row,) = await until(lambda found: found[0].status == "retrying", ledger)
    assert (row.reason, slow.started) == ("timeout", 1)


class Broken:
    """A channel with a programming error."""

    async def deliver(self, parcel: Parcel, at: datetime) -> Answer:
        raise KeyError("oops")


async def test_an_error_of_ours_is_retried_and_reported() -> None:
    """An unexpected exception costs one attempt and leaves an error line; the loop goes on."""
    ledger, log = MemoryLedger(), SilentLog()
    await ledger.add([endpoint()], now())
    await ledger.take([taken()], now())
    async with running(deliverer(ledger, Broken(), pace(schedule_s=(9,)), log)):
        (row,) = await until(lambda found: found[0].status == "retrying", ledger)
    assert row.reason == "internal_error"
    assert "task.failed" in {each["event"] for each in log.lines}


async def test_one_wide_line_tells_of_an_attempt_without_address_or_secret(ledger: Ledger, webhooks: Channel) -> None:
    """The line joins the attempt to its notice and trace, and holds neither URL nor secret nor body."""
    log = SilentLog()
    async with hook(503, 200, text="said") as office, running(deliverer(ledger, webhooks, pace(), log)):
        place = endpoint(target=office.url)
        await ledger.add([place], now())
        await ledger.take([taken()], now())
        await until(lambda found: found[0].status == "delivered", ledger)
        lines = [each for each in log.lines if each["event"] == "delivery.attempted"]
    assert [(each["outcome"], each["reason"], each["attempt"]) for each in lines] == [
        ("retrying", "http_503", 1),
        ("delivered", "accepted", 2),
    ]
    assert lines[0]["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    text = repr(lines)
    assert [each for each in (place.target, place.secret, "said") if str(each) in text] == []


class Flaky(MemoryLedger):
    """A ledger whose first `record` fails."""

    failures = 1

    async def record(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        if self.failures:
            self.failures -= 1
            raise LedgerUnavailable("disk is away")
        return await super().record(outcomes)


async def test_outcomes_survive_a_ledger_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that fails is made again with the same outcomes, and nothing is sent twice."""
    monkeypatch.setattr("services.notifier.deliver._PAUSE_S", 0.01)
    ledger, quick = Flaky(), Slow()
    quick.go.set()
    await ledger.add([endpoint()], now())
    await ledger.take([taken()], now())
    async with running(deliverer(ledger, quick, pace())):
        await until(lambda found: found[0].status == "delivered", ledger)
    assert quick.started == 1


class Picky(MemoryLedger):
    """A ledger that cannot write one notice's outcomes down: with words, or at all."""

    def __init__(self, *, at_all: bool) -> None:
        super().__init__()
        self._at_all = at_all

    async def record(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        if any(each.claim.notice_id == "bad" and (self._at_all or each.body) for each in outcomes):
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed")
        return await super().record(outcomes)


@pytest.mark.parametrize(("at_all", "becomes"), [(False, "delivered"), (True, "queued")])
async def test_one_bad_row_stops_neither_the_loop_nor_the_others(*, at_all: bool, becomes: str) -> None:
    """An outcome that the ledger chokes on is written without its words, or left; the others are written down."""
    ledger, log, quick = Picky(at_all=at_all), SilentLog(), Wordy()
    await ledger.add([endpoint()], now())
    await ledger.take([taken(notice=each) for each in ("n1", "bad", "n2")], now())
    async with running(deliverer(ledger, quick, pace(), log)) as loop:
        await until(lambda found: sum(each.status == "delivered" for each in found) == 3 - at_all, ledger)
        assert not loop.done()
    assert {each.notice_id: each.status for each in await rows(ledger)}["bad"] == becomes
    assert {"task.failed", "delivery.attempted"} <= {each["event"] for each in log.lines}
    assert len(quick.parcels) == 3


class Wordy:
    """A channel that accepts everything, with words."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []

    async def deliver(self, parcel: Parcel, at: datetime) -> Answer:
        self.parcels.append(parcel)
        return Answer("accepted", "accepted", "thanks")


async def test_a_bundle_is_one_request_and_as_many_deliveries(ledger: Ledger, webhooks: Channel) -> None:
    """Tried again whole after a 503, under the same id; then each of its members is delivered."""
    options = EndpointOptions(digest=Digest(every_s=1))
    async with hook(503, 200) as office, running(deliverer(ledger, webhooks, pace())):
        await ledger.add([endpoint(target=office.url, options=options)], now())
        await ledger.take([taken(notice=each) for each in ("n1", "n2", "n3")], now())
        found = await until(lambda rows: all(each.status == "delivered" for each in rows), ledger)
    first, second = office.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert {each["id"] for each in json.loads(first.body)["data"]["events"]} == {each.delivery_id for each in found}
    assert [each.attempt for each in found] == [2, 2, 2]


async def test_a_bundle_that_is_cut_off_comes_back_whole(ledger: Ledger, webhooks: Channel) -> None:
    """A stop in the middle of its attempt gives every member back."""
    options = EndpointOptions(digest=Digest(every_s=1))
    async with hook(0, 200) as office:
        await ledger.add([endpoint(target=office.url, options=options)], now())
        await ledger.take([taken(notice=each) for each in ("n1", "n2")], now())
        async with running(deliverer(ledger, webhooks, pace(drain_s=0.05))):
            await until(lambda _: len(office.requests) == 1, ledger)
        async with running(deliverer(ledger, webhooks, pace())):
            await until(lambda rows: all(each.status == "delivered" for each in rows), ledger)
    first, second = office.requests
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
