"""The dated directory."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.router.directory import Directory
from services.router.directory.load import load_directory

D2021, D2026 = date(2021, 5, 21), date(2026, 5, 1)
IDENTIFIER = re.compile(r"vn\.[a-z0-9-]+(\.[a-z0-9-]+)*")


@pytest.mark.parametrize(
    ("level", "on", "count"),
    [
        ("province", D2021, 63),
        ("district", D2021, 705),
        ("commune", D2021, 10599),
        ("province", date(2025, 6, 30), 63),
        ("province", date(2025, 7, 1), 34),
        ("district", date(2025, 3, 1), 705),
        ("district", D2026, 0),
        ("commune", date(2025, 6, 30), 10599),
        ("commune", date(2025, 7, 1), 3321),
        ("commune", D2026, 3321),
    ],
)
def test_units_are_those_of_the_day(directory: Directory, level: str, on: date, count: int) -> None:
    """The country has as many units of a level as it had on that day."""
    units = directory.units_below(None, level, on)
    assert len(units) == count
    assert len({unit.code for unit in units}) == count


@pytest.mark.parametrize(("on", "counts"), [(D2021, (18, 4, 8)), (date(2025, 3, 1), (14, 3, 5))])
def test_the_government_has_the_bodies_of_the_day(directory: Directory, on: date, counts: tuple[int, int, int]) -> None:
    """Ministries, ministerial bodies and Government agencies number 18, 4, 8 in 2021 and 14, 3, 5 from 1/3/2025."""
    found = tuple(len(list(directory.central(frozenset({tag}), on))) for tag in ("bo", "ngang-bo", "thuoc-chinh-phu"))
    assert found == counts


def test_the_version_is_that_of_the_content(directory: Directory) -> None:
    """Two readings of the same files have the same version."""
    assert load_directory.__wrapped__().version == directory.version


def test_every_identifier_is_ascii_and_made_from_codes(directory: Directory) -> None:
    """Ids of offices and of bodies are lower-case ASCII words joined by dots."""
    bodies = [
        directory.make(template, unit)
        for code in ("24", "213", "07210", "24-2025")
        for unit in (directory.units[code],)
        for template in directory.templates
        if template.level == unit.level and unit.kind in template.kinds
    ]
    for recipient_id in [*directory.offices, *(body.recipient_id for body in bodies)]:
        assert IDENTIFIER.fullmatch(recipient_id), recipient_id


def test_a_body_is_found_again_by_its_identifier(directory: Directory) -> None:
    """An id leads back to the office that it was made for."""
    for recipient_id in ("vn.bo-y-te", "vn.p24.ubnd", "vn.p24-2025.so-y-te", "vn.d213.ubnd"):
        office = directory.find(recipient_id)
        assert office is not None
        assert office.recipient_id == recipient_id


@pytest.mark.parametrize("recipient_id", ["vn.p99.ubnd", "vn.d24.ubnd", "vn.p24.no-such-body", "", "vn", "x.p24.ubnd"])
def test_an_unknown_identifier_finds_nobody(directory: Directory, recipient_id: str) -> None:
    """An id of no unit or no body finds nothing."""
    assert directory.find(recipient_id) is None


def test_one_identifier_names_one_body_of_a_day(directory: Directory) -> None:
    """On any one day no two bodies of a unit share an id."""
    for code in ("01", "24", "79", "213", "46-2025"):
        unit = directory.units[code]
        on = unit.valid_from or D2021
        made = [
            directory.make(template, unit).recipient_id for template in directory.templates if template.fits(unit, on)
        ]
        assert len(made) == len(set(made))


def test_a_merged_province_says_what_it_became(directory: Directory) -> None:
    """UBND tỉnh Bắc Giang leads to UBND tỉnh Bắc Ninh of 2025."""
    office = directory.find("vn.p24.ubnd")
    assert office is not None
    assert office.successors == ("vn.p24-2025.ubnd",)


def test_every_successor_exists(directory: Directory) -> None:
    """No office or unit points to a successor that is not there."""
    for office in directory.offices.values():
        assert set(office.successors) <= set(directory.offices)
    for unit in directory.units.values():
        assert set(unit.successors) <= set(directory.units)


def test_communes_of_one_name_in_a_province_are_told_apart(directory: Directory) -> None:
    """No two committees of a province's communes bear the same name."""
    for province in directory.units_below(None, "province", D2021):
        bodies = [directory.body("ubnd", unit, D2021) for unit in directory.units_below(province, "commune", D2021)]
        names = [body.name for body in bodies if body is not None]
        assert len(names) == len(set(names)), province.name


def test_the_communes_of_hue_stay_when_the_province_becomes_a_city(directory: Directory) -> None:
    """Thành phố Huế of January 2025 has the districts of tỉnh Thừa Thiên Huế."""
    before = directory.units_below(directory.units["46"], "district", date(2024, 12, 31))
    after = directory.units_below(directory.units["46-2025"], "district", date(2025, 1, 1))
    assert before == after != []
