"""Word lists of official Vietnamese, one CSV per list, each row with its source. Loaded once, on import."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Every row of `<name>.csv`, in file order."""
    table = resources.files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(table.splitlines()))


def column(name: str, column: str, **where: str) -> tuple[str, ...]:
    """One column of a list, of the rows whose other columns hold the values given in `where`."""
    return tuple(row[column] for row in rows(name) if all(row[key] == value for key, value in where.items()))
