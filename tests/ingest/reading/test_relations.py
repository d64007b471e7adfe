"""Relations: what a notice does to other documents."""

from __future__ import annotations

from datetime import date

import pytest

from services.ingest.reading.header.relations import read_relations


@pytest.mark.parametrize(
    ("said", "kind", "number", "issued_on"),
    [
        (
            "Quyết định này có hiệu lực kể từ ngày ký và thay thế Quyết định số 77/QĐ-BV ngày 20/02/2012.",
            "replaces",
            "77/QĐ-BV",
            date(2012, 2, 20),
        ),
        ("Thu hồi Thông báo số 12/TB-UBND ngày 05 tháng 3 năm 2024.", "recalls", "12/TB-UBND", date(2024, 3, 5)),
        ("Hướng dẫn này bãi bỏ điểm 4 mục II Công văn số 9/TC-NV.", "repeals", "9/TC-NV", None),
        (
            "Đính chính tên dự án tại Phụ lục I ban hành kèm theo Quyết định số 6/QĐ-UBND.",
            "corrects",
            "6/QĐ-UBND",
            None,
        ),
        ("Kế hoạch này sửa đổi, bổ sung Kế hoạch số 3/KH-SYT ngày 01/02/2023.", "amends", "3/KH-SYT", date(2023, 2, 1)),
        ("Gia hạn Giấy phép ban hành kèm theo Quyết định số 8/QĐ-STC.", "extends", "8/QĐ-STC", None),
    ],
)
def test_an_act_is_read(said: str, kind: str, number: str, issued_on: date | None) -> None:
    """The act, the number and the date of the document it touches are read from the words that say so."""
    (relation,) = read_relations(None, [said], None)
    assert (relation.kind, relation.number, relation.issued_on) == (kind, number, issued_on)
    assert relation.text in said


@pytest.mark.parametrize(
    "said",
    [
        "Công văn số 5/UBND-VX đã được thay thế bởi Công văn số 6/UBND-VX.",
        "Đề nghị thay thế Quyết định số 8/QĐ-UBND.",
        "UBND tỉnh ban hành Quyết định số 9/QĐ-UBND về việc đính chính Quyết định số 8/QĐ-UBND.",
        "Thu hồi chủ trương đầu tư dự án đã được chấp thuận tại Công văn số 18/UBND-ĐT ngày 12/5/2008.",
        "Sở Y tế thay thế thiết bị theo Quyết định số 4/QĐ-SYT.",
    ],
)
def test_what_others_do_is_no_relation(said: str) -> None:
    """Acts of other documents, wishes, and things recalled that are no documents are left alone."""
    assert read_relations(None, [said], None) == ()


def test_a_subject_names_its_relation_once() -> None:
    """What the subject and the body both say is one relation, with the date where one of them gives it."""
    subject = "Về việc đính chính Quyết định số 6/QĐ-UBND"
    (relation,) = read_relations(subject, ["Đính chính Quyết định số 6/QĐ-UBND ngày 10/4/2023."], None)
    assert relation.issued_on == date(2023, 4, 10)


def test_an_act_on_several_documents_is_read_for_each() -> None:
    """Every document of the list has its own number and date; what follows the list is not of it."""
    said = (
        "Quyết định này thay thế Quyết định số 7/QĐ-BV ngày 20/02/2012, Công văn số 8/BV-TC ngày 21/02/2012 "
        "và số 9/BV-TC theo Kế hoạch số 10/KH-BV."
    )
    found = [(each.kind, each.number, each.issued_on) for each in read_relations(None, [said], None)]
    dates = {"7/QĐ-BV": date(2012, 2, 20), "8/BV-TC": date(2012, 2, 21), "9/BV-TC": None}
    assert found == [("replaces", number, day) for number, day in dates.items()]


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("Hướng dẫn này bãi bỏ điểm 4 mục II Công văn số 9/TC-NV.", "điểm 4 mục II"),
        ("Công văn này thay thế toàn bộ nội dung Công văn số 9/TC-NV.", None),
        ("Công văn này thay thế Công văn số 9/TC-NV.", None),
    ],
)
def test_the_part_that_is_meant_is_told_from_the_whole(said: str, part: str | None) -> None:
    """A point or an annex is a part; words for all of it are not."""
    (relation,) = read_relations(None, [said], None)
    assert relation.part == part
