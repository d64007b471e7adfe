"""Many rows in one statement.

An executemany steps through its rows one by one, and Python's lock changes hands at every step: with
the delivery loop busy beside it, that cost more than the writing. Rows here are tuples in the order of
the names, their moments as `micros`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Table

from services.notifier.ledger.rows import chunks
from services.notifier.ledger.tables import Moment

_MOMENT: Final = Moment()


class BulkInsert:
    """Inserts rows of these columns, leaving alone those whose key is there already."""

    def __init__(self, table: Table, *names: str) -> None:
        self._width = len(names)
        self._start = f"INSERT INTO {table.name} ({', '.join(names)}) "
        self._end = " ON CONFLICT DO NOTHING"

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert every row; nothing for none."""
        for part in chunks(rows):
            values = _values(len(part), self._width, conn.dialect.paramstyle)
            conn.exec_driver_sql(self._start + values + self._end, tuple(chain.from_iterable(part)))


class BulkUpdate:
    """Updates the rows that the first `keys` names find, setting the other names; a key comes once in a call."""

    def __init__(self, table: Table, *names: str, keys: int = 1) -> None:
        self._width = len(names)
        changes = ", ".join(f"{name} = v.column{place}" for place, name in enumerate(names, 1) if place > keys)
        found = " AND ".join(f"{table.name}.{name} = v.column{place}" for place, name in enumerate(names[:keys], 1))
        self._start = f"UPDATE {table.name} SET {changes} FROM ("  # noqa: S608 (names come from the code)
        self._end = f") AS v WHERE {found}"

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Update for every row; nothing for none."""
        for part in chunks(rows):
            values = _values(len(part), self._width, conn.dialect.paramstyle)
            conn.exec_driver_sql(self._start + values + self._end, tuple(chain.from_iterable(part)))


def micros(moment: datetime | None) -> int | None:
    """A moment as the tables store it."""
    return _MOMENT.process_bind_param(moment, None)


@cache
def _values(rows: int, width: int, paramstyle: str) -> str:
    one = f"({', '.join(['?' if paramstyle == 'qmark' else '%s'] * width)})"
    return "VALUES " + ", ".join([one] * rows)
