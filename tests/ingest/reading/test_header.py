"""Header: number, type, issuer, place, date, subject, urgency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from contracts.notices import Notice
from services.ingest.reading import read_text

Sample = Callable[[str], Notice]

HEADERS = {
    "tong_cuc_thue_cv": ("1811/TCT-CS", "công văn", "Tổng cục Thuế", "Bộ Tài chính", "Hà Nội", "2023-05-05"),
    "so_y_te_cong_van_layout": (
        "1542/SYT-NVY",
        "công văn",
        "Sở Y tế",
        "UBND tỉnh Quảng Nam",
        "Quảng Nam",
        "2022-07-12",
    ),
    "quyet_dinh_dieu3": (
        "4512/QĐ-UBND",
        "quyết định",
        "Ủy ban nhân dân huyện Đông Anh",
        None,
        "Đông Anh",
        "2014-09-08",
    ),
    "tinh_uy_thong_bao": ("36-TB/TU", "thông báo", "Tỉnh ủy Lào Cai", "Đảng bộ tỉnh Lào Cai", "Lào Cai", "2019-02-14"),
    "cong_dien_thu_tuong": ("94/CĐ-TTg", "công điện", "Thủ tướng Chính phủ", None, "Hà Nội", "2024-09-14"),
    "giay_moi": ("27/GM-STP", "giấy mời", "Sở Tư pháp", "UBND tỉnh Nghệ An", "Nghệ An", "2020-03-03"),
    "ke_hoach_xa": (None, "kế hoạch", "Ủy ban nhân dân xã Tân Hưng", None, "Tân Hưng", None),
    "phuong_2025_cong_van": (
        "318/UBND-VHXH",
        "công văn",
        "Ủy ban nhân dân phường Bến Thành",
        None,
        "Bến Thành",
        "2025-10-02",
    ),
    "chi_thi": ("05/CT-UBND", "chỉ thị", "Ủy ban nhân dân tỉnh Đắk Lắk", None, "Đắk Lắk", "2018-03-19"),
    "hdnd_nghi_quyet": (
        "22/NQ-HĐND",
        "nghị quyết",
        "Hội đồng nhân dân tỉnh Thái Bình",
        None,
        "Thái Bình",
        "2021-12-10",
    ),
    "hai_cot_dinh_lien": ("2345/BGDĐT-GDTrH", "công văn", "Bộ Giáo dục và Đào tạo", None, "Hà Nội", "2021-06-07"),
    "mot_dong_noi_nhan": (
        "15/TB-THPTCBH",
        "thông báo",
        "Trường THPT chuyên Biên Hòa",
        "Sở Giáo dục và Đào tạo Hà Nam",
        "Hà Nam",
        "2017-01-09",
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_header_is_read_whatever_its_layout(sample: Sample, name: str) -> None:
    """Number, type, issuer, parent, place and date are read from stacked, tabular, two-column and joined headers."""
    notice = sample(name)
    day = notice.issued_on.isoformat() if notice.issued_on else None
    found = (notice.number, notice.doc_type, notice.issuer, notice.issuer_parent, notice.place, day)
    assert found == HEADERS[name]


def test_blank_number_and_day_stay_empty_and_are_doubted(sample: Sample) -> None:
    """Slots left blank come out empty, never guessed, and each leaves a warning."""
    notice = sample("ke_hoach_xa")
    assert (notice.number, notice.issued_on) == (None, None)
    assert {"number_blank", "date_blank"} <= {warning.code for warning in notice.warnings}


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("so_y_te_cong_van_layout", "tăng cường phòng, chống bệnh sốt xuất huyết"),
        ("quyet_dinh_dieu3", "Về việc kiện toàn Ban Chỉ đạo phòng, chống lụt bão huyện Đông Anh"),
        ("tinh_uy_thong_bao", "kết luận của đồng chí Bí thư Tỉnh ủy tại hội nghị giao ban tháng 02 năm 2019"),
        ("hdnd_nghi_quyet", "Về dự toán ngân sách nhà nước tỉnh Thái Bình năm 2022"),
        ("mot_dong_noi_nhan", "Về lịch nghỉ Tết Nguyên đán"),
        ("to_trinh", "phê duyệt phương án giá nước sạch"),
    ],
)
def test_subject_joins_its_lines_and_stops_before_the_body(sample: Sample, name: str, subject: str) -> None:
    """The subject is joined over its lines, loses "V/v", and takes nothing of the authority line or the body."""
    assert sample(name).subject == subject


@pytest.mark.parametrize(
    ("name", "urgency"),
    [
        ("cong_dien_thu_tuong", "hỏa tốc"),
        ("ban_chi_dao", "thượng khẩn"),
        ("so_y_te_cong_van_layout", "khẩn"),
        ("chi_thi", "thường"),
    ],
)
def test_urgency_mark_is_read(sample: Sample, name: str, urgency: str) -> None:
    """The mark of box 10b is read; without one a notice is ordinary."""
    assert sample(name).urgency == urgency


def test_office_takes_the_name_of_its_parent() -> None:
    """A unit that every body has, such as VĂN PHÒNG, takes its parent's name; a unit with its own name does not."""
    text = "UBND TỈNH KIÊN GIANG\nVĂN PHÒNG\nSố: 1/VP-TH\nKiên Giang, ngày 2 tháng 3 năm 2021\nKính gửi: Sở Y tế.\n"
    (notice,) = read_text(text)
    assert notice.issuer == "Văn phòng UBND tỉnh Kiên Giang"


def test_wrapped_names_are_one_name() -> None:
    """An issuer's name that wraps in the left column is put together."""
    text = (
        "BAN CHỈ ĐẠO QUỐC GIA    CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
        "PHÒNG, CHỐNG DỊCH COVID-19    Độc lập - Tự do - Hạnh phúc\n"
        "Số: 3/TB-BCĐ\nHà Nội, ngày 2 tháng 3 năm 2021\nTHÔNG BÁO\nVề việc họp\n"
    )
    (notice,) = read_text(text)
    assert notice.issuer == "Ban Chỉ đạo quốc gia phòng, chống dịch COVID-19"


def test_arrival_stamp_is_not_the_date() -> None:
    """The date of an arrival stamp does not rival the date of the document."""
    text = (
        "SỞ NỘI VỤ\nCÔNG VĂN ĐẾN Ngày: 12/5/2021\nSố: 7/SNV-VP\nV/v nâng lương\n"
        "Huế, ngày 03 tháng 5 năm 2021\nKính gửi: Các phòng.\nĐề nghị các phòng báo cáo./.\n"
    )
    (notice,) = read_text(text)
    assert notice.issued_on == date(2021, 5, 3)


def test_issuer_without_a_header_is_inferred_and_marked() -> None:
    """Without a header the issuer concluded from the closing words goes to `inferred`, not to `issuer`."""
    text = (
        "THÔNG BÁO\nKẾT LUẬN CỦA THỦ TƯỚNG\nSáng ngày 29 tháng 5 năm 2021, Thủ tướng đã chủ trì cuộc họp.\n"
        "Văn phòng Chính phủ thông báo để các Bộ biết, thực hiện./.\nNơi nhận:\n- Các Bộ;\n- Lưu: VT.\n"
    )
    (notice,) = read_text(text)
    assert notice.issuer is None
    assert notice.inferred == {"issuer": "Văn phòng Chính phủ", "meeting_date": "2021-05-29"}


def test_a_stamp_above_the_header_is_left_out() -> None:
    """An arrival stamp on lines of its own gives neither issuer nor number nor date."""
    text = (
        "VĂN PHÒNG UBND TỈNH\nCÔNG VĂN ĐẾN\nSố: 9921\nNgày 05 tháng 7 năm 2021\n\n"
        "SỞ NỘI VỤ\nSố: 7/SNV-VP\nV/v nâng lương\n"
        "Huế, ngày 30 tháng 6 năm 2021\nKính gửi: Các phòng.\nĐề nghị các phòng báo cáo./.\n"
    )
    (notice,) = read_text(text)
    assert (notice.issuer, notice.number, notice.issued_on) == ("Sở Nội vụ", "7/SNV-VP", date(2021, 6, 30))


def test_a_ward_is_no_type_of_document() -> None:
    """PHƯỜNG AN KHÁNH in the header is a place, though without accents it begins like "phương án"."""
    text = (
        "HỘI ĐỒNG NHÂN DÂN\nPHƯỜNG AN KHÁNH\nSố: 9/NQ-HĐND\nAn Khánh, ngày 2 tháng 3 năm 2026\n"
        "NGHỊ QUYẾT\nVề ngân sách\n"
    )
    (notice,) = read_text(text)
    assert (notice.doc_type, notice.issuer) == ("nghị quyết", "Hội đồng nhân dân phường An Khánh")


def test_subject_under_the_number_needs_no_abbreviation() -> None:
    """Box 5b may be written "Về …" right under the number, over lines that cite a number of their own."""
    text = (
        "SỞ NỘI VỤ\nSố: 7/SNV-VP\nVề triển khai Thông báo\nsố 260/TB-VPCP\nHuế, ngày 30 tháng 6 năm 2021\n"
        "Kính gửi: Các phòng.\nĐề nghị các phòng báo cáo./.\n"
    )
    (notice,) = read_text(text)
    assert notice.subject == "triển khai Thông báo số 260/TB-VPCP"


def test_month_of_a_blank_day_is_inferred() -> None:
    """A blank day leaves the date empty, and the month from which the document speaks is inferred."""
    text = "SỞ Y TẾ\nSố:    /TB-SYT\nHuế, ngày      tháng 8 năm 2022\nTHÔNG BÁO\nVề việc họp\n"
    (notice,) = read_text(text)
    assert (notice.issued_on, notice.inferred) == (None, {"issued_month": "2022-08"})


def test_latest_citation_is_inferred_where_no_date_stands() -> None:
    """Without a date of its own a notice was issued after the latest document that it cites."""
    text = (
        "SỞ Y TẾ\nSố: 5/TB-SYT\nTHÔNG BÁO\nVề việc họp\n\nCăn cứ Công văn số 7/BYT-DP ngày 02/3/2021, Quyết định số "
        "9/QĐ-BYT ngày 15 tháng 4 năm 2021, giao các phòng báo cáo trước ngày 30/6/2021.\n"
    )
    (notice,) = read_text(text)
    assert notice.inferred == {"latest_date_cited": "2021-04-15"}


def test_older_tone_marks_name_the_same_issuer() -> None:
    """UỶ BAN in the older spelling is the same name as ỦY BAN."""
    (notice,) = read_text("UỶ BAN NHÂN DÂN\nTỈNH HOÀ BÌNH\nSố: 5/UBND-VX\nV/v họp\nKính gửi: Sở Y tế.\n")
    assert notice.issuer == "Ủy ban nhân dân tỉnh Hòa Bình"
