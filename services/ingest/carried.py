"""Which notices were carried: found again by their number when one of them is recalled. One SQLite table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from contracts.notices import Notice
from services.ingest.identify import full_issuer
from services.ingest.ports import Carried, Registered
from services.ingest.sqlite_file import SqliteFile

_SCHEMA = """
create table if not exists carried (
    notice_id text primary key,
    revision integer not null,
    number text,
    issuer text,
    issued_on text,
    subject text
);
create index if not exists carried_by_number on carried (number);
"""
_COLUMNS = "notice_id, revision, number, issuer, issued_on, subject"
_KEEP = f"""
insert into carried ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)
on conflict (notice_id) do update set revision = excluded.revision, subject = excluded.subject
where excluded.revision > carried.revision
"""  # noqa: S608 (names come from the code)


class CarriedFile(SqliteFile):
    """The notices that were carried. Thread-safe."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def keep(self, notices: Sequence[tuple[Registered, Notice]]) -> None:
        """Remember notices with their latest revision."""
        rows = [
            (
                each.notice_id,
                each.revision,
                notice.number,
                full_issuer(notice),
                notice.issued_on.isoformat() if notice.issued_on else None,
                notice.subject,
            )
            for each, notice in notices
        ]
        with self._lock, self._database as database:
            database.executemany(_KEEP, rows)

    def called(self, number: str) -> Sequence[Carried]:
        """The notices of this number, whoever issued them, oldest first."""
        return self._found("number = ?", number)

    def beginning(self, notice_id: str) -> Sequence[Carried]:
        """The notices whose id begins so."""
        return self._found("substr(notice_id, 1, length(?1)) = ?1", notice_id)

    def _found(self, condition: str, value: str) -> list[Carried]:
        query = f"select {_COLUMNS} from carried where {condition} order by issued_on, notice_id limit 100"  # noqa: S608
        with self._lock:
            rows = self._database.execute(query, (value,)).fetchall()
        return [
            Carried(notice, revision, number, issuer, date.fromisoformat(day) if day else None, subject)
            for notice, revision, number, issuer, day, subject in rows
        ]
