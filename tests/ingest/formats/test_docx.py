"""Word documents are read as Word shows them."""

from __future__ import annotations

import io
import zipfile

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml

from bench.rendering.render_docx import docx_bytes
from services.ingest.formats import layout, read_sheet

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def _read(document: Document) -> list[list[str]]:
    return [[piece.text for piece in row.pieces] for row in read_sheet(docx_bytes(document)).rows]


def _with(document: Document, inner: str) -> Document:
    """The document with one more paragraph of the given XML."""
    document.element.body.insert(0, parse_xml(f"<w:p {_W} {_MC}>{inner}</w:p>"))
    return document


def test_cells_pair_line_by_line() -> None:
    """Line n of the left cell stands beside line n of the right one, whether paragraphs or breaks end the lines."""
    document = docx.Document()
    left, right = document.add_table(rows=1, cols=2).rows[0].cells
    left.text = "Nơi nhận:\n- Như trên;"
    right.text = "KT. CHỦ TỊCH"
    right.add_paragraph("PHÓ CHỦ TỊCH")
    assert _read(document) == [["Nơi nhận:", "KT. CHỦ TỊCH"], ["- Như trên;", "PHÓ CHỦ TỊCH"]]


def test_deleted_and_hidden_text_is_left_out() -> None:
    """Tracked deletions and hidden text are not shown; insertions are."""
    inner = (
        "<w:r><w:t>Sở Y tế</w:t></w:r><w:del><w:r><w:delText>, Sở Tài chính</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>, Công an tỉnh</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> bí mật</w:t></w:r>"
    )
    assert _read(_with(docx.Document(), inner)) == [["Sở Y tế, Công an tỉnh"]]


def test_capitals_by_format_become_capitals() -> None:
    """Text that Word shows in capitals is read in capitals."""
    inner = "<w:r><w:rPr><w:caps/></w:rPr><w:t>quyết định</w:t></w:r>"
    assert _read(_with(docx.Document(), inner)) == [["QUYẾT ĐỊNH"]]


def test_tabs_are_gaps() -> None:
    """A line set in two columns by tabs has two pieces, a right one far to the right."""
    document = docx.Document()
    document.add_paragraph("Nơi nhận:\t\t\t\t\t\tCHỦ TỊCH")
    document.add_paragraph("\t\t\t\t\t\t\t\tTrần Văn An")
    assert _read(document) == [["Nơi nhận:", "CHỦ TỊCH"], ["Trần Văn An"]]
    assert layout(read_sheet(docx_bytes(document))).splitlines()[1].startswith(" " * 40)


def test_lists_show_their_marks() -> None:
    """Automatic numbers and bullets are written out and counted per level."""
    document = docx.Document()
    for text in ("Sở Y tế", "Sở Tài chính"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("Như trên", style="List Bullet")
    assert _read(document) == [["1. Sở Y tế"], ["2. Sở Tài chính"], ["• Như trên"]]


def test_text_boxes_are_read_once() -> None:
    """A text box kept in two versions for old and new Word is read once."""
    box = "<w:txbxContent><w:p><w:r><w:t>HỎA TỐC</w:t></w:r></w:p></w:txbxContent>"
    inner = (
        "<w:r><w:t>Số: 1/CĐ-TTg</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'>"
        f"{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert _read(_with(docx.Document(), inner)) == [["Số: 1/CĐ-TTg"], ["HỎA TỐC"]]


def test_page_heads_give_only_their_marks() -> None:
    """Of a page head the urgency mark is kept; page numbers and letterheads are furniture."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Trang 2"
    document.sections[0].header.add_paragraph("HỎA TỐC")
    document.add_paragraph("Số: 1/CĐ-TTg")
    assert _read(document) == [["HỎA TỐC"], ["Số: 1/CĐ-TTg"]]


def test_nested_tables_are_read_in_place() -> None:
    """A table in a cell is read at that cell's place."""
    document = docx.Document()
    left, right = document.add_table(rows=1, cols=2).rows[0].cells
    left.text = "ỦY BAN NHÂN DÂN"
    inner = right.add_table(rows=1, cols=1).rows[0].cells[0]
    inner.text = "CỘNG HÒA XÃ HỘI"
    rows = _read(document)
    assert [piece for row in rows for piece in row] == ["ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI"]


def test_macros_are_not_touched() -> None:
    """A DOCM is read like a DOCX and named by its own media type."""
    document = docx.Document()
    document.add_paragraph("Số: 1/QĐ-UBND")
    packed = io.BytesIO(docx_bytes(document))
    with zipfile.ZipFile(packed, "a") as package:
        package.writestr("word/vbaProject.bin", b"\xd0\xcf macro")
    sheet = read_sheet(packed.getvalue())
    assert sheet.media_type == "application/vnd.ms-word.document.macroEnabled.12"
    assert sheet.rows[0].text == "Số: 1/QĐ-UBND"


def test_a_title_ends_where_text_is_no_longer_centred() -> None:
    """A short paragraph that is not centred stands apart from the centred one above it."""
    document = docx.Document()
    for line in ("KẾ HOẠCH", "khắc phục hậu quả lũ lụt"):
        document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("I. MỤC ĐÍCH")
    assert [row.gap_before for row in read_sheet(docx_bytes(document)).rows] == [False, False, True]
