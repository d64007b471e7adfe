"""Characters to tokens, tokens to clauses."""

from __future__ import annotations

import unicodedata

import pytest

from services.router.directory import Directory
from services.router.directory.fold import fold, tokenize
from services.router.reading.line import read_line
from services.router.reading.syntax import Clause, Reference, Unread


@pytest.mark.parametrize(
    ("left", "right"),
    [("hoà", "hòa"), ("Uỷ", "ỦY"), ("thuỷ", "thủy"), ("khoẻ", "khỏe"), ("nƣớc", "nước"), ("Ðảng", "đảng")],
)
def test_one_word_in_two_typings_is_one_word(left: str, right: str) -> None:
    """Old and new tone marks, decomposed letters and look-alikes fold to the same."""
    assert fold(left) == fold(right) == fold(unicodedata.normalize("NFD", left))


def test_a_token_knows_where_it_stood() -> None:
    """Every token can be quoted as it was written."""
    text = "- TT. Tỉnh ủy (b/c);"
    assert [text[token.start : token.end] for token in tokenize(text)] == [token.text for token in tokenize(text)]


def test_the_comma_inside_an_abbreviation_separates_nothing(directory: Directory) -> None:
    """'Sở VHTTDL' is one office although its name has a comma."""
    items = read_line("Sở VHTTDL, Sở Y tế", directory)
    assert [len(item.heads) for item in items if isinstance(item, Clause)] == [2]


def test_two_heads_share_two_places(directory: Directory) -> None:
    """'Tỉnh ủy, Thành ủy, UBND tỉnh, TP trực thuộc TW' is one clause of three heads and two places."""
    (clause,) = read_line("Tỉnh ủy, Thành ủy, UBND tỉnh, TP trực thuộc TW", directory)
    assert isinstance(clause, Clause)
    assert len(clause.heads) == 3
    assert [(place.kind, place.run) for place in clause.places] == [("tỉnh", False), ("thành phố", True)]


def test_a_list_behind_a_colon_belongs_to_the_office_before_it(directory: Directory) -> None:
    """Posts and units behind 'VPCP:' are of that office."""
    items = read_line("VPCP: BTCN, các PCN, các Vụ: TH, PL", directory)
    owners = [item.list_owner.text for item in items if isinstance(item, Clause) and item.list_owner]
    assert owners == ["VPCP"] * len(items)


@pytest.mark.parametrize(
    "line",
    ["Công đoàn Bộ Y tế", "Y tế các Bộ, ngành", "Bộ Y tế Lào", "Văn đoàn: Tỉnh ủy, UBND tỉnh", "Đảng ủy Sở Y tế"],
)
def test_part_of_a_longer_name_is_not_an_office(directory: Directory, line: str) -> None:
    """Words that hold an office's name and more are left whole."""
    assert read_line(line, directory) == (Unread(line, "unknown_name"),)


def test_a_reference_keeps_its_article(directory: Directory) -> None:
    """'Như Điều 3' is a reference to the implementing clause."""
    assert read_line("Như Điều 3", directory) == (Reference("Như Điều 3", "clause"),)


def test_words_in_brackets_that_are_no_purpose_are_kept(directory: Directory) -> None:
    """A bracket is a purpose, places, or is reported."""
    assert [type(item) for item in read_line("Sở Y tế (để b/c)", directory)] == [Clause]
    assert Unread("(Khối II)", "note") in read_line("Sở Y tế (Khối II)", directory)
