"""The ledger's write-ahead log goes back into the database while the ledger is in use."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from tests.notifier.samples import NOW, taken


def stored(database: Path, elsewhere: Path) -> int:
    """How many assignments stand in the database file itself, without its log.

    Another process copies it: one that closes a file which SQLite has open in it loses the locks on that.
    """
    subprocess.run(["cp", database, elsewhere], check=True)
    with closing(sqlite3.connect(elsewhere)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'assignments'").fetchall()
        return connection.execute("SELECT COUNT(*) FROM assignments").fetchone()[0] if tables else 0


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "ledger-checkpoints"]


async def test_what_was_committed_soon_stands_in_the_database_itself(tmp_path: Path) -> None:
    """Though the log is far too short for SQLite to copy it back by itself; the copying ends with the ledger."""
    ledger = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await ledger.start()
    await ledger.take([taken(notice=f"n{number}") for number in range(3)], NOW)
    async with asyncio.timeout(20):
        while stored(tmp_path / "l.db", tmp_path / "copy.db") < 3:  # noqa: ASYNC110 (what is awaited is a thread's doing)
            await asyncio.sleep(0.05)
    assert threads()
    await ledger.stop()
    assert not threads()
