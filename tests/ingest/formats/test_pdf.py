"""PDFs with a text layer."""

from __future__ import annotations

import io

import pypdfium2
import pytest

from bench.rendering.paper import Paper
from bench.rendering.render_pdf import pdf_of_text
from services.ingest.formats import read_sheet


def _paper() -> Paper:
    paper = Paper()
    for at in range(12):
        paper.say("Ủy ban nhân dân các tỉnh, thành phố trực thuộc Trung ương chỉ đạo", 85, 80 + 18 * at)
    return paper


def _texts(paper: Paper) -> list[str]:
    return [row.text for row in read_sheet(bytes(paper.output())).rows]


def test_rotated_text_is_left_out() -> None:
    """Text of a stamp that runs upwards is no part of the page, and a doubt says so."""
    paper = _paper()
    with paper.rotation(90, 40, 400):
        paper.say("ĐẾN Số 123", 40, 400)
    sheet = read_sheet(bytes(paper.output()))
    assert all("ĐẾN" not in row.text for row in sheet.rows)
    assert any(doubt.startswith("rotated_left_out") for doubt in sheet.doubts)


def test_a_raised_number_leaves_the_sentence() -> None:
    """The number of a footnote, glued to its word in the text layer, is dropped."""
    paper = _paper()
    edge = paper.say("theo quy định của Chính phủ", 85, 400)
    paper.say("1", edge, 395, 7)
    paper.say("và các bộ.", edge + 8, 400)
    assert "theo quy định của Chính phủ và các bộ." in _texts(paper)


def test_a_footnote_is_left_out_and_told() -> None:
    """A footnote under the text is not read as text, and a doubt says so."""
    paper = _paper()
    paper.say("1", 85, 740, 6)
    paper.say("Theo Quyết định số 5/QĐ-TTg của Thủ tướng Chính phủ", 90, 744, 9)
    sheet = read_sheet(bytes(paper.output()))
    assert len(sheet.rows) == 12
    assert sheet.doubts == ("footnotes_left_out: 1 rows of footnotes were left out",)


def test_decomposed_accents_keep_their_spaces() -> None:
    """Words whose accents are characters of their own do not run into one another."""
    sheet = read_sheet(
        pdf_of_text("Lãnh đạo xa\u0303 ho\u0323\u0302i va\u0300 to\u0302\u0309 chức thực hiện nhiệm vụ được giao.")
    )
    assert len(sheet.rows[0].text.split()) == 13


def test_bold_is_told() -> None:
    """A piece set in a bold font says so."""
    paper = _paper()
    paper.say("QUYẾT ĐỊNH", 250, 500, bold=True)
    rows = read_sheet(bytes(paper.output())).rows
    assert [row.pieces[0].bold for row in rows[-2:]] == [False, True]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_along_its_text(turn: int) -> None:
    """A page that is shown turned is read in the direction in which most of its words run."""
    document = pypdfium2.PdfDocument(bytes(_paper().output()))
    document[0].set_rotation(turn)
    packed = io.BytesIO()
    document.save(packed)
    document.close()
    assert [row.text for row in read_sheet(packed.getvalue()).rows] == _texts(_paper())
