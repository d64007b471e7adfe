"""Codes of offices."""

from __future__ import annotations

import pytest

from services.router.directory import Directory
from services.router.directory.codes import called, codes


def test_every_code_is_of_an_office_and_has_a_source(directory: Directory) -> None:
    """No code hangs in the air, and none claims more than its source gives."""
    assert [office for office in codes() if directory.find(office) is None] == []
    assert [each for known in codes().values() for each in known if not each.source] == []


def test_no_two_offices_share_a_code_of_one_scheme() -> None:
    """A code finds one office."""
    told = [(each.scheme, each.code) for known in codes().values() for each in known]
    assert len(told) == len(set(told)) > 80


@pytest.mark.parametrize(("code", "office"), [("H26", "vn.p01.ubnd"), (" 000.00.00.g01 ", "vn.bo-cong-an")])
def test_an_office_is_found_by_its_code(code: str, office: str) -> None:
    """In either scheme, whatever the case."""
    assert called(code) == [office]


def test_the_two_schemes_are_kept_apart() -> None:
    """A code of the one is not read as one of the other."""
    assert called("G01") == called("000.00.00.H26") == []
