"""What breaks naive readers, each trap with a notice of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from contracts.notices import Notice

Sample = Callable[[str], Notice]


def test_1_columns_that_interleave(sample: Sample) -> None:
    """A signer's title and name that end recipient lines, and a heading that opens the signature, come apart."""
    notice = sample("trap_1_two_columns")
    assert [line.text for line in notice.recipients] == ["TT. Huyện ủy", "Phòng Kinh tế và Hạ tầng", "UBND xã Hòa Trị"]
    assert notice.issuer == "Ủy ban nhân dân huyện Phú Hòa"
    assert notice.signatory is not None
    assert (notice.signatory.authority, notice.signatory.name) == ("KT. CHỦ TỊCH", "Đặng Thị Bích")


def test_2_a_brace_over_several_lines(sample: Sample) -> None:
    """A brace gives its purpose to the lines it spans, a purpose alone on a line to the line above it."""
    notice = sample("trap_2_braces")
    assert [line.purpose for line in notice.recipients] == ["báo cáo", "báo cáo", "phối hợp", None]


def test_3_an_item_is_not_a_semicolon(sample: Sample) -> None:
    """One item may hold many bodies between semicolons and wrap over lines."""
    notice = sample("trap_3_item_of_many")
    assert [line.text for line in notice.recipients] == [
        "Thủ tướng Chính phủ",
        "Các Bộ: Giao thông vận tải; Xây dựng; Kế hoạch và Đầu tư, Tài chính và Công Thương",
        "UBND các thành phố: Hà Nội, Hồ Chí Minh",
        "VPCP: BTCN, các PCN, Trợ lý TTg; các Vụ: CN, KTTH",
    ]


def test_4_wrong_glyphs(sample: Sample) -> None:
    """Letters drawn like others, a heading without its accent, a stray link: all are read for what is meant."""
    notice = sample("trap_4_wrong_glyphs")
    assert notice.subject == "Về việc tưới tiêu vụ Hè Thu"
    assert [line.text for line in notice.recipients] == ["Thường trực Đảng ủy", "Các thôn"]
    assert notice.archive == "VP"
    assert [task.deadline for task in notice.tasks] == [date(2013, 6, 15)]


def test_5_dates_that_rival(sample: Sample) -> None:
    """An arrival stamp, a signing time and the meeting's day are not the date; blank stays blank."""
    notice = sample("trap_5_rival_dates")
    assert (notice.number, notice.issued_on) == (None, None)
    assert notice.issuer == "Sở Xây dựng tỉnh Long An"
    assert {"number_blank", "date_blank"} <= {warning.code for warning in notice.warnings}


def test_6_tables_joined_by_bars(sample: Sample) -> None:
    """Header, work and closing in tables that an export joined by bars are read cell by cell."""
    notice = sample("trap_6_joined_tables")
    assert (notice.number, notice.issuer) == ("640/KH-SYT", "Sở Y tế")
    assert [(task.assignees, task.deadline) for task in notice.tasks] == [
        (("Trung tâm Y tế các huyện",), date(2023, 2, 28)),
        (("Trung tâm Kiểm soát bệnh tật tỉnh",), date(2023, 3, 31)),
    ]
    assert notice.signatory is not None
    assert notice.signatory.name == "Bùi Thu Hằng"


def test_7_groups_inside_the_list(sample: Sample) -> None:
    """Paper and electronic copies are told apart by the headings inside the list, which are no recipients."""
    notice = sample("trap_7_paper_and_electronic")
    assert [(line.text, line.channel) for line in notice.recipients] == [
        ("Như trên", "paper"),
        ("UBND tỉnh (để b/c)", "paper"),
        ("Các phòng thuộc Sở", "electronic"),
        ("Cổng TTĐT Sở", "electronic"),
    ]


def test_8_quoted_work(sample: Sample) -> None:
    """Attendance, praise and the closing formula give no task; enumerations, headings and directives do."""
    notice = sample("trap_8_quoted_work")
    assert [(task.assignees, task.role, task.deadline) for task in notice.tasks] == [
        (("Sở Tài nguyên và Môi trường",), "thực hiện", None),
        (("Sở Tài nguyên và Môi trường",), "thực hiện", date(2018, 8, 20)),
        (("UBND huyện Mộ Đức",), "thực hiện", None),
        (("Công an tỉnh",), "chủ trì", date(2018, 9, 30)),
    ]
