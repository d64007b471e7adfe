"""Whatever comes in, nothing but Unreadable comes out, and in time."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import docx
import fpdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bench.rendering.render_docx import docx_bytes
from bench.rendering.render_pdf import pdf_of_text
from bench.rendering.scan import pdf_of_pictures, picture_file, pictures
from services.ingest.formats import Limits, Unreadable, confine_pdf, layout, media_type_of, read_sheet
from services.ingest.formats import read_image as scans
from services.ingest.formats import read_pdf as pdfs
from services.ingest.reading import MOST_LINES, read_document

_TEXT = "VĂN PHÒNG        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 1/TB-VP\nNơi nhận:\n- Như trên;\n- Lưu: VT.\n"


def _code(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Unreadable) as refused:
        read_sheet(content, limits)
    assert refused.value.remedy
    return refused.value.code


def _fate(content: bytes) -> str:
    """The code with which a document is refused, empty where it is read. A reader that fails is no refusal."""
    try:
        layout(read_sheet(content, Limits(seconds=4)))
    except Unreadable as refused:
        return "failed" if "failed with" in refused.reason else refused.code
    return ""


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return packed.getvalue()


def _page(lines: int) -> bytes:
    return b"<html><body>" + b"<p>a</p>" * lines


def _document(lines: int) -> bytes:
    document = docx.Document()
    for _ in range(lines):
        document.add_paragraph("a")
    return docx_bytes(document)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\x00" * 100, "empty"),
        (b"{\\rtf1 abc}", "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500, "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (_zip({"a.txt": b"a"}), "unsupported"),
        (b"Rar!\x1a\x07\x00", "unsupported"),
        (b"%PDF-1.7\n%%EOF", "malformed"),
        (b"\x89PNG\r\n\x1a\n", "malformed"),
        (b"PK\x03\x04 word/document.xml", "malformed"),
        ("Chỉ là chữ".encode(), "unsupported"),
    ],
)
def test_refusals_name_their_reason(content: bytes, code: str) -> None:
    """What cannot be read is refused with its code and a remedy."""
    assert _code(content) == code


def test_a_pdf_with_a_password_is_encrypted() -> None:
    """A PDF that asks for a password is refused as such."""
    paper = fpdf.FPDF()
    paper.set_encryption(owner_password="a", user_password="b")
    paper.add_page()
    assert _code(bytes(paper.output())) == "encrypted"


def test_too_many_pages() -> None:
    """A PDF is refused by its number of pages, not read until the time is up."""
    paper = fpdf.FPDF()
    for _ in range(500):
        paper.add_page()
    assert _code(bytes(paper.output())) == "too_many_pages"


@pytest.mark.parametrize("content", [_page(31), _document(31)], ids=["html", "docx"])
def test_too_many_lines(content: bytes) -> None:
    """A web page or DOCX is refused by its number of lines, at the limit and not before."""
    assert _code(content, Limits(lines=30)) == "too_many_lines"
    assert read_sheet(content, Limits(lines=31)).rows


def test_a_text_of_too_many_lines() -> None:
    """A text is refused by its number of lines; those that hold nothing do not count."""
    text = ("a\n" + "\n" * 3) * MOST_LINES
    with pytest.raises(Unreadable) as refusal:
        read_document((text + "a").encode())
    assert refusal.value.code == "too_many_lines"
    with pytest.raises(Unreadable) as refusal:
        read_document(text.encode())
    assert refusal.value.code != "too_many_lines"


def test_a_zip_bomb_is_too_large() -> None:
    """A DOCX that unpacks to more than the limit is refused before it is unpacked."""
    assert _code(_zip({"word/document.xml": b" " * 3_000_000}), Limits(unpacked_bytes=1_000_000)) == "too_large"


def test_an_entity_bomb_is_malformed() -> None:
    """XML entities in a DOCX are refused, not expanded."""
    bomb = b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 1000 + b'"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;&b;</a>'
    assert _code(_zip({"word/document.xml": bomb})) == "malformed"


def test_tables_nested_too_deep_are_malformed() -> None:
    """Tables in tables in tables are refused at the limit."""
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
    for _ in range(12):
        cell = cell.add_table(rows=1, cols=1).rows[0].cells[0]
    cell.text = "Số: 1/QĐ-UBND"
    assert _code(docx_bytes(document), Limits(nesting=10)) == "malformed"
    assert _code(b"<html>" + b"<table><tr><td>" * 100 + b"x", Limits(nesting=10)) == "malformed"


def test_deep_elements_do_not_break_the_walk() -> None:
    """A web page nested thousands deep is read or refused, nothing else."""
    assert _fate(b"<html>" + b"<div>" * 20_000 + b"x" + b"</div>" * 20_000) in {"", "malformed", "no_text"}


def test_a_picture_of_too_many_pixels_is_too_large() -> None:
    """A picture that unpacks to more than the limit is refused by its size as stated."""
    packed = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(packed, "PNG")
    assert _code(packed.getvalue()) == "too_large"


def test_a_pdf_that_eats_time_takes_nothing_with_it() -> None:
    """A PDF of millions of strokes is given up in time, and the next one is read."""
    paper = fpdf.FPDF(unit="pt")
    paper.add_page()
    paper._out(b"0 0 1 1 re f " * 2_000_000)
    start = time.monotonic()
    assert _code(bytes(paper.output()), Limits(seconds=1)) in {"timeout", "malformed"}
    assert time.monotonic() - start < 4
    assert read_sheet(pdf_of_text(_TEXT)).rows


def test_a_reader_that_dies_is_replaced() -> None:
    """After the process of PDFium was killed the next PDF is read by another."""
    content = pdf_of_text(_TEXT)
    read_sheet(content)
    process = confine_pdf._WORKER._process
    assert process is not None
    process.kill()
    process.wait()
    assert read_sheet(content).rows


def test_pdfs_are_read_from_many_threads() -> None:
    """Threads that read at the same time each get their own document."""
    contents = [pdf_of_text(f"Số: {number}/QĐ-UBND về việc treo cờ Tổ quốc") for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        found = [sheet.rows[0].text for sheet in threads.map(read_sheet, contents)]
    assert found == [f"Số: {number}/QĐ-UBND về việc treo cờ Tổ quốc" for number in range(12)]


def test_time_runs_out() -> None:
    """A reading that takes longer than it may is given up."""
    assert _code(pdf_of_text(_TEXT), Limits(seconds=0)) == "timeout"


def test_a_scan_without_ocr_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Tesseract is missing, a picture and a PDF of pictures are refused with the packages to install."""
    monkeypatch.setattr(scans, "can_recognise", lambda: False)
    monkeypatch.setattr(pdfs, "can_recognise", lambda: False)
    picture = picture_file(pictures(pdf_of_text(_TEXT), dpi=50)[0])
    for content in (picture, pdf_of_pictures([picture])):
        with pytest.raises(Unreadable) as refused:
            read_sheet(content)
        assert refused.value.code == "no_text"
        assert "tesseract-ocr-vie" in refused.value.remedy


def test_a_garbage_text_layer_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF whose letters mean nothing is refused as garbage where it cannot be recognised."""
    monkeypatch.setattr(pdfs, "can_recognise", lambda: False)
    words = " ".join(f"Xqz{letter}rt wkjd{letter} bvcx" for letter in "bcdfghjklmnp" * 3)
    with pytest.raises(Unreadable) as refused:
        read_sheet(pdf_of_text(words))
    assert refused.value.code == "no_text"
    assert "garbage" in refused.value.reason


@cache
def _whole(kind: str) -> bytes:
    pdf = pdf_of_text(_TEXT)
    document = docx.Document()
    document.add_paragraph(_TEXT)
    return {
        "pdf": lambda: pdf,
        "docx": lambda: docx_bytes(document),
        "html": f"<html><table><tr><td>{_TEXT}<td>b</table></html>".encode,
        "png": lambda: picture_file(pictures(pdf, dpi=20)[0]),
        "tiff": lambda: picture_file(pictures(pdf, dpi=20)[0], "TIFF"),
    }[kind]()


def _damage(draw: Callable[..., int], content: bytes) -> bytes:
    at = draw(st.integers(0, len(content) - 1))
    length = draw(st.integers(0, 300))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[at + length :]
    if kind == 2:
        return content[:at] + b"\x00" * length + content[at + length :]
    return content[:at] + content[at : at + length] * 3 + content[at:]


@pytest.mark.parametrize("kind", ["pdf", "docx", "html", "png", "tiff"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_read_or_refused(kind: str, data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file cut, holed, zeroed or repeated anywhere is read, or refused as Unreadable."""
    monkeypatch.setattr(scans, "can_recognise", lambda: False)
    monkeypatch.setattr(pdfs, "can_recognise", lambda: False)
    damaged = _damage(data.draw, _whole(kind))
    assert media_type_of(damaged)
    assert _fate(damaged) in {"", "malformed", "encrypted", "unsupported", "no_text", "too_large", "empty"}
