"""The days off of Vietnam (Labour Code 2019, article 112, with each year's decisions), and an operator's own file.

The days come from the `holidays` package. It weighs 20 MiB once imported, so it is asked in a process of its own:
`python -m services.notifier.calendar.vietnam 2026 2029` prints them for these years.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from services.notifier.calendar.working_days import WorkingDays

_KINDS: Final = {"off", "worked"}
_WITHIN_S: Final = 60


class BadCalendar(Exception):
    """The operator's file of days cannot be read. The message names the line and what is wrong with it."""


def working_days(first_year: int, last_year: int, own: Path | None = None) -> WorkingDays:
    """The working days of these years; `own` is a CSV file with the columns day, kind (off, worked) and source.

    What stands in the own file is stronger than the package. Raises BadCalendar, or OSError.
    """
    asked = [sys.executable, "-m", __name__, str(first_year), str(last_year)]
    told = subprocess.run(asked, capture_output=True, check=True, timeout=_WITHIN_S)
    listed = {kind: {date.fromisoformat(day) for day in days} for kind, days in json.loads(told.stdout).items()}
    ours = _read(own) if own else {}
    off = {day for day, kind in ours.items() if kind == "off"}
    worked = {day for day, kind in ours.items() if kind == "worked"}
    return WorkingDays(frozenset(listed["off"] - worked | off), frozenset(listed["worked"] - off | worked))


def _read(path: Path) -> dict[date, str]:
    days: dict[date, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                day = date.fromisoformat((row.get("day") or "").strip())
            except ValueError:
                raise BadCalendar(f"{path}, line {number}: 'day' is written as 2026-08-31") from None
            kind = (row.get("kind") or "").strip()
            if kind not in _KINDS:
                raise BadCalendar(f"{path}, line {number}: 'kind' is off or worked, not {kind!r}")
            days[day] = kind
    return days


def _main(arguments: Sequence[str]) -> None:
    from holidays.countries.vietnam import Vietnam

    first, last = map(int, arguments)
    found = Vietnam(years=range(first, last + 1))  # type: ignore[no-untyped-call]
    days = {"off": sorted(map(str, found)), "worked": sorted(map(str, found.weekend_workdays))}
    sys.stdout.write(json.dumps(days))


if __name__ == "__main__":
    _main(sys.argv[1:])
