"""Scans are read where Tesseract is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.ingest.formats import layout, read_sheet
from services.ingest.formats.recognise import can_recognise
from services.ingest.reading import read_text
from tests.ingest.formats import render

_SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "08_hai_cot.txt"
needs_tesseract = pytest.mark.skipif(
    not can_recognise(),
    reason="Tesseract with its Vietnamese model is not installed (tesseract-ocr, tesseract-ocr-vie)",
)


@needs_tesseract
def test_a_scan_keeps_its_header_and_its_recipients() -> None:
    """A PDF of pictures is recognised with its columns: number, issuer, date and the count of recipients hold."""
    pictures = render.scan(render.pdf_two_columns(_SAMPLE.read_text()))
    sheet = read_sheet(render.pdf_of_pictures(pictures))
    found, meant = read_text(layout(sheet))[0], read_text(_SAMPLE.read_text())[0]
    assert sheet.made_by == "ocr"
    assert (found.number, found.issuer, found.issued_on) == (meant.number, meant.issuer, meant.issued_on)
    assert len(found.recipients) == len(meant.recipients)


@needs_tesseract
def test_a_picture_is_recognised() -> None:
    """A picture of a page is read as its PDF is."""
    sheet = read_sheet(render.scan(render.pdf_one_column("Số: 453/TB-UBND\n\nVề việc treo cờ Tổ quốc"), dpi=200)[0])
    assert sheet.media_type == "image/png"
    assert "453/TB-UBND" in layout(sheet)
