"""The country just before and from 1/7/2025, from the package `vietnamadminunits` 1.0.4 (MIT).

The package copies the list of the statistics office (danhmuchanhchinh.gso.gov.vn) and the map of the merged communes
(sapnhap.bando.com.vn). Build time only; its files are read without importing it, for its code needs more packages.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from services.router.directory.read_2021 import respelled

LAST_COMMUNES = """SELECT provinceKey, districtCode, districtKey, districtType, district,
    wardCode, wardKey, wardType, ward, wardAlias FROM admin_units_legacy"""
NEW_COMMUNES = "SELECT provinceCode, provinceKey, wardCode, wardKey, wardType, ward FROM admin_units"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LastUnit:
    """A district or commune of 30/6/2025; `key` names it in the mapping, `aliases` are keys of what it absorbed."""

    code: str
    kind: str
    name: str
    district: str
    key: str
    aliases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewCommune:
    """A commune of 1/7/2025; `province` is the code of its province in the new list."""

    code: str
    kind: str
    name: str
    province: str


@dataclass(frozen=True, slots=True)
class Country2025:
    """What the package knows; `became` leads from the key of a commune to the codes of 2025, the main one first."""

    districts: Mapping[str, LastUnit]
    communes: Mapping[str, LastUnit]
    new_communes: tuple[NewCommune, ...]
    became: Mapping[str, tuple[str, ...]]


def country_of_2025() -> Country2025:
    """Read the package; districts and communes of 30/6/2025 by code."""
    with closing(sqlite3.connect(f"{(_data() / 'dataset.db').as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        last = database.execute(LAST_COMMUNES).fetchall()
        new = database.execute(NEW_COMMUNES).fetchall()
    communes = (_last_commune(row) for row in last if row["wardCode"])
    return Country2025(
        districts={row["districtCode"]: _last_district(row) for row in last},
        communes={commune.code: commune for commune in communes},
        new_communes=tuple(map(_new_commune, new)),
        became=dict(_became({(row["provinceKey"], row["wardKey"]): row["wardCode"] for row in new})),
    )


def _data() -> Path:
    spec = find_spec("vietnamadminunits")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("vietnamadminunits", name="vietnamadminunits")
    return Path(spec.submodule_search_locations[0]).absolute() / "data"


def _last_commune(row: Row) -> LastUnit:
    return LastUnit(
        code=row["wardCode"],
        kind=row["wardType"].casefold(),
        name=_name(row["ward"], row["wardType"]),
        district=row["districtCode"],
        key=f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey']}",
        aliases=frozenset({row["wardKey"], *json.loads(row["wardAlias"] or "[]")}),
    )


def _last_district(row: Row) -> LastUnit:
    """An island district without communes stands in the mapping itself, under a key that ends in '_'."""
    code, key = row["districtCode"], f"{row['provinceKey']}_{row['districtKey']}_"
    return LastUnit(code, row["districtType"].casefold(), _name(row["district"], row["districtType"]), code, key)


def _new_commune(row: Row) -> NewCommune:
    return NewCommune(
        row["wardCode"], row["wardType"].casefold(), _name(row["ward"], row["wardType"]), row["provinceCode"]
    )


def _name(full: str, kind: str) -> str:
    """What follows the kind; the package's short names tell namesakes apart in brackets."""
    return respelled(full[len(kind) :].strip())


def _became(codes: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Communes that went whole into one, then those divided among several."""
    mapping = json.loads((_data() / "converter_2025.json").read_text(encoding="utf-8"))
    for province, heirs in mapping["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for heir, olds in heirs.items():
            yield from ((old, (codes[province, heir],)) for old in olds)
    for province, divided in mapping["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, heirs in divided.items():
            ordered = sorted(heirs, key=lambda heir: not heir["isDefaultNewWard"])
            yield old, tuple(codes[province, heir["newWardKey"]] for heir in ordered)
