"""Files: encodings, formats, refusals, several notices in one file."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.reading import Unreadable, read_document, read_text
from services.ingest.reading.text.decode import charset_of

LETTER = (
    "UBND TỈNH KIÊN GIANG\nVĂN PHÒNG\nSố: 7/VP-KGVX\nV/v thực hiện kết luận\n\nKiên Giang, ngày 16 tháng 9 năm 2021\n\n"
    "Kính gửi: Các sở, ngành cấp tỉnh.\n\nĐề nghị các sở, ngành cấp tỉnh thực hiện Thông báo kèm theo./.\n\n"
    "Nơi nhận:\n- Như trên;\n- Lưu: VT.\n\nCHÁNH VĂN PHÒNG\n\nLê Thị Hoa\n"
)
NOTICE = (
    "VĂN PHÒNG CHÍNH PHỦ CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n\nSố: 241 /TB-VPCP\n\n"
    "Hà Nội, ngày 12 tháng 9 năm 2021\n\nTHÔNG BÁO\n\nKết luận của Thủ tướng\n\nGiao Bộ Y tế báo cáo.\n\n"
    "Nơi nhận:\n- Các Bộ;\n- Lưu: VT.\n\nBỘ TRƯỞNG, CHỦ NHIỆM\n\nTrần Văn Sơn\n"
)
ANNEX = (
    "\nỦY BAN NHÂN DÂN TỈNH X\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n\n"
    "KẾ HOẠCH\nỨng phó bão\n"
    "(Kèm theo Quyết định số    /QĐ-UBND ngày   /4/2021)\n\nII. TỔ CHỨC THỰC HIỆN\n1. Sở Y tế:\n- Chuẩn bị thuốc.\n"
)


def test_letter_and_enclosed_notice_are_two_notices() -> None:
    """A second header with its own number opens a notice of its own, which the letter encloses."""
    letter, enclosed = read_text(LETTER + "\n" + NOTICE)
    assert (letter.number, letter.encloses) == ("7/VP-KGVX", "241/TB-VPCP")
    assert (enclosed.number, enclosed.issuer, enclosed.encloses) == ("241/TB-VPCP", "Văn phòng Chính phủ", None)


def test_annex_with_a_blank_number_is_the_same_notice() -> None:
    """An annex overwrites nothing of the header, and its tasks belong to the notice."""
    decision = LETTER.replace("V/v thực hiện kết luận\n", "").replace(
        "Kính gửi: Các sở, ngành cấp tỉnh.", "QUYẾT ĐỊNH\nVề bão"
    )
    (notice,) = read_text(decision + ANNEX)
    assert (notice.number, notice.doc_type, notice.place) == ("7/VP-KGVX", "quyết định", "Kiên Giang")
    assert [task.assignees for task in notice.tasks][-1] == ("Sở Y tế",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_read_alike(encoding: str) -> None:
    """UTF-8, UTF-16 and UTF-32, with a mark or without, give the same notice."""
    assert read_document(LETTER.encode(encoding)) == read_text(LETTER)


@pytest.mark.parametrize(
    "written",
    [
        LETTER.replace("\n", "\r\n"),
        unicodedata.normalize("NFD", LETTER),
        LETTER.replace(" ", "\u00a0"),
        LETTER.replace("ư", "ƣ"),
        LETTER.replace("K", "\u200bK"),
    ],
)
def test_wrong_glyphs_change_nothing(written: str) -> None:
    """Line ends, decomposed accents, hard spaces, gha for ư and zero-width marks are repaired before reading."""
    (notice,) = read_text(written)
    (clean,) = read_text(LETTER)
    assert notice.model_dump(exclude={"warnings"}) == clean.model_dump(exclude={"warnings"})


def test_tcvn3_is_converted_and_doubted() -> None:
    """Text of the ABC fonts is converted, and a warning says so."""
    text = "Sè: 12/TB-SYT\nHµ Néi, ngµy 5 th¸ng 5 n¨m 2010\nKÝnh göi: C¸c ®¬n vÞ.\n§Ò nghÞ c¸c ®¬n vÞ thùc hiÖn./.\n"
    text += "N¬i nhËn:\n- Nh­ trªn;\n- L­u: VT.\n"
    (notice,) = read_document(text.encode("latin-1"))
    assert (notice.number, notice.addressees[0].text) == ("12/TB-SYT", "Các đơn vị")
    assert "encoding_converted" in {warning.code for warning in notice.warnings}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"%PDF-1.7\n...", "unsupported"),
        (b"PK\x03\x04 word/document.xml", "unsupported"),
        (b"\x89PNG\r\n\x1a\n", "unsupported"),
        (bytes(range(256)) * 20, "unsupported"),
        (b"\xff\xfe\x00\xd8", "encoding"),
        ("Số: 1/A".encode() + b"\xff\xfe\xfa" * 40, "encoding"),
        ("Hôm nay trời đẹp, chúng tôi đi chơi.".encode(), "not_a_notice"),
        (LETTER.replace("Số: 7", "MẬT\nSố: 7").encode(), "secret"),
        (("TỐI MẬT\n" + NOTICE).encode(), "secret"),
    ],
)
def test_refusal_names_what_where_and_what_to_do(content: bytes, code: str) -> None:
    """Every refusal has a code, a reason and a remedy."""
    with pytest.raises(Unreadable) as refused:
        read_document(content)
    assert (refused.value.code, bool(refused.value.reason), bool(refused.value.remedy)) == (code, True, True)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n...", b"PK\x03\x04 word", b"{\\rtf1 abc}", bytes(range(256)) * 20])
def test_binary_content_is_refused_without_naming_formats(content: bytes) -> None:
    """Which formats are opened elsewhere is not this reader's to say: it refuses whatever is no text alike."""
    with pytest.raises(Unreadable) as refused:
        read_document(content, file_name="a.bin")
    assert refused.value.reason == "The document (*.bin) is binary content, not text."
    assert refused.value.where == "byte 0"


def test_the_word_mat_in_a_sentence_is_no_secrecy_mark() -> None:
    """Only a mark in its own box makes a document secret."""
    (notice,) = read_text(LETTER.replace("Thông báo kèm theo", "quy định về văn bản MẬT"))
    assert notice.secrecy is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    """No bytes raise anything but Unreadable."""
    with suppress(Unreadable):
        assert read_document(content)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*(LETTER + NOTICE + ANNEX).split("\n"), "|", "- ", "(", "\ud800", "**", "1."]), max_size=30
    )
)
def test_any_order_of_lines_is_read_or_refused_the_same_twice(lines: list[str]) -> None:
    """Shuffled, repeated and torn lines raise nothing but Unreadable, and reading is deterministic."""
    outcomes = []
    for _ in range(2):
        try:
            outcomes.append([notice.model_dump() for notice in read_text("\n".join(lines))])
        except Unreadable as refused:
            outcomes.append([{"code": refused.code}])
    assert outcomes[0] == outcomes[1]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "Giao Bộ Y tế " * 15_000,
        ", các Bộ" * 20_000,
        "[" * 60_000,
        "Hà Nội, ngày " * 10_000,
        "SỞ Y TẾ\n" * 20_000,
        "Số: 1/A 20" + "?" * 60_000,
    ],
)
def test_long_monotonous_text_is_read_in_time(text: str) -> None:
    """Text made to exhaust a matcher is read or refused within seconds."""
    with suppress(Unreadable):
        assert read_text(text)


@pytest.mark.parametrize(
    ("media_type", "charset"),
    [("text/plain; charset=windows-1258", "cp1258"), ("text/plain; charset=klingon", None), (None, None)],
)
def test_charset_is_taken_from_the_media_type(media_type: str | None, charset: str | None) -> None:
    """The encoding stated with a file is known by its name; one that nobody knows is passed over."""
    assert charset_of(media_type) == charset


def test_refusal_of_binary_names_the_kind_of_file() -> None:
    """The suffix of the file name tells the sender which file was refused."""
    with pytest.raises(Unreadable, match=r"\.heic"):
        read_document(bytes(range(256)) * 20, file_name="anh.heic")
