"""A ledger in use goes back a version and comes forward again without losing what waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from pydantic_core import from_json
from sqlalchemy import Connection, text

from services.notifier.ledger import engine as ledger_engine
from services.notifier.ledger.engine import migrate, open_engine
from services.notifier.ledger.sql import SqlLedger
from tests.notifier.books import claim
from tests.notifier.clocking import at, ring
from tests.notifier.samples import NOW, TRACE, ended, endpoint, taken


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'l.db'}" if request.param == "sqlite" else request.getfixturevalue("new_database")


def go_back(conn: Connection, version: str) -> None:
    """Downgrade."""
    config = Config()
    config.set_main_option("script_location", str(Path(ledger_engine.__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.downgrade(config, version)


async def told(ledger: SqlLedger) -> list[tuple[str, str, str | None]]:
    """What waits to be published, without its sequence, with its trace."""
    found = [(each.message, each.traceparent) for each in await ledger.waiting(100)]
    return [(message.key, str(getattr(message, "status", "")), trace) for message, trace in found]


async def test_statuses_and_arrivals_survive_the_way_to_pages_and_cursors(url: str) -> None:
    """Each status is a row of its own before, and what arrived is listed; after, its clock begins all the same."""
    ledger = SqlLedger(open_engine(url))
    await ledger.start()
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{number}") for number in range(3)], NOW)
    (first, *_) = await claim(ledger)
    await ledger.record([ended(first)])
    before = await told(ledger)
    assert len(before) == 4
    assert {trace for *_, trace in before} == {TRACE}

    engine = open_engine(url)
    with engine.begin() as conn:
        go_back(conn, "0010")
        assert conn.execute(text("SELECT COUNT(*) FROM outbox")).scalar_one() == 4
        assert conn.execute(text("SELECT assignment_id FROM arrived")).scalars().all() == [first.assignment_id]
        migrate(conn)
    engine.dispose()

    assert await told(ledger) == before
    assert (await ring(ledger, at(23, 9))).taken == 1
    assert (await ring(ledger, at(23, 9))).taken == 0
    await ledger.stop()


async def test_statuses_survive_the_way_to_ready_ones(url: str) -> None:
    """A page that an older version wrote, or is to read, tells the same as one of ours."""
    ledger = SqlLedger(open_engine(url))
    await ledger.start()
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{number}") for number in range(3)], NOW)
    before = [(each.written, each.traceparent) for each in await ledger.waiting(100)]
    assert len(before) == 3

    engine = open_engine(url)
    with engine.begin() as conn:
        go_back(conn, "0011")
        pages = [from_json(body) for body in conn.execute(text("SELECT body FROM outbox")).scalars()]
        assert [trace for page in pages for _, trace in page] == [TRACE] * 3
        migrate(conn)
    engine.dispose()

    assert [(each.written, each.traceparent) for each in await ledger.waiting(100)] == before
    await ledger.stop()
