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

from sqlalchemy import Column, Connection, Dialect, Table

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
            values = _values(len(part), ("",) * self._width, conn.dialect.paramstyle)
            conn.exec_driver_sql(self._start + values + self._end, tuple(chain.from_iterable(part)))


class BulkUpdate:
    """Updates the rows that the first `keys` names find, setting the other names; a key comes once in a call."""

    def __init__(self, table: Table, *names: str, keys: int = 1) -> None:
        self._columns = tuple(table.c[name] for name in names)
        changes = ", ".join(f"{name} = v.column{place}" for place, name in enumerate(names, 1) if place > keys)
        found = " AND ".join(f"{table.name}.{name} = v.column{place}" for place, name in enumerate(names[:keys], 1))
        self._start = f"UPDATE {table.name} SET {changes} FROM ("  # noqa: S608 (names come from the code)
        self._end = f") AS v WHERE {found}"

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Update for every row; nothing for none."""
        for part in chunks(rows):
            # PostgreSQL takes the type of a column of VALUES from its rows, and a row of nulls has none.
            values = _values(len(part), _types(self._columns, conn.dialect), conn.dialect.paramstyle)
            conn.exec_driver_sql(self._start + values + self._end, tuple(chain.from_iterable(part)))


def micros(moment: datetime | None) -> int | None:
    """A moment as the tables store it."""
    return _MOMENT.process_bind_param(moment, None)


@cache
def _types(columns: tuple[Column[Any], ...], dialect: Dialect) -> tuple[str, ...]:
    """The types that VALUES must name for these columns; empty where the database needs none."""
    named = dialect.name == "postgresql"
    return tuple(each.type.compile(dialect=dialect) if named else "" for each in columns)


@cache
def _values(rows: int, types: tuple[str, ...], paramstyle: str) -> str:
    """VALUES of so many rows; the first one says the type of each column that has one."""
    mark = "?" if paramstyle == "qmark" else "%s"
    first = f"({', '.join(f'CAST({mark} AS {each})' if each else mark for each in types)})"
    one = f"({', '.join([mark] * len(types))})"
    return "VALUES " + ", ".join([first, *[one] * (rows - 1)])
