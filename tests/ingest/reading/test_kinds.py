"""Twenty notices of other kinds of issuer and other layouts, each with everything that must be read in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from contracts.notices import Notice

Sample = Callable[[str], Notice]


class Expected(NamedTuple):
    """What stands in a notice. `signed`: archive line, authority, title, name. `tasks`: who, first words, by when."""

    header: tuple[str | None, ...]
    addressees: tuple[str, ...]
    recipients: tuple[str, ...]
    signed: tuple[str | None, ...]
    tasks: tuple[tuple[str, str, str | None], ...]


NOTICES = {
    "tand_thong_bao": Expected(
        ("41/TB-TA", "thông báo", "Tòa án nhân dân huyện Mỏ Cày Nam", "Mỏ Cày Nam"),
        (),
        ("TAND tỉnh Bến Tre (để b/c)", "VKSND huyện", "Công an huyện"),
        ("VP", None, "CHÁNH ÁN", "Đặng Quốc Khởi"),
        (
            ("Các Thẩm phán", "hoãn các phiên tòa", "2020-04-15"),
            ("Văn phòng", "niêm yết thông báo", None),
            ("Công an huyện", "hạn chế trích xuất", None),
        ),
    ),
    "vksnd_cong_van": Expected(
        ("388/VKS-P3", "công văn", "Viện kiểm sát nhân dân tỉnh Hà Giang", "Hà Giang"),
        ("Viện trưởng Viện kiểm sát nhân dân các huyện, thành phố",),
        ("Như trên", "Lãnh đạo VKSND tỉnh (để b/c)", "Phòng 8 (để t/h)"),
        ("VT, P8 (2b)", "KT. VIỆN TRƯỞNG", "PHÓ VIỆN TRƯỞNG", "Mai Trung Kiên"),
        (
            ("Viện kiểm sát nhân dân các huyện, thành phố", "tự đối soát hồ", "2022-07-15"),
            ("Phòng 8", "tổng hợp, tham mưu", None),
        ),
    ),
    "tinh_doan_ke_hoach": Expected(
        ("57-KH/TĐTN-PT", "kế hoạch", "BCH Đoàn tỉnh Cà Mau", "Cà Mau"),
        (),
        ("TW Đoàn (b/c)", "TT Tỉnh ủy (b/c)", "Thường trực Tỉnh Đoàn", "Các huyện, thành Đoàn, Đoàn trực thuộc (t/h)"),
        ("VP-PT", "TM. BAN THƯỜNG VỤ TỈNH ĐOÀN", "PHÓ BÍ THƯ", "Tô Nhật Linh"),
        (
            ("Ban Phong trào Tỉnh Đoàn", "Tham mưu Ban Thường", None),
            ("Ban Phong trào Tỉnh Đoàn", "Gom số liệu, báo", None),
            ("Các huyện, thành Đoàn và Đoàn trực thuộc", "Chọn ít nhất 01", "2024-03-25"),
        ),
    ),
    "mttq_huong_dan": Expected(
        ("19/HD-MTTQ-BTT", "hướng dẫn", "Ủy ban MTTQ Việt Nam tỉnh An Giang", "An Giang"),
        (),
        (
            "Ban Thường trực UBTW MTTQ Việt Nam (để b/c)",
            "Thường trực Tỉnh ủy (để b/c)",
            "Các tổ chức thành viên",
            "UB MTTQ VN các huyện, thị xã, thành phố",
        ),
        ("VT, P", "TM. BAN THƯỜNG TRỰC", "PHÓ CHỦ TỊCH", "Lâm Thanh Tuyền"),
        (
            ("Ủy ban MTTQ Việt Nam các huyện, thị xã, thành phố", "chọn một xã làm", "2023-11-05"),
            ("các tổ chức thành viên", "chia sẻ hình ảnh", None),
        ),
    ),
    "benh_vien_thong_bao": Expected(
        ("73/TB-BVĐKT", "thông báo", "Bệnh viện Đa khoa tỉnh", "Bình Định"),
        (),
        ("Sở Y tế (b/c)", "Các khoa, phòng"),
        ("VT, KHTH", None, "GIÁM ĐỐC", "Phan Tấn Nghĩa"),
        (
            ("Khoa Cấp cứu", "bố trí 02 kíp", None),
            ("Phòng Kế hoạch tổng hợp", "duyệt lịch trực, gửi", "2019-12-30"),
            ("Khoa Dược", "dự trù thuốc, máu", None),
        ),
    ),
    "cong_ty_thong_bao": Expected(
        ("2950/PCQB-KHKT", "công văn", "Công ty Điện lực Quảng Bình", "Quảng Bình"),
        ("UBND các huyện, thị xã, thành phố", "Chi cục Kiểm lâm tỉnh", "Hạt Giao thông đường bộ"),
        ("Như trên", "Giám đốc Cty (để b/c)", "Các Điện lực (để t/h)"),
        ("VT, KT, AT", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Hoàng Hiếu Trung"),
        (
            ("UBND các huyện, thị xã, thành phố", "vận động Nhân dân", None),
            ("các Điện lực trực thuộc", "chủ động liên hệ", "2021-08-31"),
        ),
    ),
    "dac_khu_2025": Expected(
        ("212/UBND-KT", "công văn", "Ủy ban nhân dân đặc khu Lý Sơn", "Lý Sơn"),
        (
            "Phòng Kinh tế",
            "Công an đặc khu",
            "Ban Chỉ huy Quân sự đặc khu",
            "Đồn Biên phòng Lý Sơn",
            "Các chủ tàu, thuyền trưởng",
        ),
        ("Như trên", "Ban Chỉ huy PTDS tỉnh (b/c)", "TT Đảng ủy, HĐND đặc khu", "CT, PCT UBND đặc khu"),
        ("VT, HC", None, "CHỦ TỊCH", "Nguyễn Minh Tri"),
        (
            ("Đồn Biên phòng Lý Sơn", "bắn pháo hiệu gọi", None),
            ("Công an đặc khu", "cấm xe lưu thông", None),
            ("Phòng Kinh tế", "báo cáo kết quả", "2025-11-06"),
        ),
    ),
    "phuong_2026_thong_bao": Expected(
        ("95/TB-UBND", "thông báo", "Ủy ban nhân dân phường Hòa Xuân", "Hòa Xuân"),
        (),
        ("TT Đảng ủy phường (b/c)", "Các tổ dân phố", "Trung tâm Cung ứng DVC phường"),
        ("VT", "TM. ỦY BAN NHÂN DÂN; KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Huỳnh Lệ Thủy"),
        (
            ("Các tổ dân phố", "tập kết rác tại", None),
            ("Trung tâm Cung ứng dịch vụ công phường", "đưa xe đến từng", None),
        ),
    ),
    "lien_tich": Expected(
        ("1207/HDLT-STC-BHXH", "hướng dẫn liên tịch", "Sở Tài chính - Bảo hiểm xã hội tỉnh Tiền Giang", "Tiền Giang"),
        (),
        ("UBND tỉnh (b/c)", "Sở GDĐT (p/h)", "Phòng TCKH các huyện, thị xã, thành phố"),
        ("VT Sở TC, VT BHXH", "KT. GIÁM ĐỐC SỞ TÀI CHÍNH", "PHÓ GIÁM ĐỐC", "Lê Thanh Sang"),
        (
            ("Phòng Tài chính - Kế hoạch các huyện, thị xã, thành phố", "chuyển kinh phí cho", None),
            ("Bảo hiểm xã hội các huyện, thị xã", "đối chiếu danh sách", None),
        ),
    ),
    "giay_moi_kinh_moi": Expected(
        ("64/GM-HĐND", "giấy mời", "Hội đồng nhân dân tỉnh Kon Tum", "Kon Tum"),
        ("Các vị đại biểu Quốc hội đơn vị tỉnh", "Các vị đại biểu HĐND tỉnh", "Giám đốc các sở, ngành cấp tỉnh"),
        ("Như thành phần mời", "TT Tỉnh ủy (b/c)"),
        ("VT, TH", "TM. THƯỜNG TRỰC HĐND", "PHÓ CHỦ TỊCH", "U Thanh Sơn"),
        (("Văn phòng Đoàn ĐBQH và HĐND tỉnh", "chuẩn bị tài liệu,", "2022-12-03"),),
    ),
    "phieu_chuyen": Expected(
        ("15/PC-BTCD", "phiếu chuyển", "Ban Tiếp công dân", "Ninh Thuận"),
        ("Chủ tịch Ủy ban nhân dân huyện Thuận Nam",),
        ("Như trên", "Ông Chamaléa Thêm (để biết)"),
        ("TCD", None, "TRƯỞNG BAN", "Đạo Văn Rớt"),
        (),
    ),
    "kinh_gui_xuong_dong": Expected(
        ("4402/BNV-TCBC", "công văn", "Bộ Nội vụ", "Hà Nội"),
        (
            (
                "Các Bộ, cơ quan ngang Bộ, cơ quan thuộc Chính phủ, các tổ chức do Chính phủ, "
                "Thủ tướng Chính phủ thành lập mà không phải là đơn vị sự nghiệp công lập"
            ),
            "Ủy ban nhân dân các tỉnh, thành phố trực thuộc Trung ương",
            "Cơ quan Trung ương các hội có tính chất đặc thù được giao biên chế",
        ),
        ("Như trên", "Bộ trưởng (để b/cáo)", "Thứ trưởng Trần Anh Tuấn"),
        ("VT, TCBC", "KT. BỘ TRƯỞNG", "THỨ TRƯỞNG", "Trần Anh Tuấn"),
        (("các Bộ, ngành, địa phương", "gửi báo cáo về", "2018-09-30"),),
    ),
    "noi_nhan_danh_so": Expected(
        ("08/TB-THND", "thông báo", "Trường Tiểu học Nguyễn Du", "Gò Vấp"),
        (),
        ("Phòng GDĐT quận (để báo cáo)", "Trạm Y tế Phường 4 (để phối hợp)", "GVCN các lớp (để thực hiện)"),
        ("VT", None, "HIỆU TRƯỞNG", "Bùi Thị Kim Phượng"),
        (),
    ),
    "noi_nhan_khong_dau": Expected(
        ("501/TB-CCT", "thông báo", "Chi cục Thuế khu vực Bến Lức - Thủ Thừa", "Bến Lức"),
        (),
        ("Cục Thuế tỉnh (b/c)", "UBND huyện Bến Lức, UBND huyện Thủ Thừa", "UBND các xã, thị trấn"),
        ("VT, TTHT", None, "CHI CỤC TRƯỞNG", "Huỳnh Tấn Phong"),
        (("UBND các xã, thị trấn", "đọc thông báo trên", None),),
    ),
    "tong_cuc_cong_dien": Expected(
        ("11/CĐ-TCĐBVN", "công điện", "Tổng cục Đường bộ Việt Nam", "Hà Nội"),
        ("Cục Quản lý đường bộ II, III", "Sở Giao thông vận tải các tỉnh từ Thanh Hóa đến Khánh Hòa"),
        ("Như trên", "Bộ GTVT (để b/c)", "VP thường trực BCH PCTT Bộ GTVT"),
        ("VT, QLBT (5b)", "KT. TỔNG CỤC TRƯỞNG", "PHÓ TỔNG CỤC TRƯỞNG", "Nguyễn Mạnh Thắng"),
        (
            ("Cục Quản lý đường bộ II, III", "chốt trực tại các", None),
            ("Các Sở Giao thông vận tải", "đảm bảo giao thông", None),
        ),
    ),
    "hdnd_nghi_quyet_xa": Expected(
        ("07/NQ-HĐND", "nghị quyết", "Hội đồng nhân dân xã Ea Kar", "Ea Kar"),
        (),
        ("TT HĐND, UBND tỉnh", "Đảng ủy, UBND, UBMTTQVN xã", "Đại biểu HĐND xã"),
        ("VT, VP", None, "CHỦ TỊCH", "Y Thịnh Niê"),
        (
            ("Thường trực Hội đồng nhân dân xã", "ban hành kế hoạch", "2025-12-31"),
            ("Các Ban của Hội đồng nhân dân xã", "thẩm tra báo cáo", None),
        ),
    ),
    "ban_to_chuc_tinh_uy": Expected(
        ("210-CV/BTCTU", "công văn", "Ban Tổ chức Tỉnh ủy Sơn La", "Sơn La"),
        ("Các huyện ủy, thành ủy, đảng ủy trực thuộc Tỉnh ủy",),
        ("Như kính gửi", "Đ/c Trưởng ban (để b/c)"),
        ("Ban Tổ chức Tỉnh ủy", "K/T TRƯỞNG BAN", "PHÓ TRƯỞNG BAN", "Lò Minh Hạnh"),
        (("các huyện ủy, thành ủy, đảng ủy trực thuộc", "chốt số đảng viên", "2023-02-28"),),
    ),
    "truong_dai_hoc": Expected(
        ("640/QĐ-ĐHNT", "quyết định", "Trường Đại học Nha Trang", "Khánh Hòa"),
        (),
        ("Như Điều 3", "Hội đồng trường (để b/c)"),
        ("VT, TCNS", None, "HIỆU TRƯỞNG", "Trang Sĩ Trung"),
        (("Ban Chỉ đạo", "có nhiệm vụ xây", "2021-09-30"),),
    ),
    "cong_van_nhieu_don_vi": Expected(
        (None, "công văn", "Sở Lao động - Thương binh và Xã hội", "Hậu Giang"),
        ("Phòng Lao động - Thương binh và Xã hội các huyện, thị xã, thành phố",),
        ("Như trên", "UBND tỉnh (báo cáo)"),
        ("VT, BTXH", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Nguyễn Hữu Ái"),
        (
            ("Phòng Lao động - Thương binh và Xã hội các huyện, thị xã, thành phố", "Tập huấn điều tra", "2020-10-20"),
            ("Phòng Lao động - Thương binh và Xã hội các huyện, thị xã, thành phố", "Lập danh sách hộ", None),
        ),
    ),
    "hai_cot_ngoac": Expected(
        ("318/TB-VP", "thông báo", "Văn phòng UBND tỉnh Đồng Nai", "Đồng Nai"),
        (),
        ("Chủ tịch, các PCT UBND tỉnh", "Các Sở: TN&MT, TC, XD", "UBND huyện Long Thành", "Chánh, các Phó CVP"),
        ("VT, ĐT. (Khoa)", "TL. CHỦ TỊCH; KT. CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG", "Nguyễn Kim Long"),
        (
            ("UBND huyện Long Thành", "niêm yết công khai", "2020-08-20"),
            ("Sở Tài nguyên và Môi trường", "thẩm định giá đất", None),
            ("Sở Tài chính", "cân đối nguồn vốn.", None),
            ("Văn phòng UBND tỉnh", "theo dõi, đôn đốc", None),
        ),
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_header_is_read_for_every_kind_of_issuer(sample: Sample, name: str) -> None:
    """Courts, prosecutors, unions, schools, hospitals, companies, wards: number, type, issuer and place are read."""
    notice = sample(name)
    assert (notice.number, notice.doc_type, notice.issuer, notice.place) == NOTICES[name].header


@pytest.mark.parametrize("name", NOTICES)
def test_lists_are_read_in_every_layout(sample: Sample, name: str) -> None:
    """Lists wrapped, numbered, without marks, in a table cell, or begun beside their heading come out item by item."""
    notice = sample(name)
    assert tuple(line.text for line in notice.addressees) == NOTICES[name].addressees
    assert tuple(line.text for line in notice.recipients) == NOTICES[name].recipients
    assert notice.recipients_complete


@pytest.mark.parametrize("name", NOTICES)
def test_archive_line_and_signature_are_read(sample: Sample, name: str) -> None:
    """Archive lines of every form are taken off the list; authority, title and name are told apart."""
    notice = sample(name)
    assert notice.signatory is not None
    signatory = notice.signatory
    assert (notice.archive, signatory.authority, signatory.title, signatory.name) == NOTICES[name].signed


@pytest.mark.parametrize("name", NOTICES)
def test_tasks_are_told_to_the_bodies_that_open_them(sample: Sample, name: str) -> None:
    """Every item that opens with a body is its task, whatever its verb; announcements and requests are nobody's."""
    told = tuple(
        (
            "; ".join(task.assignees),
            " ".join(task.text.split()[:4]),
            task.deadline.isoformat() if task.deadline else None,
        )
        for task in sample(name).tasks
    )
    assert told == NOTICES[name].tasks


def test_two_bodies_that_sign_side_by_side_leave_a_warning(sample: Sample) -> None:
    """Of two signatures on one level the right one is kept, and the other is told to a person."""
    assert "second_signer" in {warning.code for warning in sample("lien_tich").warnings}
