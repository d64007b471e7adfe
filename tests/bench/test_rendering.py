"""Documents are made of the gold; their bodies are cut from the text by the gold's own words."""

from __future__ import annotations

import pytest

from bench.parse import documents
from bench.rendering import Boxes, boxes_of
from bench.rendering.locate import Folded
from bench.rendering.paragraphs import paragraphs

_CORPUS = {path.name: (path.read_text(encoding="utf-8-sig"), golds) for path, golds in documents()}


def _boxes(name: str) -> tuple[Boxes, ...]:
    return boxes_of(*_CORPUS[name])


@pytest.mark.parametrize("name", _CORPUS)
def test_every_body_is_found(name: str) -> None:
    """A body holds the words with which the gold's tasks begin, and neither its header nor its recipients."""
    for boxes, gold in zip(_boxes(name), _CORPUS[name][1], strict=True):
        body = Folded("\n".join((*boxes.body, *boxes.annex)))
        assert [task["starts"] for task in gold["tasks"] if not body.find(task["starts"])] == []
        text = "\n".join(boxes.body)
        assert "Nơi nhận" not in text
        assert not gold["number"] or gold["number"] not in text


def test_the_header_is_the_texts_unless_it_is_garbled() -> None:
    """An issuer stands under its parent as in the text; where OCR spoilt the text it is the gold's, in capitals."""
    assert _boxes("cv_syt_2019_dengue.md")[0].letterhead == ("UBND TỈNH ĐẮK LẮK", "SỞ Y TẾ")
    assert _boxes("cv_sct_2020_ocr_twocol.txt")[0].letterhead == ("SỞ CÔNG THƯƠNG",)


def test_an_arrival_stamp_is_no_letterhead() -> None:
    """What stands above "CÔNG VĂN ĐẾN" belongs to the office that stamped."""
    assert "VĂN PHÒNG UBND TỈNH" not in _boxes("cv_stnmt_2021_stamp.txt")[0].letterhead


def test_those_invited_in_the_body_are_no_box() -> None:
    """Addressees that a giấy mời lists under "kính mời" stay where they are."""
    boxes = _boxes("gm_ubnd_huyen_2018_meeting.txt")[0]
    assert boxes.addressed == ()
    assert "- Lãnh đạo Phòng Tài chính - Kế hoạch;" in boxes.body


def test_a_brace_keeps_its_purpose_apart() -> None:
    """A purpose that the text says once for several lines is said beside them, not in each."""
    items = _boxes("tb_vptu_2026_interleaved.txt")[0].recipients
    assert [item.purpose for item in items] == ["", *["(để thực hiện)"] * 3, "", ""]


def test_enclosures_come_apart() -> None:
    """A document of two notices gives the boxes of both, each with its own body."""
    cover, enclosed = _boxes("cv_ubnd_2023_cover_bo.md")
    assert (cover.signer, enclosed.signer) == ("Trần Văn Đồng", "Ninh Hoàng Thiệp")
    assert cover.body[0].startswith("Tiếp nhận Công văn")
    assert enclosed.body[0].startswith("Theo dự báo")


def test_broken_lines_become_paragraphs() -> None:
    """Lines of one paragraph are joined, across page numbers too; items and indented lines begin others."""
    text = (
        "      1. Sở Y tế dự phòng 10.000 liều vắc xin để xử lý ổ dịch mới phát\n                3\n\nsinh.\n"
        "      2. Sở Tài chính:\n      a) Tham mưu bố trí kinh phí mua vắc xin.\n"
    )
    assert paragraphs(text) == (
        "1. Sở Y tế dự phòng 10.000 liều vắc xin để xử lý ổ dịch mới phát sinh.",
        "2. Sở Tài chính:",
        "a) Tham mưu bố trí kinh phí mua vắc xin.",
    )
