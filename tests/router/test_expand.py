"""One assignment per office, with reasons, roles and tasks."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.assignments import AssignmentRouted
from contracts.identity import assignment_id
from contracts.notices import RecipientLine
from services.router.directory import Directory, load_directory
from services.router.expand import Routing, expand
from services.router.read_lines import Policy
from tests.router.make import notice, task
from tests.router.test_expressions import ROWS

BAC_KAN = "UBND tỉnh Bắc Kạn"


def _of(routing: Routing, name: str) -> AssignmentRouted:
    return next(assignment for assignment in routing.assignments if assignment.recipient.name == name)


def _names(routing: Routing) -> list[str]:
    return [assignment.recipient.name for assignment in routing.assignments]


def test_an_office_named_by_two_lines_gets_one_assignment_with_both_reasons(directory: Directory) -> None:
    """One office has one assignment, and every line that names it is a reason."""
    routing = expand(notice(BAC_KAN, "Sở Y tế", "Các sở, ban, ngành tỉnh"), directory)
    office = _of(routing, "Sở Y tế tỉnh Bắc Kạn")
    assert [reason.line for reason in office.because] == ["Sở Y tế", "Các sở, ban, ngành tỉnh"]
    assert [reason.rule for reason in office.because] == ["body:own", "group:departments-and-branches"]
    assert len(_names(routing)) == len(set(_names(routing)))


def test_nhu_tren_names_the_addressees(directory: Directory) -> None:
    """'Như trên' is a reason for every addressee, after the Kính gửi line itself."""
    routing = expand(notice(BAC_KAN, "Như trên", addressees=("UBND các huyện, thành phố",)), directory)
    assert len(routing.assignments) == 8
    for assignment in routing.assignments:
        assert [reason.line for reason in assignment.because] == ["UBND các huyện, thành phố", "Như trên"]
        assert assignment.because[1].rule == "reference:kính gửi"
        assert assignment.role == "thực hiện"


def test_addressees_get_the_notice_even_where_the_list_forgets_them(directory: Directory) -> None:
    """Kính gửi names recipients whether or not Nơi nhận says 'Như trên'."""
    assert _names(expand(notice(BAC_KAN, "Sở Tài chính", addressees=("Sở Y tế",)), directory)) == [
        "Sở Y tế tỉnh Bắc Kạn",
        "Sở Tài chính tỉnh Bắc Kạn",
    ]


def test_nhu_tren_without_addressees_is_said_to_be_empty(directory: Directory) -> None:
    """A reference to a list that is not there is unresolved."""
    routed = expand(notice(BAC_KAN, "Như trên"), directory).routed
    assert [unresolved.reason for unresolved in routed.unresolved] == ["empty_reference"]


def test_nhu_dieu_names_the_implementing_clause(directory: Directory) -> None:
    """'Như Điều 3' means whom the implementing clause names."""
    clause = "Chánh Văn phòng UBND tỉnh; Giám đốc các Sở: Y tế, Tài chính"
    routing = expand(notice(BAC_KAN, "Như Điều 3", implementing_clause=clause), directory)
    assert _names(routing) == [
        "Chánh Văn phòng UBND tỉnh Bắc Kạn",
        "Sở Y tế tỉnh Bắc Kạn",
        "Sở Tài chính tỉnh Bắc Kạn",
    ]


def test_those_named_in_the_plan_are_the_assignees_of_its_tasks(directory: Directory) -> None:
    """'Các đơn vị có tên trong KH' means the assignees."""
    routing = expand(notice(BAC_KAN, "Các đơn vị có tên trong KH", tasks=(task("t1", "Sở Y tế"),)), directory)
    assert _names(routing) == ["Sở Y tế tỉnh Bắc Kạn"]
    assert routing.assignments[0].because[0].rule == "reference:assignees"


def test_an_office_has_exactly_its_own_tasks_and_the_earliest_deadline(directory: Directory) -> None:
    """Tasks reach the office that they name or whose group they name, and nobody else."""
    tasks = (
        task("t1", "Sở Y tế", deadline=date(2021, 6, 2)),
        task("t2", "Các sở, ban, ngành", deadline=date(2021, 6, 1)),
        task("t3", "Sở Tài chính", role="chủ trì"),
    )
    routing = expand(notice(BAC_KAN, "Sở Y tế", "Sở Tài chính", "Báo Bắc Kạn", tasks=tasks), directory)
    health, finance = _of(routing, "Sở Y tế tỉnh Bắc Kạn"), _of(routing, "Sở Tài chính tỉnh Bắc Kạn")
    assert [each.task_id for each in health.tasks] == ["t1", "t2"]
    assert (health.deadline, health.role) == (date(2021, 6, 1), "thực hiện")
    assert [each.task_id for each in finance.tasks] == ["t2", "t3"]
    assert (finance.deadline, finance.role) == (date(2021, 6, 1), "chủ trì")
    press = _of(routing, "Báo Bắc Kạn")
    assert (press.tasks, press.deadline, press.role) == ((), None, "biết")


def test_localities_are_one_level_below_the_issuer(directory: Directory) -> None:
    """'Các địa phương' are the provinces' committees to the centre, the districts' to a province."""
    tasks = (task("t1", "Các địa phương"),)
    centre = expand(notice("Văn phòng Chính phủ", "UBND các tỉnh, thành phố", tasks=tasks), directory)
    province = expand(notice(BAC_KAN, "UBND các huyện, thành phố", tasks=tasks), directory)
    assert [len(each.tasks) for each in centre.assignments] == [1] * 63
    assert [len(each.tasks) for each in province.assignments] == [1] * 8


def test_everybody_means_those_on_the_list_who_are_to_act(directory: Directory) -> None:
    """'Các cơ quan, đơn vị, địa phương' tasks the offices listed, not the leaders to whom it is reported."""
    tasks = (task("t1", "các cơ quan, đơn vị, địa phương"),)
    routing = expand(
        notice(BAC_KAN, "TT Tỉnh ủy", "CT UBND tỉnh", "Sở Y tế", "UBND huyện Ba Bể", tasks=tasks), directory
    )
    assert [len(each.tasks) for each in routing.assignments] == [0, 0, 1, 1]


def test_a_task_for_an_office_reaches_its_head_where_only_the_head_is_listed(directory: Directory) -> None:
    """A task of UBND huyện Ba Bể reaches its chairman if the list names only him."""
    routing = expand(notice(BAC_KAN, "Chủ tịch UBND huyện Ba Bể", tasks=(task("t1", "UBND huyện Ba Bể"),)), directory)
    assert [each.task_id for each in routing.assignments[0].tasks] == ["t1"]
    assert routing.routed.unresolved == ()


def test_a_body_with_a_task_that_no_line_names_is_reported_and_not_sent(directory: Directory) -> None:
    """A tasked body outside the list gets nothing, and the rollup says so under the task's id."""
    routing = expand(
        notice(BAC_KAN, "Sở Y tế", tasks=(task("t1", "Sở Tài chính"), task("t2", "doanh nghiệp"))), directory
    )
    assert _names(routing) == ["Sở Y tế tỉnh Bắc Kạn"]
    said = [(each.line, each.part, each.reason) for each in routing.routed.unresolved]
    assert said == [("t1", "Sở Tài chính", "tasked_not_listed"), ("t2", "doanh nghiệp", "task_unassigned")]


def test_two_provinces_without_names_are_those_of_the_subject(directory: Directory) -> None:
    """'cấp ủy, chính quyền 2 tỉnh' are the Party and people's committees of the two provinces in the subject."""
    subject = "họp với lãnh đạo tỉnh Bắc Giang và tỉnh Bắc Ninh"
    tasks = (task("t1", "cấp ủy, chính quyền 2 tỉnh"),)
    lines = "Tỉnh ủy, Thành ủy, UBND tỉnh, TP trực thuộc TW"
    routing = expand(notice("Văn phòng Chính phủ", lines, subject=subject, tasks=tasks), directory)
    tasked = {each.recipient.name for each in routing.assignments if each.tasks}
    assert tasked == {"Tỉnh ủy Bắc Giang", "UBND tỉnh Bắc Giang", "Tỉnh ủy Bắc Ninh", "UBND tỉnh Bắc Ninh"}


def test_a_purpose_decides_the_role(directory: Directory) -> None:
    """(b/c) makes báo cáo, (p/h) phối hợp, given by the reader or left in the line; the purpose is carried."""
    lines = (
        "TT Tỉnh ủy (b/c)",
        RecipientLine(text="Huyện ủy, thành ủy", purpose="phối hợp chỉ đạo", channel="electronic"),
        "Sở Y tế (để t/h)",
    )
    routing = expand(notice(BAC_KAN, *lines), directory)
    assert _of(routing, "Thường trực Tỉnh ủy Bắc Kạn").role == "báo cáo"
    party = _of(routing, "Huyện ủy Ba Bể")
    assert (party.role, party.because[0].purpose, party.because[0].channel) == (
        "phối hợp",
        "phối hợp chỉ đạo",
        "electronic",
    )
    assert _of(routing, "Sở Y tế tỉnh Bắc Kạn").role == "thực hiện"


def test_a_committee_without_a_name_is_that_of_the_subject(directory: Directory) -> None:
    """'Thành viên BCĐ quốc gia' in a notice about COVID-19 are the members of that committee; else it stays open."""
    line = "Các Thành viên BCTC quốc gia"
    told = expand(notice("Văn phòng Chính phủ", line, subject="về phòng, chống dịch COVID-19"), directory)
    untold = expand(notice("Văn phòng Chính phủ", line, subject="về việc khác"), directory)
    assert _names(told) == ["Thành viên Ban Chỉ đạo Quốc gia phòng, chống dịch COVID-19"]
    assert told.assignments[0].recipient.level == "collective"
    assert [each.reason for each in untold.routed.unresolved] == ["ambiguous"]
    assert len(untold.routed.unresolved[0].candidates) > 1


def test_an_inferred_issuer_and_meeting_date_serve_where_the_header_is_blank(directory: Directory) -> None:
    """A notice without header is read as of its meeting, from the issuer concluded from its text."""
    inferred = {"issuer": "Tỉnh ủy Bắc Giang", "meeting_date": "2021-11-03"}
    routing = expand(notice(None, "Các huyện ủy, thành ủy", on=None, inferred=inferred), directory)
    assert len(routing.assignments) == 10


def test_a_department_gets_its_province_from_its_parent_or_place(directory: Directory) -> None:
    """'Sở Y tế' of 'UBND tỉnh Bắc Giang', or issued at Bắc Giang, writes to its own province."""
    by_parent = expand(notice("Sở Y tế", "UBND tỉnh", issuer_parent="UBND tỉnh Bắc Giang"), directory)
    by_place = expand(notice("Sở Y tế", "UBND tỉnh", place="Bắc Giang"), directory)
    assert _names(by_parent) == _names(by_place) == ["UBND tỉnh Bắc Giang"]


def test_without_an_issuer_own_bodies_stay_open(directory: Directory) -> None:
    """'UBND tỉnh' of nobody is no_context, never a guess."""
    routed = expand(notice(None, "UBND tỉnh", "LĐVP", "Sở Y tế"), directory).routed
    assert routed.recipients == 0
    assert [each.reason for each in routed.unresolved] == ["no_context"] * 3


def test_a_line_that_resolves_in_part_keeps_both_parts(directory: Directory) -> None:
    """The offices found are sent to, and the words left are quoted as written."""
    routing = expand(notice(BAC_KAN, "Sở Y tế; Công ty Thoát nước ABC; Công an tỉnh"), directory)
    assert _names(routing) == ["Sở Y tế tỉnh Bắc Kạn", "Công an tỉnh Bắc Kạn"]
    assert [(each.part, each.reason) for each in routing.routed.unresolved] == [
        ("Công ty Thoát nước ABC", "unknown_name")
    ]


def test_a_name_read_without_its_marks_is_recognised_and_says_so(directory: Directory) -> None:
    """A scanner that loses tone marks does not lose the office; the rule tells that it was a near match."""
    routing = expand(notice("Văn phòng Chính phủ", "Bô Kế hoach và Đầu tư"), directory)
    assert _names(routing) == ["Bộ Kế hoạch và Đầu tư"]
    assert routing.assignments[0].because[0].rule.startswith("fuzzy:")


def test_a_name_nearly_like_another_is_not_taken_for_it(directory: Directory) -> None:
    """Similar is not same: an unknown district is left open with candidates."""
    routing = expand(notice(BAC_KAN, "UBND huyện Ba Bê Mới"), directory)
    assert _names(routing) == []
    assert routing.routed.unresolved[0].reason == "unknown_name"


def test_an_office_that_has_ended_is_not_sent_to_but_its_heir_is_named(directory: Directory) -> None:
    """In 2026 'Bộ Kế hoạch và Đầu tư' is not_in_force, with Bộ Tài chính as the candidate."""
    routed = expand(notice("Văn phòng Chính phủ", "Bộ Kế hoạch và Đầu tư", on=date(2026, 1, 5)), directory).routed
    assert [(each.reason, each.candidates) for each in routed.unresolved] == [("not_in_force", ("Bộ Tài chính",))]


def test_the_day_can_be_given(directory: Directory) -> None:
    """`as_of` overrides the notice's own date."""
    given_day = expand(notice("Văn phòng Chính phủ", "UBND các tỉnh, thành phố"), directory, as_of=date(2026, 1, 1))
    assert len(given_day.assignments) == 34


def test_dissemination_is_routed_only_on_demand(directory: Directory) -> None:
    """'phổ biến đến cấp xã, phường' reaches the 10,599 communes of 2021 if asked for."""
    passed_on = notice("Văn phòng Chính phủ", "Bộ Y tế", disseminate_to="cấp xã, phường")
    assert len(expand(passed_on, directory).assignments) == 1
    routing = expand(passed_on, directory, policy=Policy(disseminate=True))
    assert len(routing.assignments) == 10_600
    assert routing.assignments[-1].because[0].rule == "dissemination"


def test_ids_are_made_from_the_notice_and_the_recipient(directory: Directory) -> None:
    """Ids come from content, so a replay makes the same ones in the same order."""
    first, second = (expand(notice(BAC_KAN, "Các sở, ban, ngành tỉnh"), directory) for _ in range(2))
    assert first == second
    for assignment in first.assignments:
        assert assignment.assignment_id == assignment_id("n", 1, assignment.recipient.recipient_id)


def test_the_books_balance(directory: Directory) -> None:
    """Every line is in the rollup; a line that came to nobody is also among the unresolved."""
    lines = [row["line"].replace("| ", ", ") for row in ROWS if row["issuer"] == BAC_KAN]
    routed = expand(notice(BAC_KAN, *lines), directory).routed
    assert [line.line for line in routed.lines] == lines
    for line in routed.lines:
        assert line.count > 0 or any(each.line == line.line for each in routed.unresolved)


FRAGMENTS = sorted({part.strip() for row in ROWS for part in row["line"].replace("|", ",").split(",")})


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.sampled_from([*FRAGMENTS, "(", ")", ":", ";", "và", "các", "TT", "Xyz"]), max_size=8))
def test_no_line_is_lost_whatever_it_says(parts: list[str]) -> None:
    """Any jumble of words either resolves or is reported, and never stops the router."""
    line = ", ".join(parts)
    routed = expand(notice(BAC_KAN, line), load_directory()).routed
    assert routed.lines[0].count > 0 or routed.unresolved


@settings(max_examples=100, deadline=None)
@given(line=st.text(max_size=60))
def test_any_text_is_survived(line: str) -> None:
    """No text whatever makes the router fail."""
    routed = expand(notice(BAC_KAN, line), load_directory()).routed
    assert routed.lines[0].count > 0 or routed.unresolved


def test_a_central_line_reaches_every_commune(directory: Directory) -> None:
    """One notice goes to every commune of 2021, each once."""
    routing = expand(notice("Văn phòng Chính phủ", "UBND các xã, phường, thị trấn"), directory)
    assert len({each.key for each in routing.assignments}) == len(routing.assignments) == 10_599


def test_who_has_a_task_and_stands_in_no_line_is_sent_to_where_the_policy_says_so(directory: Directory) -> None:
    """By default it is reported; by policy it gets its copy, with the task and the reason."""
    given = notice(BAC_KAN, "Sở Tài chính", tasks=(task("t1", "Sở Y tế"),))
    assert _names(expand(given, directory)) == ["Sở Tài chính tỉnh Bắc Kạn"]
    routing = expand(given, directory, policy=Policy(tasked=True))
    office = _of(routing, "Sở Y tế tỉnh Bắc Kạn")
    assert [each.task_id for each in office.tasks] == ["t1"]
    assert [(each.line, each.box, each.rule) for each in office.because] == [("Sở Y tế", "body", "tasked:body:own")]
    assert routing.routed.unresolved == ()


def test_the_closing_formulas_audience_is_reported_and_not_sent_to(directory: Directory) -> None:
    """Whom a notice is to inform by its last sentence is told in the rollup; its list alone decides."""
    given = notice(BAC_KAN, "Sở Tài chính", closing_recipients="Sở Y tế, Sở Nội vụ")
    routing = expand(given, directory)
    assert _names(routing) == ["Sở Tài chính tỉnh Bắc Kạn"]
    assert [(each.line, each.count) for each in routing.routed.implied] == [("Sở Y tế, Sở Nội vụ", 2)]


def test_the_closing_formula_fills_a_cut_list_where_the_policy_says_so(directory: Directory) -> None:
    """A list without its end is filled from the formula; a whole one is not."""
    cut = notice(BAC_KAN, "Sở Tài chính", closing_recipients="Sở Y tế", recipients_complete=False)
    whole = cut.model_copy(update={"recipients_complete": True})
    implied = Policy(implied=True)
    assert _names(expand(cut, directory, policy=implied)) == ["Sở Tài chính tỉnh Bắc Kạn", "Sở Y tế tỉnh Bắc Kạn"]
    assert _names(expand(whole, directory, policy=implied)) == ["Sở Tài chính tỉnh Bắc Kạn"]


def test_a_commune_that_has_one_party_board_means_it_and_not_the_provinces(directory: Directory) -> None:
    """Since 1/7/2025 a commune's committee has one board of its own; the province's boards get nothing."""
    given = notice("Đảng ủy phường Bến Thành", "Ban Xây dựng Đảng", on=date(2026, 3, 2), place="TP. Hồ Chí Minh")
    assert _names(expand(given, directory)) == ["Ban Xây dựng Đảng của Đảng ủy phường Bến Thành"]


def test_every_copy_names_who_answers_for_the_notice(directory: Directory) -> None:
    """The issuer by its id, and after a merger the office that stands in its place."""
    said = notice(BAC_KAN, "Sở Y tế")
    at_home = expand(said, directory).assignments[0]
    carried = expand(said, load_directory(), carried_to=date(2026, 1, 1)).assignments[0]
    assert (at_home.issuer, at_home.issuer_id) == (BAC_KAN, "vn.p06.ubnd")
    assert (carried.issuer, carried.issuer_id) == (BAC_KAN, "vn.p19-2025.ubnd")
    assert expand(notice("Công ty ABC", BAC_KAN), directory).assignments[0].issuer_id is None
