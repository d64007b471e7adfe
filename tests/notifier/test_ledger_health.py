"""How endpoints fare: the SQL ledgers and the one in memory alike, and what it costs in the SQL ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Select, text
from sqlalchemy.dialects import postgresql, sqlite

from services.notifier.endpoint_health import EndpointHealth, LastAttempt, durations_of
from services.notifier.ledger import health as sql
from services.notifier.ledger.engine import migrate, open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Verdict
from services.notifier.ports import BOUNCED, DeliveryQuery, HealthQuery, Ledger
from tests.notifier.books import LEASE
from tests.notifier.samples import NOW, ended, endpoint, taken

HOUR = timedelta(hours=1)


async def fares(ledger: Ledger, at: datetime = NOW, **asked: Any) -> dict[str, EndpointHealth]:
    """By endpoint, in the order in which they are told."""
    report = await ledger.health(HealthQuery(**asked), at)
    return {each.endpoint.endpoint_id: each for each in report.endpoints}


async def attempt(ledger: Ledger, at: datetime, office: str, failed: str | None = None, took_ms: float = 10.0) -> None:
    """One notice for the office, and its attempt at that moment."""
    await ledger.take([taken(office, f"{office} {at}")], at)
    verdict = Verdict("failed", failed) if failed else None
    for kind in ("webhook", "email"):
        claims = await ledger.claim(kind, 9, 9, LEASE, at)
        outcomes = [ended(each, verdict, at)._replace(duration_ms=took_ms) for each in claims]
        assert await ledger.record(outcomes) == []


async def test_an_endpoint_tells_how_it_fares(ledger: Ledger) -> None:
    """Attempts of the day with their durations, the last of each kind, what waits, and since when it fails."""
    await ledger.add([endpoint("e1", "a")], NOW)
    await attempt(ledger, NOW, "a", took_ms=1.0)
    day = NOW + timedelta(hours=25)
    for minute, took_ms in enumerate((20.0, 10.0, 30.0)):
        await attempt(ledger, day + timedelta(minutes=minute), "a", took_ms=took_ms)
    first = day + HOUR
    for minute in range(4):
        await attempt(ledger, first + timedelta(minutes=10 * minute), "a", "http_503", 40.0)
    last = first + timedelta(minutes=30)
    await ledger.take([taken("a", "n1"), taken("a", "n2")], last)
    row = (await fares(ledger, last))["e1"]
    assert (row.endpoint.failures, row.endpoint.failing_since) == (4, first)
    assert (row.last_success_at, row.last_attempt) == (
        day + timedelta(minutes=2),
        LastAttempt(last, "failed", "http_503"),
    )
    assert row.left_alone_until == last + timedelta(minutes=1)
    assert (row.open, row.oldest_at) == (2, last)
    assert (row.today.delivered, row.today.failed, *row.today.durations) == (3, 4, 40.0, 40.0)
    assert (await fares(ledger, last + HOUR))["e1"].left_alone_until is None


async def test_what_was_long_ago_is_still_the_last(ledger: Ledger) -> None:
    """An endpoint that had nothing to do since, one that failed since, and one that never had."""
    await ledger.add([endpoint("e1", "a"), endpoint("e2", "b"), endpoint("e3", "c")], NOW)
    for office in ("a", "b"):
        await attempt(ledger, NOW, office)
    later = NOW + timedelta(days=40)
    await attempt(ledger, later, "b", "http_404")
    found = await fares(ledger, later)
    assert (found["e1"].last_success_at, found["e1"].last_attempt) == (NOW, LastAttempt(NOW, "delivered", "accepted"))
    assert (found["e1"].today.delivered, found["e1"].today.durations.median_ms) == (0, None)
    assert (found["e2"].last_success_at, found["e2"].last_attempt) == (NOW, LastAttempt(later, "failed", "http_404"))
    assert (found["e3"].last_success_at, found["e3"].last_attempt, found["e3"].open) == (None, None, 0)


async def test_the_worst_comes_first(ledger: Ledger) -> None:
    """Disabled for its failures, failing for long, failing, holding copies back, with copies open, idle."""
    names = ("idle", "open", "held", "failing", "longer", "disabled")
    await ledger.add([endpoint(each, each) for each in names], NOW)
    await attempt(ledger, NOW, "longer", "http_500")
    await attempt(ledger, NOW + HOUR, "failing", "http_500")
    await attempt(ledger, NOW + 2 * HOUR, "disabled", "http_410")
    await ledger.set_state("disabled", "disabled", NOW)
    await ledger.set_state("held", "paused", NOW)
    await ledger.take([taken("held"), taken("open")], NOW)
    assert list(await fares(ledger)) == ["disabled", "longer", "failing", "held", "open", "idle"]
    assert list(await fares(ledger, limit=2)) == ["disabled", "longer"]
    assert list(await fares(ledger, failing=True)) == ["disabled", "longer", "failing"]
    assert list(await fares(ledger, recipient_id="open")) == ["open"]
    await ledger.set_state("disabled", "removed", NOW)
    assert "disabled" not in await fares(ledger)


async def test_a_mail_that_comes_back_is_a_failure_without_a_duration(ledger: Ledger) -> None:
    """It took the mail server no time to say so."""
    await ledger.add([endpoint("m1", "a", kind="email", target="a@b.vn")], NOW)
    await attempt(ledger, NOW, "a", took_ms=70.0)
    (delivery,) = (await ledger.health(HealthQuery(), NOW)).endpoints
    assert delivery.today.delivered == 1
    (row,) = await ledger.deliveries(DeliveryQuery(recipient_id="a"))
    await ledger.bounce(row.delivery_id, "no such user", NOW + HOUR)
    found = (await fares(ledger, NOW + HOUR))["m1"]
    assert (found.today.delivered, found.today.failed, *found.today.durations) == (1, 1, 70.0, 70.0)
    assert found.last_attempt == LastAttempt(NOW + HOUR, "failed", BOUNCED)


async def test_a_look_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the day had more attempts than one look reads, it says since when they are counted."""
    monkeypatch.setattr(sql, "MOST_LOOKED_AT", 3)
    ledger = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await ledger.start()
    await ledger.add([endpoint("e1", "a")], NOW)
    at = [NOW + timedelta(minutes=each) for each in range(5)]
    for each in at[:3]:
        await attempt(ledger, each, "a")
    assert (await ledger.health(HealthQuery(), at[4])).since == at[4] - timedelta(days=1)
    for each in at[3:]:
        await attempt(ledger, each, "a")
    report = await ledger.health(HealthQuery(), at[4])
    assert (report.since, report.endpoints[0].today.delivered) == (at[2], 3)
    tomorrow = at[3] + timedelta(days=1)
    report = await ledger.health(HealthQuery(), tomorrow)
    assert (report.since, report.endpoints[0].today.delivered) == (at[3], 2)
    await ledger.stop()


def test_durations_are_ranked() -> None:
    """The nearest rank: of twenty the tenth and the nineteenth."""
    assert durations_of([float(each) for each in range(20, 0, -1)]) == (10.0, 19.0)
    assert durations_of([5.0]) == (5.0, 5.0)
    assert durations_of([]) == (None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'l.db'}" if request.param == "sqlite" else request.getfixturevalue("new_database")
    made = open_engine(url)
    with made.begin() as conn:
        migrate(conn)
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("statement", "asked", "wanted"),
    [
        (sql.OPEN, {}, {"deliveries_by_status"}),
        (sql.FIRST, {}, set()),
        (sql.LAST, {}, set()),
        (sql.FROM, {"number": 5}, set()),
        (sql.RECENT, {"number": 5, "since": NOW}, set()),
        (
            sql.EARLIER,
            {"offices": ["a"], "endpoints": ["e1"]},
            {"assignments_by_recipient", "deliveries_by_assignment", "attempts_by_delivery"},
        ),
        (sql.THESE, {"ids": [1, 2]}, set()),
    ],
)
def test_no_look_reads_a_whole_table(
    engine: Engine, statement: Select[Any], asked: dict[str, Any], wanted: set[str]
) -> None:
    """Neither deliveries nor attempts nor assignments, which grow for ever: each is found by an index that is there."""
    with engine.connect() as conn:
        plan = _plan(conn, statement, asked)
    whole = "Seq Scan" if engine.dialect.name == "postgresql" else "SCAN"
    reads = [line for line in plan if whole in line and "USING COVERING INDEX" not in line]
    assert reads == [], "\n".join(plan)
    assert [each for each in wanted if each not in "\n".join(plan)] == []


def _plan(conn: Connection, statement: Select[Any], asked: dict[str, Any]) -> list[str]:
    """What the database says of it, of an empty table too: PostgreSQL reads one whole only where it must."""
    on_sqlite = conn.dialect.name == "sqlite"
    dialect = sqlite.dialect() if on_sqlite else postgresql.dialect()
    written = str(statement.params(asked).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    if not on_sqlite:
        conn.execute(text("SET enable_seqscan = off"))
        return [row[0] for row in conn.exec_driver_sql(f"EXPLAIN {written}")]
    return [row.detail for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}")]
