"""Scans are read where Tesseract is installed."""

from __future__ import annotations

import random
from functools import cache

import pytest
from PIL import Image, ImageDraw

from bench.formats import Reading, read_format
from bench.parse import documents
from bench.rendering import SCAN
from bench.rendering.render_pdf import pdf_of_text
from bench.rendering.scan import picture_file, pictures
from services.ingest.formats import layout, read_sheet
from services.ingest.formats.part_columns import in_one_column, moved_at
from services.ingest.formats.recognise import _read_tsv, can_recognise
from services.ingest.formats.straighten import lean, straighten

_SCANNED = "cv_bgddt_2024_exam.txt"
needs_tesseract = pytest.mark.skipif(
    not can_recognise(),
    reason="Tesseract with its Vietnamese model is not installed (tesseract-ocr, tesseract-ocr-vie)",
)


@needs_tesseract
@pytest.mark.parametrize("field", ["issuer", "recipients", "signer"])
def test_a_scan_keeps_its_header_and_its_recipients(field: str) -> None:
    """A PDF of grey, crooked pictures is recognised with its columns: issuer, recipients and signer are the gold's."""
    assert _scanned().f1(field) == 1.0


@cache
def _scanned() -> Reading:
    return read_format(SCAN, [each for each in documents() if each[0].name == _SCANNED])


@needs_tesseract
def test_a_picture_is_recognised() -> None:
    """A picture of a page is read as its PDF is."""
    pdf = pdf_of_text("Số: 453/TB-UBND\n\nVề việc treo cờ Tổ quốc")
    sheet = read_sheet(picture_file(pictures(pdf, dpi=200)[0]))
    assert sheet.media_type == "image/png"
    assert sheet.made_by == "ocr"
    assert "453/TB-UBND" in layout(sheet)


def _page(*lines: tuple[int, int, int]) -> Image.Image:
    """A page of 100 dpi with lines of ink, each as (left, top, right)."""
    page = Image.new("L", (827, 1169), 255)
    for left, top, right in lines:
        ImageDraw.Draw(page).rectangle((left, top, right, top + 11), fill=0)
    return page


def test_an_unsure_word_stays_among_sure_ones() -> None:
    """A word that Tesseract doubts is kept in a line of print, and dropped where the whole line is strokes."""
    lines = {1: [("UBND", 95), ("tỉnh", 93), ("(b/c);", 12)], 2: [("ẩ~", 8), ("ný", 15)]}
    table = ["level"] + [
        f"5\t1\t1\t1\t{line}\t{at}\t{100 * at}\t{40 * line}\t90\t20\t{sure}\t{text}"
        for line, words in lines.items()
        for at, (text, sure) in enumerate(words)
    ]
    assert [word.text for word in _read_tsv("\n".join(table), 0.24, ()).words] == ["UBND", "tỉnh", "(b/c);"]


@pytest.mark.parametrize("turned", [-1.0, -0.5, 0.5, 1.0])
def test_a_crooked_page_is_turned_back(turned: float) -> None:
    """A page that was fed askew is turned until its lines are level; one that is level stays as it is."""
    page = _page(*((100, 100 + 24 * at, 720) for at in range(30)))
    assert lean(page.rotate(turned, fillcolor=255)) == -turned
    assert straighten(page) is page


def test_columns_are_put_below_each_other() -> None:
    """Lines of two columns at different heights come below each other, each as far from the left as before."""
    left = [(100, 900 + 17 * at, 300) for at in range(4)]
    right = [(450, 908 + 23 * at, 700) for at in range(2)]
    column, parts = in_one_column(_page((100, 100, 700), *left, *right), 100)
    assert [(part.left < 100, part.right > 700) for part in parts] == [(True, True), (True, False), (False, True)]
    lower = parts[2]
    assert lower.top + lower.moved > parts[1].bottom + parts[1].moved
    assert column.getpixel((460, 912 + lower.moved)) == 0
    assert moved_at(parts, 912 + lower.moved) == lower.moved


def test_a_paragraph_is_no_column() -> None:
    """Lines whose words part at different places stay one part."""
    chance = random.Random(7)
    words = [(at, 200 + 17 * line, at + 70) for line in range(8) for at in range(100 + chance.randint(0, 40), 640, 84)]
    assert len(in_one_column(_page(*words), 100)[1]) == 1
