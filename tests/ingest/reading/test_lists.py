"""Addressees, recipients, archive line, signature."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.notices import Notice
from services.ingest.reading import read_text

Sample = Callable[[str], Notice]


def _headed(block: str) -> str:
    return f"SỞ Y TẾ\nSố: 1/TB-SYT\nTHÔNG BÁO\nVề việc họp\n\nSở Y tế thông báo để các đơn vị biết./.\n\n{block}"


def _recipients(block: str) -> list[str]:
    (notice,) = read_text(_headed(block))
    return [line.text for line in notice.recipients]


@pytest.mark.parametrize(
    ("name", "addressees"),
    [
        ("tong_cuc_thue_cv", ["Cục Thuế tỉnh Bình Dương"]),
        ("phuong_2025_cong_van", ["Phòng Kinh tế, Hạ tầng và Đô thị", "Phòng Văn hóa - Xã hội", "Các khu phố"]),
        ("to_trinh", ["Ủy ban nhân dân thành phố Hải Phòng", "Sở Tài chính", "Sở Xây dựng"]),
        ("ban_chi_dao", ["Chủ tịch Ủy ban nhân dân các tỉnh, thành phố trực thuộc Trung ương"]),
        (
            "cong_dien_thu_tuong",
            [
                "Bộ trưởng các Bộ: Quốc phòng, Công an, Y tế, Công Thương",
                "Chủ tịch UBND các tỉnh, thành phố: Hà Nội, Hải Phòng, Quảng Ninh, Lào Cai, Yên Bái",
            ],
        ),
        ("hai_cot_dinh_lien", ["Các Sở Giáo dục và Đào tạo"]),
    ],
)
def test_addressees_are_read_on_one_line_and_on_several(sample: Sample, name: str, addressees: list[str]) -> None:
    """Kính gửi with one or several lines, and the list of a telegram, give one addressee an item."""
    assert [addressee.text for addressee in sample(name).addressees] == addressees


@pytest.mark.parametrize(
    ("name", "recipients", "archive"),
    [
        ("phuong_2025_cong_van", ["Như trên", "TT. UBND phường"], "VT, VHXH"),
        ("to_trinh", ["Như kính gửi", "HĐQT (để b/c)"], "VT, KD"),
        ("mot_dong_noi_nhan", ["Các tổ chuyên môn", "GVCN các lớp"], "VT"),
        ("ke_hoach_xa", ["Công an tỉnh", "TT Đảng ủy, HĐND xã", "Các ban, ngành, đoàn thể xã", "Các ấp"], "VT"),
        ("khong_dau", ["Cac so, ban, nganh", "UBND cac huyen, thanh pho"], "VT"),
        ("hai_cot_dinh_lien", ["Như trên", "Bộ trưởng (để b/c)", "Các Thứ trưởng"], "VT, Vụ GDTrH"),
        ("tong_cuc_thue_cv", ["Như trên", "Phó TCTr Đặng Ngọc Minh (để b/c)", "Vụ PC, CST (BTC)"], "VT, CS (3b)"),
    ],
)
def test_recipients_end_at_the_archive_line(sample: Sample, name: str, recipients: list[str], archive: str) -> None:
    """Items with any mark or none, one a line or joined, are read up to the archive line, which is kept apart."""
    notice = sample(name)
    assert [line.text for line in notice.recipients] == recipients
    assert (notice.archive, notice.recipients_complete) == (archive, True)


def test_addressee_ends_where_the_body_begins() -> None:
    """Without a blank line after it, one addressee does not take in the body."""
    (notice,) = read_text(
        "SỞ XÂY DỰNG\nSố: 911/SXD-QLN\nV/v báo cáo\nKính gửi: UBND các huyện, thành phố\n"
        "Thực hiện chỉ đạo của UBND tỉnh, Sở Xây dựng đề nghị UBND các huyện, thành phố báo cáo\n"
        "tình hình nhà ở xã hội trên địa bàn.\nNơi nhận:\n- Như trên;\n- Lưu: VT.\n"
    )
    assert [addressee.text for addressee in notice.addressees] == ["UBND các huyện, thành phố"]


def test_bold_pieces_of_a_table_cell_are_lines() -> None:
    """A table that holds the whole header or the whole list in one cell is read as if it had lines."""
    (notice,) = read_text(
        "| **BỘ CÔNG THƯƠNG** **CỤC XUẤT NHẬP KHẨU** | **CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM** |\n| --- | --- |\n"
        "| Số: 321/XNK-NS V/v xuất khẩu gạo | *Hà Nội, ngày 8 tháng 5 năm 2020* |\n\nKính gửi: Hiệp hội A\n\n"
        "Cục đề nghị Hiệp hội A báo cáo.\n\n"
        "| **Nơi nhận:** - Như trên; - Lưu: VT, NS. | **CỤC TRƯỞNG** **Phan Văn Chinh** |\n| --- | --- |\n"
    )
    assert (notice.issuer, notice.subject) == ("Cục Xuất nhập khẩu", "xuất khẩu gạo")
    assert ([line.text for line in notice.recipients], notice.archive) == (["Như trên"], "VT, NS")
    assert notice.signatory is not None
    assert notice.signatory.name == "Phan Văn Chinh"


def test_an_item_is_not_a_semicolon() -> None:
    """An item that names several bodies with semicolons stays one item."""
    item = "Các Bộ: Tài chính; Công Thương; Văn hóa, Thể thao và Du lịch; Công an"
    assert _recipients(f"Nơi nhận:\n- Như Điều 2;\n- {item};\n- Lưu: VT.\n") == ["Như Điều 2", item]


def test_wrapped_items_are_joined() -> None:
    """A line without a mark continues the item above it."""
    block = "Nơi nhận:\n- VPCP: BTCN, các PCN,\nTrợ lý TTg,\ncác Vụ: TH, KTTH;\n- Lưu: VT.\n"
    assert _recipients(block) == ["VPCP: BTCN, các PCN, Trợ lý TTg, các Vụ: TH, KTTH"]


def test_two_columns_are_told_apart() -> None:
    """Titles and names that end a recipient's line go to the signature."""
    (notice,) = read_text(
        _headed(
            "Nơi nhận:                          KT. GIÁM ĐỐC\n- Như trên;                       PHÓ GIÁM ĐỐC\n"
            "- Các phòng thuộc Sở;\n                                   Nguyễn Văn Bình\n- Lưu: VT.\n"
        )
    )
    assert [line.text for line in notice.recipients] == ["Như trên", "Các phòng thuộc Sở"]
    assert notice.signatory is not None
    assert notice.signatory.model_dump() == {
        "authority": "KT. GIÁM ĐỐC",
        "title": "PHÓ GIÁM ĐỐC",
        "name": "Nguyễn Văn Bình",
    }


def test_floating_brace_gives_its_purpose_to_its_neighbours() -> None:
    """A purpose beside a finished item means the lines around it, and a person is warned of it."""
    (notice,) = read_text(
        _headed("Nơi nhận:\n- Bí thư;\n- Thường trực;          (để b/c)\n- Chủ tịch;\n- Các sở;\n- Lưu: VT.\n")
    )
    assert [line.purpose for line in notice.recipients] == ["báo cáo", "báo cáo", "báo cáo", None]
    assert notice.recipients[1].text == "Thường trực"
    assert "purpose_shared" in {warning.code for warning in notice.warnings}


def test_purpose_alone_on_a_line_belongs_to_the_item_above() -> None:
    """A purpose under its recipient stays with that recipient, as written."""
    (notice,) = read_text(_headed("Nơi nhận:\n- Đài PT-TH;\n   (để đưa tin)\n- Lưu: VT.\n"))
    assert [(line.text, line.purpose) for line in notice.recipients] == [("Đài PT-TH; (để đưa tin)", "đưa tin")]


@pytest.mark.parametrize(
    ("written", "purpose"),
    [
        ("(b/c)", "báo cáo"),
        ("(để b/c)", "báo cáo"),
        ("(p/h chỉ đạo)", "phối hợp chỉ đạo"),
        ("(để ph/h th/h)", "phối hợp thực hiện"),
        ("(để t/h)", "thực hiện"),
        ("(để biết)", "biết"),
        ("(3)", None),
        ("(BTC)", None),
    ],
)
def test_purposes_are_given_in_full_words(written: str, purpose: str | None) -> None:
    """Abbreviated purposes are written out; other brackets are no purposes."""
    (notice,) = read_text(_headed(f"Nơi nhận:\n- Sở Y tế {written};\n- Lưu: VT.\n"))
    assert notice.recipients[0].purpose == purpose


def test_groups_tell_the_channel() -> None:
    """Headings inside the list are no recipients; they say on which channel those under them are served."""
    block = "Nơi nhận:\nGửi bản giấy:\n- Các đơn vị chưa nối mạng;\nGửi bản điện tử:\n- Như trên;\n- Lưu: VT.\n"
    (notice,) = read_text(_headed(block))
    found = [(line.text, line.group, line.channel) for line in notice.recipients]
    assert found == [
        ("Các đơn vị chưa nối mạng", "Gửi bản giấy", "paper"),
        ("Như trên", "Gửi bản điện tử", "electronic"),
    ]


def test_cut_list_is_not_complete() -> None:
    """A list that ends without archive line, signature or full stop was cut, and says so."""
    (notice,) = read_text(_headed("Nơi nhận:\n- Như trên;\n- Các sở;\n"))
    assert notice.recipients_complete is False
    assert "recipients_cut" in {warning.code for warning in notice.warnings}


def test_list_without_its_heading_is_found() -> None:
    """A list that lost its heading is known by its archive line."""
    assert _recipients("- Như trên;\n- Các sở;\n- Lưu: VT.\n\nGIÁM ĐỐC\n\nLê Văn Sáu\n") == ["Như trên", "Các sở"]


@pytest.mark.parametrize(
    ("name", "authority", "title", "signer"),
    [
        ("ke_hoach_xa", "TM. ỦY BAN NHÂN DÂN; KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "NGUYỄN VĂN HẬU"),
        ("tinh_uy_thong_bao", "T/M BAN THƯỜNG VỤ", "PHÓ BÍ THƯ", "Nguyễn Thanh Dương"),
        ("so_y_te_cong_van_layout", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Mai Văn Mười"),
        ("hai_cot_dinh_lien", "KT. BỘ TRƯỞNG", "THỨ TRƯỞNG", "Nguyễn Hữu Độ"),
        ("quyet_dinh_dieu3", None, "CHỦ TỊCH", "Phạm Văn Châm"),
        (
            "tong_cuc_thue_cv",
            "TL. TỔNG CỤC TRƯỞNG; KT. VỤ TRƯỞNG VỤ CHÍNH SÁCH",
            "PHÓ VỤ TRƯỞNG",
            "Phạm Thị Minh Hiền",
        ),
    ],
)
def test_signature_is_read(sample: Sample, name: str, authority: str | None, title: str, signer: str) -> None:
    """Stacked authority lines, the title and the name are read; degrees before the name are left out."""
    signatory = sample(name).signatory
    assert signatory is not None
    assert (signatory.authority, signatory.title, signatory.name) == (authority, title, signer)


def test_list_joined_to_the_body_is_found() -> None:
    """A list that an export put behind the last sentence, on the same line, is read."""
    text = "SỞ Y TẾ\nSố: 1/TB-SYT\nTHÔNG BÁO\nVề việc họp\n\nGiao Phòng Y báo cáo./. Nơi nhận: - Các sở; - Lưu: VT."
    (notice,) = read_text(text)
    assert ([line.text for line in notice.recipients], notice.archive) == (["Các sở"], "VT")


def test_a_drawn_brace_gives_its_purpose_to_the_lines_it_joins() -> None:
    """The strokes of a brace say exactly for which lines the purpose beside it stands."""
    block = (
        "Nơi nhận:                          CHỦ TỊCH\n- Như Điều 3;\n"
        "- Sở Tư pháp;      \\\n- Sở Y tế;         } (để b/c)\n"
        "- Thanh tra tỉnh;  /\n- Báo Hà Nam;\n- Lưu: VT.\n"
    )
    (notice,) = read_text(_headed(block))
    assert [line.purpose for line in notice.recipients] == [None, "báo cáo", "báo cáo", "báo cáo", None]


def test_a_purpose_torn_over_two_lines_is_one() -> None:
    """A purpose that wraps beside the list, "(để" over "báo cáo)", is put together."""
    block = "Nơi nhận:\n- Sở Tư pháp;        (để\n- Sở Y tế;           báo cáo)\n- Lưu: VT.\n"
    (notice,) = read_text(_headed(block))
    assert [line.purpose for line in notice.recipients] == ["báo cáo", "báo cáo"]
