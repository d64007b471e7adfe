"""DOCX of notices, in the three ways typists set columns: tables, tab stops, and text boxes for what is stamped on."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.shared import Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from bench.rendering.boxes import Boxes
from bench.rendering.look import stamp
from bench.rendering.render_pdf import closing_lines

_TAB_WIDTH = 44
"""Characters of a recipient before the typist breaks the line, so that the next tab stop can be reached."""
_NAMESPACES = " ".join(
    f'xmlns:{name}="{address}"'
    for name, address in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)


def docx_with_tables(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """The header and the signature in tables without lines."""
    document = docx.Document()
    for place, boxes in enumerate(notices):
        _break(document, place)
        _table(document, _left(boxes, urgency=True), [*boxes.motto, "", boxes.dated], chance)
        _middle(document, boxes)
        _table(document, closing_lines(boxes), _signature(boxes), chance)
        _paragraphs(document, boxes.annex)
    return docx_bytes(document)


def docx_with_tabs(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """Columns by tab stops: each line of the left one, a tab, and the line of the right one."""
    document, stops = docx.Document(), (chance.choice((100.0, 115.0)), chance.choice((330.0, 350.0)))
    for place, boxes in enumerate(notices):
        _break(document, place)
        for left, right in zip_longest(_left(boxes, urgency=True), [*boxes.motto, boxes.dated], fillvalue=""):
            _tabbed(document, f"\t{left}\t{right}".rstrip("\t"), stops)
        document.add_paragraph("")
        _middle(document, boxes)
        lines = [line for item in closing_lines(boxes) for line in wrap(item, _TAB_WIDTH)]
        for left, right in zip_longest(lines, _signature(boxes), fillvalue=""):
            _tabbed(document, f"{left}\t{right}".rstrip("\t"), stops[1:])
        _paragraphs(document, boxes.annex)
    return docx_bytes(document)


def docx_with_boxes(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """As with tables, and an arrival stamp and the mark of urgency in text boxes that float over the page."""
    document = docx.Document()
    for place, boxes in enumerate(notices):
        _break(document, place)
        if chance.random() < 0.5:
            _float(document.add_paragraph(), stamp(boxes, chance))
        _table(document, _left(boxes, urgency=False), [*boxes.motto, "", boxes.dated], chance)
        if boxes.urgency:
            _float(document.add_paragraph(), (boxes.urgency,))
        _middle(document, boxes)
        _table(document, closing_lines(boxes), _signature(boxes), chance)
        _paragraphs(document, boxes.annex)
    return docx_bytes(document)


def docx_bytes(document: Document) -> bytes:
    """A Word document as a file."""
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def _break(document: Document, place: int) -> None:
    """A new page before every notice but the first."""
    if place:
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _left(boxes: Boxes, *, urgency: bool) -> list[str]:
    subject = f"V/v {boxes.subject}" if not boxes.title and boxes.subject else ""
    marked = boxes.urgency if urgency else ""
    return [line for line in (*boxes.letterhead, boxes.number, subject, marked) if line]


def _signature(boxes: Boxes) -> list[str]:
    return [*boxes.titles, "", "", "", boxes.signer] if boxes.signer else list(boxes.titles)


def _middle(document: Document, boxes: Boxes) -> None:
    for line in filter(None, (boxes.title, boxes.subject if boxes.title else "")):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(line)
        run.bold = True
        run.font.size = Pt(14)
    if len(boxes.addressed) == 1:
        document.add_paragraph(f"{boxes.addressed_by} {boxes.addressed[0]}.")
    elif boxes.addressed:
        document.add_paragraph(boxes.addressed_by)
        for each in boxes.addressed:
            document.add_paragraph(f"- {each};").paragraph_format.left_indent = Pt(120)
    _paragraphs(document, boxes.body)


def _paragraphs(document: Document, paragraphs: Sequence[str]) -> None:
    for text in paragraphs:
        left, _, right = text.partition("\t")
        if right:
            _table(document, [left], [right], None)
        else:
            document.add_paragraph(text).paragraph_format.first_line_indent = Pt(28)


def _table(document: Document, left: Sequence[str], right: Sequence[str], chance: random.Random | None) -> None:
    row = document.add_table(rows=1, cols=2).rows[0]
    for cell, lines in zip(row.cells, (left, right), strict=True):
        _fill(cell, lines, chance)


def _fill(cell: _Cell, lines: Sequence[str], chance: random.Random | None) -> None:
    """Lines parted by paragraphs or by breaks, as typists mix them."""
    paragraph = cell.paragraphs[0]
    for at, line in enumerate(lines):
        if at and chance and chance.random() < 0.4:
            paragraph.add_run().add_break()
        elif at:
            paragraph = cell.add_paragraph()
        paragraph.add_run(line)


def _tabbed(document: Document, text: str, stops: Sequence[float]) -> None:
    paragraph = document.add_paragraph(text)
    for stop in stops:
        paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(stop), WD_TAB_ALIGNMENT.CENTER)


def _float(paragraph: Paragraph, lines: Sequence[str]) -> None:
    """A text box on a paragraph, for today's Word and again for the Word of 2007."""
    content = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    box = f"<w:txbxContent>{content}</w:txbxContent>"
    paragraph._p.append(  # noqa: SLF001 - python-docx has no text boxes
        parse_xml(
            f'<w:r {_NAMESPACES}><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>{box}'
            f"</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{box}"
            f"</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
