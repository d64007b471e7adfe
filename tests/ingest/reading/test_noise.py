"""Noise: what a scan or an export spoilt is read for what it must have been, quoted as written, and doubted."""

from __future__ import annotations

import pytest

from contracts.notices import Notice
from services.ingest.reading import read_text
from services.ingest.reading.text.restore import damage_to, restore
from services.ingest.reading.text.syllables import is_syllable

CLEAN = """ỦY BAN NHÂN DÂN TỈNH HÀ NAM
Số: 12/CT-UBND
Hà Nam, ngày 5 tháng 5 năm 2021
CHỈ THỊ
Về phòng, chống thiên tai

1. Giao Sở Y tế chủ trì, phối hợp với Công an tỉnh khẩn trương rà soát thuốc.
2. Ủy ban nhân dân các huyện có trách nhiệm kiểm tra việc thực hiện, báo cáo trước ngày 30/6/2021.
3. Sở Xây dựng đã thực hiện xong việc kiểm tra các công trình.

Nơi nhận:
- Các sở;
- Lưu: VT.
"""
SPOILT = (
    CLEAN.replace("chủ trì", "chu trì").replace("thuốc", "thuoc").replace("có trách nhiệm", "có trach nhiem")
    .replace("thực hiện", "thuc hien").replace("Sở Xây dựng đã", "Sở Xây dựng da").replace("trước", "truoc")
)  # fmt: skip


def _read(text: str) -> Notice:
    (notice,) = read_text(text)
    return notice


def _codes(notice: Notice) -> list[str]:
    return [warning.code for warning in notice.warnings]


def test_lost_accents_lose_no_task_and_make_none() -> None:
    """The same bodies are told the same, each quoted as written; what was done already stays no task."""
    clean, spoilt = _read(CLEAN), _read(SPOILT)
    assert [task.assignees for task in spoilt.tasks] == [task.assignees for task in clean.tasks]
    assert [task.role for task in spoilt.tasks] == [task.role for task in clean.tasks]
    assert [task.deadline for task in spoilt.tasks] == [task.deadline for task in clean.tasks]
    assert spoilt.tasks[0].text == "chu trì, phối hợp với Công an tỉnh khẩn trương rà soát thuoc."


def test_reading_through_noise_is_said_once() -> None:
    """One warning for a notice with spoilt words, none for a clean one."""
    assert _codes(_read(CLEAN)).count("read_through_noise") == 0
    assert _codes(_read(SPOILT)).count("read_through_noise") == 1


@pytest.mark.parametrize(
    ("written", "spoilt"),
    [
        ("ngày 5 tháng", "nngày 5 tháng"),
        ("ngày 5 tháng", "gày 5 tháng"),
        ("ngày 5 tháng 5 năm", "ngày 5 ttháng 5 năn"),
        ("Hà Nam, ngày", "Hà Nam ngày"),
        ("CHỈ THỊ", "CCHỈ THỊ"),
        ("ỦY BAN", "ỦYY BAN"),
        ("Lưu: VT", "ưu: VT"),
        ("Lưu: VT", "LLưu: VT"),
    ],
)
def test_landmarks_are_known_with_a_letter_wrong(written: str, spoilt: str) -> None:
    """Date, type, issuer and archive line are found with one letter wrong, and a warning says so."""
    clean, notice = _read(CLEAN), _read(CLEAN.replace(written, spoilt))
    assert (notice.issued_on, notice.place, notice.doc_type) == (clean.issued_on, clean.place, clean.doc_type)
    assert [line.text for line in notice.recipients] == [line.text for line in clean.recipients]
    assert notice.issuer is not None
    assert notice.archive == "VT"
    assert "read_through_noise" in _codes(notice)


def test_spoilt_boxes_beside_the_issuer_are_no_part_of_its_name() -> None:
    """A motto, a number and an urgency mark with a letter wrong do not run on from the issuer's name."""
    header = "BỘ Y TẾ                    CỘNNG HÒA XÃ HỘII CHỦ NGHĨA VIỆT NAM\nTHƯỢG KHẨN\nSố:: 12//CT-BYT\n"
    assert _read(header + CLEAN.split("\n", 2)[2]).issuer == "Bộ Y tế"


@pytest.mark.parametrize("word", ["nghiêng", "quốc", "giữ", "huyện", "ủy", "khuya", "gì"])
def test_syllables_are_known(word: str) -> None:
    """Spellings that Vietnamese has are no damage."""
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["thuc", "nhiem", "truong", "thựcc", "tbáng", "khn", "nghà"])
def test_what_cannot_be_a_syllable_is_damage(word: str) -> None:
    """A stop without its tone, letters that never meet, and spellings that the next vowel forbids are damage."""
    assert not is_syllable(word)


def test_foreign_words_make_no_text_garbled() -> None:
    """A few foreign words in a long text leave the second look out."""
    garbled, _ = damage_to(["vắc xin Covid trên website của Pasteur", "các đơn vị thực hiện nghiêm túc " * 40])
    assert not garbled


def test_a_phrase_is_quoted_as_written() -> None:
    """Positions come back through words of another length, and through names put together from a list."""
    found = restore("Giao các Bộ: Y tế, Cong an khẩnn trương thuc hien")
    assert found is not None
    assert found.text == "Giao các Bộ: Y tế, Công an khẩn trương thực hiện"
    assert found.as_written("khẩn trương thực hiện") == "khẩnn trương thuc hien"
    assert found.as_written("Bộ Công an") == "Bộ Cong an"
