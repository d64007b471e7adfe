"""Statements for many rows at once, compiled once: parameters go to the driver as they are.

SQLAlchemy's own executemany prepares every parameter of every row in Python, which costs more than the
database's work. Rows here are tuples in the order of the names; moments are `micros`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import ClauseElement, Connection, Dialect, Table, bindparam

from services.notifier.ledger.rows import upsert
from services.notifier.ledger.tables import Moment

_MOMENT: Final = Moment()


class _Compiled(NamedTuple):
    text: str
    order: Sequence[str] | None


class Bulk:
    """One statement whose parameters have these names."""

    def __init__(self, statement: ClauseElement, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._by_dialect: dict[str, _Compiled] = {}

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute for every row; nothing for none."""
        if not rows:
            return
        compiled = self._compiled(conn.dialect)
        if compiled.order is None:
            conn.exec_driver_sql(compiled.text, [dict(zip(self._names, row, strict=True)) for row in rows])
        elif tuple(compiled.order) == self._names:
            conn.exec_driver_sql(compiled.text, list(rows))
        else:
            pick = itemgetter(*(self._names.index(name) for name in compiled.order))
            conn.exec_driver_sql(compiled.text, [pick(row) for row in rows])

    def _compiled(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._by_dialect:
            compiled: Any = self._statement.compile(dialect=dialect)
            self._by_dialect[dialect.name] = _Compiled(str(compiled), compiled.positiontup)
        return self._by_dialect[dialect.name]


class BulkInsert:
    """Inserts rows of these columns, leaving alone those whose key is there already."""

    def __init__(self, table: Table, *names: str) -> None:
        self._table = table
        self._names = names
        self._by_dialect: dict[str, Bulk] = {}

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert every row; nothing for none."""
        name = conn.dialect.name
        if name not in self._by_dialect:
            values: dict[str, Any] = {each: bindparam(each) for each in self._names}
            statement = upsert(conn, self._table).values(values).on_conflict_do_nothing()
            self._by_dialect[name] = Bulk(statement, *self._names)
        self._by_dialect[name].run(conn, rows)


def micros(moment: datetime | None) -> int | None:
    """A moment as the tables store it."""
    return _MOMENT.process_bind_param(moment, None)
