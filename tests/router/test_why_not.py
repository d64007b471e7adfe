"""Why an office is not among the recipients."""

from __future__ import annotations

import pytest

from contracts.notices import NoticeParsed
from services.router.directory import Directory
from services.router.expand import expand
from services.router.why_not import offices_called, reasons_against, rule_in_words
from tests.router.make import notice, task

BAC_KAN = "UBND tỉnh Bắc Kạn"


def _against(name: str, given: NoticeParsed, directory: Directory) -> tuple[str, ...]:
    (office,) = offices_called(name, given, directory).offices
    return reasons_against(office, given, expand(given, directory).routed, directory)


def test_an_office_of_another_province_is_told_to_lie_elsewhere(directory: Directory) -> None:
    """'Các sở' of Bắc Kạn are those of Bắc Kạn; a department of Bắc Giang is told so."""
    against = _against("Sở Y tế Bắc Giang", notice(BAC_KAN, "Các sở, ban, ngành tỉnh"), directory)
    assert "lies in tỉnh Bắc Giang" in against[0]
    assert BAC_KAN in against[0]


def test_an_office_that_began_later_is_told_its_first_day(directory: Directory) -> None:
    """A ministry of 2025 could not be meant in 2021."""
    given = notice("Văn phòng Chính phủ", "Bộ Y tế")
    office = next(each for each in directory.offices.values() if each.name == "Bộ Dân tộc và Tôn giáo")
    against = reasons_against(office, given, expand(given, directory).routed, directory)
    assert "it begins on 2025-03-01" in against[0]


def test_an_office_that_is_a_candidate_of_an_open_line_is_told_so(directory: Directory) -> None:
    """A line that may mean it and was left to an operator is the first thing to know."""
    given = notice("Văn phòng Chính phủ", "Bộ Y tế", tasks=(task("t1", "Bộ Công an"),))
    against = _against("Bộ Công an", given, directory)
    assert against[0] == "it has task t1 (Bộ Công an), but no line of the list names it"


def test_an_abolished_office_without_heir_is_told_that_it_was_meant(directory: Directory) -> None:
    """A district body that a line means, and that nobody follows, did not get it for that reason alone."""
    (against,) = _against("UBND huyện Ba Bể", notice(BAC_KAN, "UBND các huyện, thành phố"), directory)
    assert against.startswith("line 'UBND các huyện, thành phố' means it, but it ended on 2025-06-30")


def test_words_that_name_nobody_name_what_comes_near(directory: Directory) -> None:
    """A name that no office bears gives no office, and those that it may be a slip of."""
    named = offices_called("Ban Dân tộcc tỉnh", notice(BAC_KAN, "Sở Y tế"), directory)
    assert named.offices == ()
    assert named.candidates == ("Ban Dân tộc tỉnh Bắc Kạn",)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("group:departments-of-committee", "the group 'departments of committee'"),
        ("fuzzy:98", "a misspelt name; alike, of 100: 98"),
        ("respelt:body:own", "that body of the issuer's own unit, once lost accents were put back"),
        ("reference:kính gửi", "whoever Kính gửi names"),
        ("something new", "something new"),
    ],
)
def test_a_rules_name_is_put_in_words(rule: str, words: str) -> None:
    """A person reads what a rule does, and the name of one that has no words yet."""
    assert rule_in_words(rule) == words
