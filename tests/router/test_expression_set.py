"""The collected recipient expressions (tests/expressions), and what holds for any list of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.expressions import EXACT, LIMIT, WRONG, Outcome, judge, rows
from contracts.assignments import AssignmentRouted
from services.router.directory import Directory
from services.router.expand import expand
from tests.router.make import notice

ROOT = Path(__file__).resolve().parents[2]
REFORM = date(2025, 7, 1)
"""First day of 34 provinces without districts (NQ 202/2025/QH15, Law 72/2025/QH15)."""
LINES = (
    "TT Tỉnh ủy (b/c)",
    "TT HĐND tỉnh (b/c)",
    "CT, các PCT UBND tỉnh",
    "Các sở, ban, ngành tỉnh",
    "Sở Y tế (t/h)",
    "Các sở, ngành (trừ Sở Y tế)",
    "UBND các huyện, thành phố",
    "UBND huyện Ba Bể",
    "Văn phòng Chính phủ",
    "Các đơn vị không có TD Office",
    "Báo Bắc Kạn; Đài PT&TH",
)
GROUPS = (
    "UBND các tỉnh, thành phố trực thuộc Trung ương",
    "Tỉnh ủy, Thành ủy, UBND tỉnh, TP trực thuộc TW",
    "Các Bộ, cơ quan ngang Bộ, cơ quan thuộc Chính phủ",
    "Sở Nội vụ các tỉnh, TP",
)


@pytest.fixture(scope="session")
def outcomes(directory: Directory) -> list[Outcome]:
    """Every expression judged, but those that wait for communes which the directory does not have."""
    return [judge(row, directory) for row in rows() if not _lacks_communes(row, directory)]


def _lacks_communes(row: dict[str, str], directory: Directory) -> bool:
    day = date.fromisoformat(row["issued_on"])
    words = f"{row['issuer']} {row['expression']}".casefold()
    speaks_of_them = any(kind in words for kind in ("xã", "phường", "đặc khu"))
    return day >= REFORM and speaks_of_them and not directory.units_below(None, "commune", day)


def test_the_set_is_large_and_varied() -> None:
    """At least 320 expressions are held, of many groups, and of days on both sides of each reform."""
    days = [date.fromisoformat(row["issued_on"]) for row in rows()]
    assert len(days) >= 320
    assert len({row["group"] for row in rows()}) >= 15
    assert min(days).year <= 2013
    assert any(date(2025, 3, 1) <= day < REFORM for day in days)
    assert sum(day >= REFORM for day in days) >= 30


def test_nearly_every_expression_is_resolved_exactly(outcomes: list[Outcome]) -> None:
    """At least 98 of 100 expressions give the very offices that a careful clerk would answer."""
    exact = sum(each.verdict == EXACT for each in outcomes)
    assert exact / len(outcomes) >= LIMIT


def test_no_expression_gives_a_wrong_office(outcomes: list[Outcome]) -> None:
    """No expression gives an office outside the gold: a wrong office is worse than an open line."""
    assert [(each.row["expression"], each.extra) for each in outcomes if each.verdict == WRONG] == []


def test_a_stated_purpose_is_told(outcomes: list[Outcome]) -> None:
    """The purpose that a line states in brackets is the role that its offices are given."""
    assert [each.row["expression"] for each in outcomes if not each.roles_agree] == []


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(LINES))
def test_the_order_of_the_lines_changes_nothing_but_the_order(directory: Directory, order: list[str]) -> None:
    """Reordered lines reach the same offices, in the same roles and for the same reasons."""
    told, reordered = (expand(notice("UBND tỉnh Bắc Kạn", *lines), directory) for lines in (LINES, order))
    assert _without_order(reordered.assignments) == _without_order(told.assignments)
    assert Counter(reordered.routed.unresolved) == Counter(told.routed.unresolved)


def _without_order(assignments: tuple[AssignmentRouted, ...]) -> dict[str, tuple[str, frozenset[str]]]:
    return {
        each.assignment_id: (each.role, frozenset(reason.model_dump_json() for reason in each.because))
        for each in assignments
    }


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(st.sampled_from(LINES), min_size=2, max_size=6, unique=True))
def test_an_office_gets_one_copy_with_every_reason(directory: Directory, lines: list[str]) -> None:
    """An office reached by several lines gets one assignment, which holds each of those lines as a reason."""
    apart: dict[str, set[str]] = {}
    for line in lines:
        for each in expand(notice("UBND tỉnh Bắc Kạn", line), directory).assignments:
            apart.setdefault(each.recipient.recipient_id, set()).add(line)
    together = expand(notice("UBND tỉnh Bắc Kạn", *lines), directory).assignments
    assert len(together) == len({each.recipient.recipient_id for each in together})
    assert {each.recipient.recipient_id: {reason.line for reason in each.because} for each in together} == apart


@settings(max_examples=25, deadline=None)
@given(line=st.sampled_from(GROUPS), days=st.integers(min_value=-1500, max_value=200))
def test_offices_of_two_times_never_mix(directory: Directory, line: str, days: int) -> None:
    """Every office of a group existed on the notice's day: those before and after 1/7/2025 are never together."""
    day = date.fromordinal(REFORM.toordinal() + days)
    reached = expand(notice("Văn phòng Chính phủ", line, on=day), directory).assignments
    units = [directory.units[unit] for each in reached if (unit := _unit_in(each.recipient.recipient_id, directory))]
    assert reached
    assert all(unit.holds(day) for unit in units)
    if "tỉnh" in line:
        assert len(set(units)) == (63 if day < REFORM else 34)


def _unit_in(recipient_id: str, directory: Directory) -> str | None:
    code = recipient_id.removeprefix("vn.").partition(".")[0][1:]
    return code if code in directory.units else None


@pytest.mark.parametrize(("locale", "seed"), [("C", "1"), ("tr_TR.UTF-8", "2")])
def test_expanding_is_the_same_in_every_process(directory: Directory, locale: str, seed: str) -> None:
    """Another process, with other hash seeds and another locale, makes byte for byte the same assignments."""
    here = expand(notice("UBND tỉnh Bắc Kạn", *LINES), directory)
    told = [each.model_dump_json() for each in here.assignments]
    program = (
        "import json; from tests.router.make import notice; from services.router.expand import expand\n"
        "from services.router.directory import load_directory; from tests.router.test_expression_set import LINES\n"
        "routing = expand(notice('UBND tỉnh Bắc Kạn', *LINES), load_directory())\n"
        "print(json.dumps([each.model_dump_json() for each in routing.assignments]))"
    )
    environment = {
        **os.environ,
        "LC_ALL": locale,
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": seed,
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    )
    assert json.loads(done.stdout) == told
