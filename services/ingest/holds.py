"""Notices of which nothing is purged. One SQLite table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.ingest.ports import Hold
from services.ingest.sqlite_file import SqliteFile

_SCHEMA = """
create table if not exists holds (
    notice_id text primary key,
    reason text not null,
    author text not null,
    at text not null
);
"""


class HoldsFile(SqliteFile):
    """The holds. Thread-safe."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def hold(self, hold: Hold) -> bool:
        """Hold a notice back; False where it is already."""
        row = (hold.notice_id, hold.reason, hold.author, hold.at.isoformat())
        with self._lock, self._database as database:
            return database.execute("insert or ignore into holds values (?, ?, ?, ?)", row).rowcount > 0

    def release(self, notice_id: str) -> bool:
        """Let it go; False where it was not held."""
        with self._lock, self._database as database:
            return database.execute("delete from holds where notice_id = ?", (notice_id,)).rowcount > 0

    def all(self) -> Sequence[Hold]:
        """What is held, oldest first."""
        with self._lock:
            rows = self._database.execute("select notice_id, reason, author, at from holds order by at, notice_id")
            return [Hold(notice, why, author, datetime.fromisoformat(at)) for notice, why, author, at in rows]
