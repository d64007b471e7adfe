"""What waits for a person, and what was decided of it. Tables of their own in ingest's SQLite file."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from contracts.notices import Notice
from services.ingest.ports import Held, Settled
from services.ingest.sqlite_file import SqliteFile

_SCHEMA = """
create table if not exists reviews (
    document_id text primary key,
    file_name text not null,
    traceparent text not null,
    received_at text not null,
    notices text not null,
    reasons text not null
);
create table if not exists review_decisions (
    document_id text not null references reviews,
    decision text not null check (decision in ('released', 'refused')),
    author text not null,
    reason text not null,
    at text not null
);
create index if not exists review_decisions_of on review_decisions (document_id);
"""
_COLUMNS = "document_id, file_name, traceparent, received_at, notices, reasons"
_DECIDED = "select 1 from review_decisions as each where each.document_id = reviews.document_id"
_OLD = """
select document_id from reviews where notices != '[]'
and (select max(at) from review_decisions as each where each.document_id = reviews.document_id) < ?
"""
_FORGET = "update reviews set notices = '[]', reasons = '[]', file_name = '' where document_id = ?"


class ReviewsFile(SqliteFile):
    """The reviews. Thread-safe."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def hold(self, held: Held) -> None:
        """Make what waits durable. Holding it twice changes nothing."""
        row = (
            held.document_id,
            held.file_name,
            held.traceparent,
            held.received_at.isoformat(),
            json.dumps([notice.model_dump(mode="json") for notice in held.notices], ensure_ascii=False),
            json.dumps(held.reasons, ensure_ascii=False),
        )
        with self._lock, self._database as database:
            database.execute(f"insert or ignore into reviews ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)", row)  # noqa: S608

    def find(self, document_id: str) -> Held | None:
        """What was held of a document, decided or not; None where nothing was."""
        with self._lock:
            query = f"select {_COLUMNS} from reviews where document_id = ?"  # noqa: S608
            row = self._database.execute(query, (document_id,)).fetchone()
        return _held(row) if row else None

    def waiting(self) -> Sequence[Held]:
        """What nobody has decided yet, oldest first."""
        with self._lock:
            query = f"select {_COLUMNS} from reviews where not exists ({_DECIDED}) order by received_at"  # noqa: S608
            return [_held(row) for row in self._database.execute(query)]

    def settle(self, document_id: str, decision: Settled) -> None:
        """Write a decision down; the latest counts, every one is kept."""
        with self._lock, self._database as database:
            database.execute(
                "insert into review_decisions (document_id, decision, author, reason, at) values (?, ?, ?, ?, ?)",
                (document_id, decision.decision, decision.author, decision.reason, decision.at.isoformat()),
            )

    def decided(self, document_id: str) -> Settled | None:
        """The latest decision; None where there is none."""
        with self._lock:
            query = (
                "select decision, author, reason, at from review_decisions "
                "where document_id = ? order by rowid desc limit 1"
            )
            row = self._database.execute(query, (document_id,)).fetchone()
        return Settled(row[0], row[1], row[2], datetime.fromisoformat(row[3])) if row else None

    def purge(self, before: datetime, spared: Collection[str], *, dry_run: bool) -> int:
        """Forget what was read in documents of which a person decided before then; how many. Decisions stay."""
        with self._lock, self._database as database:
            rows = database.execute(_OLD, (before.astimezone(UTC).isoformat(),)).fetchall()
            old = [row for row in rows if row[0] not in spared]
            if not dry_run:
                database.executemany(_FORGET, old)
        return len(old)


def _held(row: Sequence[str]) -> Held:
    notices = tuple(Notice.model_validate(each) for each in json.loads(row[4]))
    return Held(row[0], row[1], row[2], datetime.fromisoformat(row[3]), notices, tuple(json.loads(row[5])))
