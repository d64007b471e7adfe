"""Notices of yesterday's offices reach today's, and say so."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.assignments import AssignmentRouted
from services.router.directory import Directory
from services.router.directory.heirs import ended, heirs
from services.router.expand import Routing, expand
from tests.router.make import notice, task

TODAY = date(2026, 11, 26)
CENTRE = "Văn phòng Chính phủ"


def _of(routing: Routing, name: str) -> AssignmentRouted:
    return next(each for each in routing.assignments if each.recipient.name == name)


def _heirs(directory: Directory, recipient_id: str, on: date = TODAY) -> list[str]:
    office = directory.find(recipient_id)
    assert office is not None
    return [heir.name for heir in heirs(office, directory, on)]


def test_a_copy_for_a_merged_province_goes_to_its_successor_and_says_so(directory: Directory) -> None:
    """A notice of 2021 to UBND tỉnh Bắc Kạn is delivered to Thái Nguyên, with the office meant and the day."""
    (assignment,) = expand(notice(CENTRE, "UBND tỉnh Bắc Kạn"), directory, carried_to=TODAY).assignments
    (reason,) = assignment.because
    assert assignment.recipient.name == "UBND tỉnh Thái Nguyên"
    assert (reason.meant, reason.succeeded_on) == ("UBND tỉnh Bắc Kạn", date(2025, 7, 1))
    assert reason.meant_id == "vn.p06.ubnd"


def test_on_the_day_itself_nobody_is_carried_anywhere(directory: Directory) -> None:
    """Delivered while the office existed, the copy is its own."""
    (assignment,) = expand(notice(CENTRE, "UBND tỉnh Bắc Kạn"), directory, carried_to=date(2025, 6, 30)).assignments
    assert assignment.recipient.name == "UBND tỉnh Bắc Kạn"
    assert assignment.because[0].meant is None


def test_two_offices_that_merged_get_one_copy_with_both_reasons_and_both_tasks(directory: Directory) -> None:
    """Bắc Giang and Bắc Ninh of 2021 are one office today: one assignment, two reasons, the tasks of both."""
    routing = expand(
        notice(
            CENTRE,
            "UBND tỉnh Bắc Giang",
            "UBND tỉnh Bắc Ninh",
            tasks=(task("t1", "UBND tỉnh Bắc Giang"), task("t2", "UBND tỉnh Bắc Ninh")),
        ),
        directory,
        carried_to=TODAY,
    )
    (assignment,) = routing.assignments
    assert assignment.recipient.recipient_id == "vn.p24-2025.ubnd"
    assert [reason.meant for reason in assignment.because] == ["UBND tỉnh Bắc Giang", "UBND tỉnh Bắc Ninh"]
    assert [reason.line for reason in assignment.because] == ["UBND tỉnh Bắc Giang", "UBND tỉnh Bắc Ninh"]
    assert [each.task_id for each in assignment.tasks] == ["t1", "t2"]


def test_a_group_of_63_provinces_is_34_copies_today(directory: Directory) -> None:
    """The rollup counts those who were meant, and those who get it."""
    routing = expand(notice(CENTRE, "UBND các tỉnh, thành phố trực thuộc Trung ương"), directory, carried_to=TODAY)
    assert routing.routed.lines[0].count == 63
    assert routing.routed.recipients == len(routing.assignments) == 34
    assert sum(len(each.because) for each in routing.assignments) == 63


def test_an_office_that_nobody_follows_is_reported_and_not_dropped(directory: Directory) -> None:
    """Districts were abolished without an heir: the line says so, and names whom it meant."""
    routing = expand(notice("UBND tỉnh Bắc Giang", "UBND các huyện, thành phố"), directory, carried_to=TODAY)
    assert routing.assignments == ()
    (lost,) = routing.routed.unresolved
    assert (lost.line, lost.reason) == ("UBND các huyện, thành phố", "no_successor")
    assert "UBND huyện Lục Ngạn" in lost.candidates


@pytest.mark.parametrize(
    ("recipient_id", "heir"),
    [
        ("vn.p06.so-y-te", "Sở Y tế tỉnh Thái Nguyên"),
        ("vn.p06.so-ke-hoach-va-dau-tu", "Sở Tài chính tỉnh Thái Nguyên"),
        ("vn.p06.ban-tuyen-giao-tinh-uy", "Ban Tuyên giáo và Dân vận Tỉnh ủy Thái Nguyên"),
        ("vn.p01.ubnd", "UBND thành phố Hà Nội"),
        ("vn.p06.bao", "Báo và Phát thanh, Truyền hình tỉnh Thái Nguyên"),
        ("vn.p14.dai-ptth", "Báo và Phát thanh, Truyền hình tỉnh Sơn La"),
    ],
)
def test_an_heir_is_found_through_every_reorganisation(directory: Directory, recipient_id: str, heir: str) -> None:
    """A department that was merged in its province, which was merged itself, is followed through both."""
    assert _heirs(directory, recipient_id) == [heir]


def test_a_post_goes_to_the_same_post_of_the_heir(directory: Directory) -> None:
    """What was for the chairman of a merged province is for the chairman of its successor."""
    routing = expand(notice(CENTRE, "Chủ tịch UBND tỉnh Bắc Kạn"), directory, carried_to=TODAY)
    assert [each.recipient.name for each in routing.assignments] == ["Chủ tịch UBND tỉnh Thái Nguyên"]


def test_a_part_of_a_merged_ministry_is_the_same_part_of_its_heir(directory: Directory) -> None:
    """The legal department of a ministry that is gone is the legal department of the one that took it in."""
    office = next(each for each in directory.offices.values() if each.name == "Vụ Pháp chế Bộ Giao thông vận tải")
    assert [heir.name for heir in heirs(office, directory, TODAY)] == ["Vụ Pháp chế Bộ Xây dựng"]


def test_every_heir_exists_on_the_day(directory: Directory) -> None:
    """No office of the centre or of a province is carried to one that is gone itself."""
    offices = [*directory.offices.values()]
    for unit in directory.units_below(None, "province", date(2021, 5, 1)):
        offices += (directory.make(each, unit) for each in directory.templates if each.fits(unit, date(2021, 5, 1)))
    for office in offices:
        for heir in heirs(office, directory, TODAY):
            end = ended(heir, directory)
            assert end is None or end >= TODAY, (office.name, heir.name)


def test_the_day_told_is_that_of_the_last_step(directory: Directory) -> None:
    """A department merged in its province in March 2025, which was merged itself in July: July is told."""
    given = notice("UBND tỉnh Bắc Kạn", "Sở Nông nghiệp và PTNT")
    (assignment,) = expand(given, directory, carried_to=TODAY).assignments
    assert assignment.recipient.name == "Sở Nông nghiệp và Môi trường tỉnh Thái Nguyên"
    assert assignment.because[0].succeeded_on == date(2025, 7, 1)
