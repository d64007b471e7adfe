"""Which documents were published, and which revision of which notice each one is. One SQLite file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.ingest.ports import Registered
from services.ingest.sqlite_file import SqliteFile

_SCHEMA = """
create table if not exists documents (document_id text primary key, published integer not null default 0);
create table if not exists notices (
    notice_id text not null,
    revision integer not null,
    document_id text not null references documents,
    position integer not null,
    primary key (document_id, position),
    unique (notice_id, revision)
);
"""


class RegisterFile(SqliteFile):
    """The register. Thread-safe."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _SCHEMA)

    def published(self, document_id: str) -> Sequence[Registered] | None:
        """The document's notices where they are on Kafka already, else None."""
        query = "select 1 from documents where document_id = ? and published = 1"
        with self._lock:
            known = self._database.execute(query, (document_id,)).fetchone()
            return self._of(document_id) if known else None

    def number(self, document_id: str, notice_ids: Sequence[str]) -> Sequence[Registered]:
        """Give each notice of a document its revision: the next after those of other documents."""
        with self._lock, self._database as database:
            database.execute("insert or ignore into documents (document_id) values (?)", (document_id,))
            known = self._of(document_id)
            if [each.notice_id for each in known] == list(notice_ids):
                return known
            database.execute("delete from notices where document_id = ?", (document_id,))
            for position, notice_id in enumerate(notice_ids):
                self._insert(notice_id, document_id, position)
            return self._of(document_id)

    def mark_published(self, document_id: str) -> None:
        """Remember that the document's notices are on Kafka."""
        with self._lock, self._database as database:
            database.execute("update documents set published = 1 where document_id = ?", (document_id,))

    def documents_of(self, notice_ids: Sequence[str]) -> Sequence[str]:
        """The documents in which these notices came, every revision."""
        query = "select document_id from notices where notice_id = ?"
        with self._lock:
            return [row[0] for each in notice_ids for row in self._database.execute(query, (each,))]

    def notices_of(self, beginning: str) -> Sequence[str]:
        """The notices of documents whose id begins so."""
        query = "select distinct notice_id from notices where substr(document_id, 1, length(?1)) = ?1 limit 100"
        with self._lock:
            return [row[0] for row in self._database.execute(query, (beginning,))]

    def _insert(self, notice_id: str, document_id: str, position: int) -> None:
        self._database.execute(
            "insert into notices select ?, coalesce(max(revision), 0) + 1, ?, ? from notices where notice_id = ?",
            (notice_id, document_id, position, notice_id),
        )

    def _of(self, document_id: str) -> list[Registered]:
        query = "select notice_id, revision from notices where document_id = ? order by position"
        return [Registered(*row) for row in self._database.execute(query, (document_id,))]
