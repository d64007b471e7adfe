"""Words become rows, rows come apart into columns, and what belongs to the paper is left out."""

from __future__ import annotations

from services.ingest.formats.drop_furniture import Placed, drop_furniture
from services.ingest.formats.drop_overlays import drop_overlays
from services.ingest.formats.gather_rows import gather_rows, without_footnotes, without_raised
from services.ingest.formats.page import Piece, Word
from services.ingest.formats.set_rows import PageWords, set_rows
from services.ingest.formats.split_columns import split_columns

_CHARACTER = 6.0


def _words(text: str, x: float, y: float, *, size: float = 13, space: float = 3.0) -> list[Word]:
    """Words of a line whose top left is (x, y), each letter 6 points wide at 13 points."""
    found = []
    for part in text.split():
        width = len(part) * _CHARACTER * size / 13
        found.append(Word(part, x, x + width, y, y + size * 1.17))
        x += width + space
    return found


def _split(*lines: list[Word]) -> list[list[str]]:
    bands = gather_rows([word for line in lines for word in line])
    return [[piece.text for piece in pieces] for pieces in split_columns(bands)]


def _placed(text: str, y: float, *, height: float = 15) -> Placed:
    return Placed(y, y + height, height, (Piece(text, 85, 300),))


def test_a_wide_gap_parts_columns() -> None:
    """Words more than two and a half characters apart stand in different pieces."""
    assert _split([*_words("VĂN PHÒNG", 85, 60), *_words("CỘNG HÒA", 300, 60)]) == [["VĂN PHÒNG", "CỘNG HÒA"]]


def test_a_narrow_gap_in_a_shared_gutter_parts_columns() -> None:
    """A recipient that nearly touches the signature is parted from it where its neighbours show the gutter."""
    left = ["Nơi nhận:", "- Thường trực Hội đồng nhân dân;", "- Lưu: VT."]
    edge = _words(left[1], 85, 80)[-1].x1
    lines = [
        _words(text, 85, 60 + 20 * at) + _words("PHÓ CHỦ TỊCH", edge + 8, 60 + 20 * at) for at, text in enumerate(left)
    ]
    assert _split(*lines) == [[text, "PHÓ CHỦ TỊCH"] for text in left]


def test_a_line_spread_to_the_margins_stays_whole() -> None:
    """A justified line with few words is one piece: all its gaps are alike."""
    assert _split(_words("tổ chức thực hiện nghiêm chỉnh", 85, 60, space=16)) == [["tổ chức thực hiện nghiêm chỉnh"]]


def test_justified_lines_below_each_other_stay_whole() -> None:
    """Chance alignments of slightly wide gaps in body text part nothing."""
    lines = [_words("các bộ ngành địa phương biết và thực hiện", 85, 60 + 17 * at, space=7) for at in range(5)]
    assert all(len(pieces) == 1 for pieces in _split(*lines))


def test_a_list_mark_stays_with_its_item() -> None:
    """A dash set far before its item is no column of its own."""
    assert _split([*_words("-", 85, 60), *_words("Như trên;", 110, 60)]) == [["- Như trên;"]]


def test_columns_that_are_not_level_make_rows_of_their_own() -> None:
    """Lines of two columns at different heights follow each other from top to bottom."""
    rows = _split(_words("Nơi nhận:", 85, 60), _words("KT. CHỦ TỊCH", 300, 70), _words("- Như trên;", 85, 80))
    assert rows == [["Nơi nhận:"], ["KT. CHỦ TỊCH"], ["- Như trên;"]]


def test_columns_nearly_level_share_a_row() -> None:
    """Two header lines a few points apart are one row."""
    rows = _split(_words("Số: 12/QĐ-UBND", 85, 60), _words("Hà Nội, ngày 01", 300, 64))
    assert rows == [["Số: 12/QĐ-UBND", "Hà Nội, ngày 01"]]


def test_words_drawn_twice_count_once() -> None:
    """Bold that a printer made by drawing a word twice is one word."""
    twice = _words("QUYẾT ĐỊNH", 85, 60) + _words("QUYẾT ĐỊNH", 85.4, 60)
    assert _split(twice) == [["QUYẾT ĐỊNH"]]


def test_a_raised_number_is_dropped() -> None:
    """The number of a footnote does not become part of the word before it."""
    line = [*_words("Chính phủ", 85, 60), Word("1", 140, 144, 59, 66, glued=True)]
    band = without_raised(gather_rows(line)[0])
    assert band is not None
    assert band.text == "Chính phủ"


def test_a_square_metre_keeps_its_power() -> None:
    """The raised 2 of m² is no footnote."""
    line = [*_words("500 m", 85, 60), Word("2", 120, 124, 59, 66, glued=True)]
    band = without_raised(gather_rows(line)[0])
    assert band is not None
    assert band.text == "500 m2"


def test_a_footnote_block_leaves_the_page() -> None:
    """Small rows at a page's foot that open with a number are footnotes."""
    body = [word for at in range(10) for word in _words("các bộ, ngành địa phương", 85, 60 + at * 20)]
    note = [Word("1", 85, 89, 700, 706), *_words("Theo Quyết định số 5/QĐ-TTg", 92, 701, size=10)]
    bands = gather_rows([*body, *note, *_words("của Thủ tướng", 85, 714, size=10)])
    kept, dropped = without_footnotes(bands, 15.2, 842)
    assert (len(kept), dropped) == (10, 2)


def test_recipients_in_small_letters_are_no_footnote() -> None:
    """The list of recipients at a page's foot is kept although it is set small."""
    body = [word for at in range(10) for word in _words("các bộ, ngành địa phương", 85, 60 + at * 20)]
    bands = gather_rows([*body, *_words("Nơi nhận:", 85, 700, size=11), *_words("- Như trên;", 85, 714, size=11)])
    assert without_footnotes(bands, 15.2, 842) == (bands, 0)


def test_page_numbers_and_repeated_lines_are_dropped() -> None:
    """A number alone at the top and a line that stands on every page are furniture; the first page keeps its head."""
    pages = [
        [_placed("Cổng thông tin", 20), _placed(f"- {page} -", 40), _placed(f"Nội dung {page}", 200)]
        for page in range(4)
    ]
    found = [[row.text for row in rows] for rows in drop_furniture(pages, [842] * 4)]
    assert found == [["Cổng thông tin", "Nội dung 0"], ["Nội dung 1"], ["Nội dung 2"], ["Nội dung 3"]]


def test_a_header_on_every_page_is_kept() -> None:
    """Notices of one page each in one file keep their issuers."""
    page = [_placed("ỦY BAN NHÂN DÂN", 50), _placed("CỘNG HÒA XÃ HỘI", 66), _placed("Nội dung", 200)]
    assert all(len(rows) == 3 for rows in drop_furniture([page] * 4, [842] * 4))


def test_a_signature_banner_is_dropped() -> None:
    """What a digital signature prints, and the small lines under it, is no part of the notice."""
    rows = [
        _placed("Người ký: Văn phòng", 20, height=8),
        _placed("Cơ quan: Chính phủ", 29, height=8),
        _placed("VĂN PHÒNG CHÍNH PHỦ", 60),
    ]
    assert [row.text for row in drop_overlays(rows, 15)] == ["VĂN PHÒNG CHÍNH PHỦ"]


def test_a_name_under_a_signature_banner_stays() -> None:
    """The signer's name, larger than the banner above it, stays though its row's other column is small."""
    banner = [Piece("Người ký: Văn phòng", 320, 420, height=9), Piece("Thời gian ký: 06.02.2026", 320, 440, height=9)]
    name = (Piece("- Các đảng ủy xã, phường;", 85, 230, height=11), Piece("Nguyễn Trường Giang", 330, 430, height=15))
    rows = [Placed(20 + 10 * at, 29 + 10 * at, 9, (piece,)) for at, piece in enumerate(banner)]
    assert [row.text for row in drop_overlays([*rows, Placed(40, 55, 11, name)], 15)] == [
        "- Các đảng ủy xã, phường; Nguyễn Trường Giang"
    ]


def test_an_arrival_stamp_is_dropped_beside_what_it_stands_by() -> None:
    """A stamp's lines go, and those of the page beside and below them stay."""
    pairs = [("ĐẾN Số: 1205", "THÔNG BÁO"), ("Ngày: 21/6/2022", ""), ("Chuyển: .....", "Kết quả thanh tra năm 2022")]
    rows = []
    for at, (stamped, printed) in enumerate(pairs):
        beside = (Piece(printed, 200, 420, height=15),) if printed else ()
        rows.append(Placed(20 + 10 * at, 29 + 10 * at, 10, (Piece(stamped, 36, 110, height=10), *beside)))
    number = Placed(52, 67, 15, (Piece("Số: 61/BC-UBND", 40, 160, height=15),))
    kept = [row.text for row in drop_overlays([*rows, number], 15)]
    assert kept == ["THÔNG BÁO", "Kết quả thanh tra năm 2022", "Số: 61/BC-UBND"]


def test_a_subject_that_speaks_of_a_day_to_come_is_no_stamp() -> None:
    """A title whose line happens to begin with ĐẾN stays."""
    rows = [_placed("KẾ HOẠCH TỪ NAY", 20), _placed("ĐẾN NGÀY 30 THÁNG 4", 38)]
    assert drop_overlays(rows, 15) == rows


def test_another_size_parts_a_line() -> None:
    """A small line that nearly touches a larger one was put beside it, and is a piece of its own."""
    small = _words("Ngày: 21/6/2022", 36, 64, size=9)
    title = _words("Kết quả thanh tra", small[-1].x1 + 5, 60, size=14)
    assert _split([*small, *title]) == [["Ngày: 21/6/2022", "Kết quả thanh tra"]]


def test_no_gap_opens_a_page_in_mid_paragraph() -> None:
    """A paragraph that goes on over a page break is not cut there."""
    full = "Thủ tướng Chính phủ yêu cầu các bộ ngành địa phương khẩn trương thực hiện"
    first = [word for at in range(5) for word in _words(full, 85, 60 + at * 18)]
    rows, _ = set_rows([PageWords(1, tuple(first), 842), PageWords(2, tuple(_words("nghiêm túc.", 85, 60)), 842)])
    assert [row.gap_before for row in rows if row.page == 2] == [False]


def test_a_gap_parts_paragraphs() -> None:
    """A row that stands further down than rows usually do is told apart; a drawn rule is told, not kept."""
    at = [60, 78, 96, 126, 144]
    words = [word for y in at for word in _words("các bộ, ngành", 85, y)]
    rows, _ = set_rows([PageWords(1, (*words, *_words("-------", 85, 162), *_words("Điều 1.", 85, 180)), 842)])
    assert [row.gap_before for row in rows][:5] == [False, False, False, True, False]
    assert rows[-1].ruled


def test_short_paragraphs_stand_apart() -> None:
    """Where most paragraphs have one line, the distance within those that have more tells what a gap is."""
    full = "Thủ tướng Chính phủ yêu cầu các bộ ngành địa phương khẩn trương thực hiện"
    lines = [
        (full, 113, 60),
        ("nghiêm túc.", 85, 77),
        *((f"- Việc thứ {at};", 113, 77 + 23 * at) for at in range(1, 6)),
    ]
    words = [word for text, x, y in lines for word in _words(text, x, y)]
    rows, _ = set_rows([PageWords(1, tuple(words), 842)])
    assert [row.gap_before for row in rows] == [False, False, True, True, True, True, True]
