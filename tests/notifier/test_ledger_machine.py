"""Whatever is done to a ledger, in any order: the books balance, nothing is lost, nobody waits for another.

`make test` runs a few histories, the same ones every time. LEDGER_HISTORIES=1000 runs so many new ones for each ledger.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import create_engine, text

from services.notifier.ledger.engine import migrate, open_engine
from services.notifier.ledger.tables import metadata
from tests.notifier.ledger_machine import LedgerMachine
from tests.notifier.ledger_shadow import Shadow
from tests.notifier.ledger_worlds import MemoryWorld, SqlWorld

HISTORIES = int(os.environ.get("LEDGER_HISTORIES", "0"))
PACE = settings(
    max_examples=HISTORIES or 25,
    stateful_step_count=50 if HISTORIES else 40,
    derandomize=not HISTORIES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.timeout(0 if HISTORIES else 120)


def migrated(url: str) -> str:
    """A database with all tables; its address."""
    engine = open_engine(url)
    with engine.begin() as conn:
        migrate(conn)
    engine.dispose()
    return url


def test_in_memory() -> None:
    """The ledger that other tests trust obeys the same laws."""
    run_state_machine_as_test(lambda: LedgerMachine(lambda _: MemoryWorld()), settings=PACE)


def test_on_sqlite(tmp_path: Path) -> None:
    """Two notifiers, one file; the next process knows when both are gone."""
    migrated(f"sqlite:///{tmp_path / 'empty.db'}")
    numbers = count()

    def world(clock: Callable[[], datetime]) -> SqlWorld:
        path = tmp_path / f"{next(numbers)}.db"
        shutil.copy(tmp_path / "empty.db", path)
        return SqlWorld(f"sqlite:///{path}", clock)

    run_state_machine_as_test(lambda: LedgerMachine(world, Shadow()), settings=PACE)


def test_on_postgresql(new_database: str) -> None:
    """Two notifiers, one database; the leases of the dead run out."""
    migrated(new_database)
    engine = create_engine(new_database)
    tables = ", ".join(metadata.tables)

    def world(clock: Callable[[], datetime]) -> SqlWorld:
        with engine.begin() as conn:
            conn.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
        return SqlWorld(new_database, clock)

    run_state_machine_as_test(lambda: LedgerMachine(world, Shadow()), settings=PACE)
    engine.dispose()
