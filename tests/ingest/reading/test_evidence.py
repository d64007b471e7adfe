"""Evidence: where each field was read, and how sure that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.evidence import Evidence
from contracts.notices import Notice
from services.ingest.reading import read_document, read_text
from services.ingest.reading.evidence import WEIGHTS
from services.ingest.reading.text.find_words import Words

_TWO_COLUMNS = """ỦY BAN NHÂN DÂN                         CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
XÃ TÂN LẬP                               Độc lập - Tự do - Hạnh phúc
Số: 12/TB-UBND                           Tân Lập, ngày 3 tháng 4 năm 2026

                         THÔNG BÁO
             Về việc nghỉ lễ ngày 30 tháng 4

Giao Công an xã trực bảo đảm an ninh trong các ngày nghỉ, báo cáo kết quả
trước ngày 04/5/2026./.

Nơi nhận:                                TM. ỦY BAN NHÂN DÂN
- Thường trực Đảng ủy;                   KT. CHỦ TỊCH
- Các thôn;                              PHÓ CHỦ TỊCH
- Lưu: VT.
                                         Lê Văn Sáu
"""


def _of(notice: Notice, field: str) -> Evidence:
    return next(each for each in notice.evidence if each.field == field)


def _shown(text: str, evidence: Evidence) -> list[str]:
    lines = text.split("\n")
    return [lines[place.line - 1][place.start : place.end] for place in evidence.places]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("number", ["12/TB-UBND"]),
        ("issuer", ["ỦY BAN NHÂN DÂN", "XÃ TÂN LẬP"]),
        ("place", ["Tân Lập"]),
        ("issued_on", ["ngày 3 tháng 4 năm 2026"]),
        ("recipients.0", ["Thường trực Đảng ủy"]),
        ("signatory.authority", ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"]),
        ("tasks.t1", ["trực bảo đảm an ninh trong các ngày nghỉ, báo cáo kết quả", "trước ngày 04/5/2026"]),
    ],
)
def test_a_field_points_to_its_words(field: str, words: list[str]) -> None:
    """Each field names the lines and columns of its own words, although two columns share their lines."""
    (notice,) = read_text(_TWO_COLUMNS)
    assert _shown(_TWO_COLUMNS, _of(notice, field)) == words
    assert _of(notice, field).confidence == 1


def test_every_place_lies_on_its_line() -> None:
    """No document of the corpus yields a place outside its text, or a confidence outside 0 to 1."""
    for path in sorted(Path("tests/corpus").glob("cv_*.txt")):
        lines = path.read_text(encoding="utf-8").split("\n")
        for notice in read_document(path.read_bytes(), file_name=path.name):
            for evidence in notice.evidence:
                assert 0 <= evidence.confidence <= 1
                assert all(0 <= place.start < place.end <= len(lines[place.line - 1]) for place in evidence.places)


def test_a_cut_list_is_doubted() -> None:
    """The last line of a list without its archive line is unsure, and so is where the notice goes."""
    text = _TWO_COLUMNS.split("- Lưu", maxsplit=1)[0].replace("- Các thôn;", "- Các thôn,")
    (notice,) = read_text(text)
    assert "cut" in _of(notice, "recipients.1").reasons
    assert notice.confidence is not None
    assert notice.confidence <= 0.5


def test_what_was_concluded_stands_nowhere() -> None:
    """A type that only the symbol names has no place, and says why it is less sure."""
    (notice,) = read_text(_TWO_COLUMNS.replace("                         THÔNG BÁO\n", ""))
    evidence = _of(notice, "doc_type")
    assert (evidence.places, evidence.reasons) == ((), ("by_symbol",))
    assert evidence.confidence < 1


def test_an_implied_task_says_so() -> None:
    """A task that no verb of command opens is less sure than one that was given."""
    (notice,) = read_text(_TWO_COLUMNS.replace("Giao Công an xã trực", "Công an xã tổ chức trực"))
    assert _of(notice, "tasks.t1").reasons == ("implied",)


def test_words_are_found_across_a_gap() -> None:
    """Words parted by a wide gap are one match where they stand nowhere else."""
    match = Words("Số:173    /KH-UBND").find("173/KH-UBND", (1,))
    assert match is not None
    assert (match.share, len(match.places)) == (1.0, 2)


def test_a_long_value_has_no_holes() -> None:
    """What begins on one line and ends on a later one covers all that lies between, but not another column."""
    words = "một hai ba bốn năm sáu bảy tám chín mười xanh đỏ tím vàng nâu đen trắng hồng cam xám lục lam chàm be"
    lines = ["Mở đầu: " + words[:52], words[53:], ""]
    found = Words("\n".join(lines)).find(words, [1, 2])
    assert found is not None
    assert [lines[each.line - 1][each.start : each.end] for each in found.places] == [words[:52], words[53:]]
    beside = [f"{lines[0]}          Nguyễn Văn A", *lines[1:]]
    found = Words("\n".join(beside)).find(words, [1, 2])
    assert found is not None
    assert "Nguyễn" not in beside[0][found.places[0].start : found.places[0].end]


def test_words_that_are_not_there_are_not_found() -> None:
    """Less than half of the words is no match."""
    assert Words("Sở Y tế\nSở Tài chính").find("Ủy ban nhân dân xã", (1, 2)) is None


def test_a_word_that_cannot_be_vietnamese_makes_a_line_doubtful() -> None:
    """A garbled word in a line says so, and the other lines stay as sure as they were."""
    (notice,) = read_text(_TWO_COLUMNS.replace("Thường trực Đảng ủy", "Thườnng trực Đảng ủy"))
    found = [(_of(notice, name).reasons, _of(notice, name).confidence) for name in ("recipients.0", "recipients.1")]
    assert found == [(("misspelt",), WEIGHTS["misspelt"]), ((), 1.0)]


def test_a_garbled_place_is_doubtful() -> None:
    """A place whose name cannot be Vietnamese is less sure."""
    (notice,) = read_text(_TWO_COLUMNS.replace("Tân Lập, ngày", "Tân Lậpp, ngày"))
    assert _of(notice, "place").reasons == ("misspelt",)
