"""Words that lost their marks."""

from __future__ import annotations

import pytest

from services.router.directory import Directory
from services.router.expand import expand
from services.router.resolving.respell import respell
from tests.router.make import notice

ISSUER = "UBND tỉnh Lạng Sơn"


@pytest.mark.parametrize(
    ("line", "office"),
    [
        ("Sở Y tê", "Sở Y tế tỉnh Lạng Sơn"),
        ("SỞ Y TÊ", "Sở Y tế tỉnh Lạng Sơn"),
    ],
)
def test_a_name_that_lost_a_mark_is_read_where_one_word_fits(directory: Directory, line: str, office: str) -> None:
    """The office is found, and the rule says that the line was respelt."""
    (assignment,) = expand(notice(ISSUER, line), directory).assignments
    assert assignment.recipient.name == office
    assert assignment.because[0].rule.startswith("respelt:")
    assert assignment.because[0].line == line


def test_a_line_that_is_still_not_read_whole_stays_unresolved(directory: Directory) -> None:
    """Putting one word right does not send a line to half of what it says."""
    routing = expand(notice(ISSUER, "Sở Y tê và Hội Người yêu hoa lan tỉnh"), directory)
    assert not any(reason.rule.startswith("respelt:") for each in routing.assignments for reason in each.because)
    assert routing.routed.unresolved


def test_a_word_that_may_be_two_stays_as_it_is(directory: Directory) -> None:
    """Where the directory knows several words of the same letters, none is chosen."""
    assert respell("phô", directory) is None
    assert respell("Sở Y tế", directory) is None
