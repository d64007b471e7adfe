"""Many rows in one statement.

An executemany steps through its rows one by one, and Python's lock changes hands at every step: with
the delivery loop busy beside it, that cost more than the writing. Rows here are tuples in the order of
the names, their moments as `micros`. They go out by powers of two, so that the database has seen every
statement before: reading a new one costs it more than running it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, Final, TypeVar, overload

from sqlalchemy import Column, Connection, Dialect, Row, Table

from services.notifier.ledger.moments import micros_of

T = TypeVar("T")

_MOST: Final = 512
"""Rows of one statement; SQLite allows 32,766 parameters."""


class BulkInsert:
    """Inserts rows of these columns. `known`: what becomes of one whose key is there already, as SQL says it."""

    def __init__(self, table: Table, *names: str, known: str = "DO NOTHING") -> None:
        self._width = len(names)
        self._start = f"INSERT INTO {table.name} ({', '.join(names)}) "
        self._end = f" ON CONFLICT {known}"

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert every row; nothing for none."""
        for part in _parts(rows):
            values = _values(len(part), ("",) * self._width, conn.dialect.paramstyle)
            conn.exec_driver_sql(self._start + values + self._end, tuple(chain.from_iterable(part)))


class BulkUpdate:
    """Updates the rows that the first `keys` names find, setting the other names; a key comes once in a call.

    `also`: SQL of what is set for all of them alike.
    """

    def __init__(self, table: Table, *names: str, keys: int = 1, also: str = "") -> None:
        self._columns = tuple(table.c[name] for name in names)
        self._start = f"UPDATE {table.name} SET {_changes(names, keys, also)} FROM ("  # noqa: S608 (from the code)
        self._end = f") AS v WHERE {_found(table, names[:keys])}"

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Update for every row; answer how many were found."""
        found = 0
        for part in _parts(rows):
            # PostgreSQL takes the type of a column of VALUES from its rows, and a row of nulls has none.
            values = _values(len(part), _types(self._columns, conn.dialect), conn.dialect.paramstyle)
            done = conn.exec_driver_sql(self._start + values + self._end, tuple(chain.from_iterable(part)))
            found += done.rowcount
        return found


class BulkUpdateOfAll:
    """A BulkUpdate that changes all rows of a part or none of it: all where each is found, and meets a condition.

    The first name is the key that tells rows apart. `provided`: the condition, as SQL says it, with v.column1 … for
    the values of `names` and those of `asked` after them. One statement, so that nothing is to be asked before and
    nothing to be undone after it.
    """

    def __init__(
        self, table: Table, *names: str, asked: Sequence[Column[Any]], provided: str, keys: int = 1, also: str = ""
    ) -> None:
        self._columns = (*(table.c[name] for name in names), *asked)
        found = _found(table, names[:keys])
        fit = f"SELECT count(DISTINCT v.column1) FROM v JOIN {table.name} ON {found} WHERE {provided}"  # noqa: S608
        self._start = f"UPDATE {table.name} SET {_changes(names, keys, also)} FROM (WITH v AS ("  # noqa: S608
        self._end = f") SELECT v.*, ({fit}) AS fit FROM v) AS v WHERE {found} AND v.fit = "  # noqa: S608

    def run(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[int]:
        """Update part by part; answer the places in `rows` of those that were changed."""
        changed: list[int] = []
        start = 0
        for part in _parts(rows):
            values = _values(len(part), _types(self._columns, conn.dialect), conn.dialect.paramstyle)
            statement = f"{self._start}{values}{self._end}{len(part)}"
            if conn.exec_driver_sql(statement, tuple(chain.from_iterable(part))).rowcount:
                changed += range(start, start + len(part))
            start += len(part)
        return changed


class BulkSelect:
    """Rows of a table whose key is one of many: plain tuples, moments as `micros`, in no order.

    `also`: a condition that they must meet, as SQL says it. Each row that is read lets go of Python's lock.
    """

    def __init__(self, table: Table, key: str, *names: str, also: str = "TRUE") -> None:
        start = f"SELECT {', '.join(names)} FROM {table.name} WHERE {also} AND {key} IN ("  # noqa: S608 (from the code)
        self._start = start

    def run(self, conn: Connection, keys: Sequence[str]) -> list[Row[*tuple[Any, ...]]]:
        """The rows; none for none."""
        found: list[Row[*tuple[Any, ...]]] = []
        for part in _parts(keys):
            marks = ", ".join([_mark(conn.dialect.paramstyle)] * len(part))
            found += conn.exec_driver_sql(f"{self._start}{marks})", tuple(part)).all()
        return found


@overload
def micros(moment: datetime) -> int: ...
@overload
def micros(moment: datetime | None) -> int | None: ...
def micros(moment: datetime | None) -> int | None:
    """A moment as the tables store it."""
    return None if moment is None else micros_of(moment)


@cache
def _types(columns: tuple[Column[Any], ...], dialect: Dialect) -> tuple[str, ...]:
    """The types that VALUES must name for these columns; empty where the database needs none."""
    named = dialect.name == "postgresql"
    return tuple(each.type.compile(dialect=dialect) if named else "" for each in columns)


@cache
def _values(rows: int, types: tuple[str, ...], paramstyle: str) -> str:
    """VALUES of so many rows; the first one says the type of each column that has one."""
    mark = _mark(paramstyle)
    first = f"({', '.join(f'CAST({mark} AS {each})' if each else mark for each in types)})"
    one = f"({', '.join([mark] * len(types))})"
    return "VALUES " + ", ".join([first, *[one] * (rows - 1)])


def _changes(names: Sequence[str], keys: int, also: str) -> str:
    """What an update sets: to the values of the names that are no keys, and what is set for all alike."""
    named = [f"{name} = v.column{place}" for place, name in enumerate(names, 1) if place > keys]
    return ", ".join([*named, also] if also else named)


def _found(table: Table, keys: Sequence[str]) -> str:
    return " AND ".join(f"{table.name}.{name} = v.column{place}" for place, name in enumerate(keys, 1))


def _mark(paramstyle: str) -> str:
    return "?" if paramstyle == "qmark" else "%s"


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut into parts of 512, 256, 128 …, each at most once but the first."""
    place = 0
    while left := len(items) - place:
        size = min(_MOST, 1 << (left.bit_length() - 1))
        yield items[place : place + size]
        place += size
