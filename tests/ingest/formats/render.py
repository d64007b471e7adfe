"""Makes documents of a notice's text, as offices make them: PDF in one and in two columns, DOCX, HTML, scans."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass

import docx
import fpdf
import pypdfium2
from docx.document import Document
from docx.shared import Pt
from docx.table import _Cell

from contracts.notices import Notice
from services.ingest.reading import read_text
from tests.ingest.formats.paper import FOOT, LEFT, RIGHT, TOP, Paper

_MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
_PARTY = ("ĐẢNG CỘNG SẢN VIỆT NAM",)


@dataclass(frozen=True)
class Parts:
    """A notice's boxes as lines of text, ready to be set."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    number: str
    dated: str
    title: tuple[str, ...]
    letter_subject: str
    addressed: tuple[str, ...]
    body: tuple[str, ...]
    recipients: tuple[str, ...]
    signature: tuple[str, ...]


def parts_of(text: str) -> Parts:
    """The boxes of the first notice in a text, as today's reader finds them."""
    notice = read_text(text)[0]
    party = "ĐẢNG CỘNG SẢN" in text
    is_letter = notice.doc_type is None
    dated = f"{notice.place or 'Hà Nội'}, ngày {notice.issued_on:%d tháng %m năm %Y}" if notice.issued_on else ""
    addressed = tuple(each.text for each in notice.addressees)
    return Parts(
        left=tuple(name.upper() for name in (notice.issuer_parent, notice.issuer) if name),
        right=_PARTY if party else _MOTTO,
        number=f"Số: {notice.number}" if notice.number else "",
        dated=dated,
        title=() if is_letter else ((notice.doc_type or "").upper(), notice.subject or ""),
        letter_subject=f"V/v {notice.subject}" if is_letter and notice.subject else "",
        addressed=addressed,
        body=_body(text, notice),
        recipients=_recipients(notice),
        signature=_signature(notice),
    )


def _recipients(notice: Notice) -> tuple[str, ...]:
    items = [f"- {each.text};" for each in notice.recipients]
    return ("Nơi nhận:", *items, f"- Lưu: {notice.archive}.") if notice.archive else ("Nơi nhận:", *items)


def _signature(notice: Notice) -> tuple[str, ...]:
    signed = notice.signatory
    if signed is None:
        return ()
    above = [*(signed.authority or "").split("; "), *(signed.title or "").split("; ")]
    return (*(line for line in above if line), "", "", "", signed.name or "")


def _body(text: str, notice: Notice) -> tuple[str, ...]:
    """The paragraphs between the header's last line and the list of recipients."""
    end = re.search(r"^\W*Nơi nhận", text, re.MULTILINE)
    lines = re.sub(r"[*_#]", "", text[: end.start()] if end else text).split("\n")
    spoken = " ".join([notice.subject or "", *(each.text for each in notice.addressees), *_MOTTO]).lower()
    start = 0
    for index, line in enumerate(lines[:30]):
        if all(_is_header(cell, spoken) for cell in re.split(r" {3,}", line)):
            start = index + 1
        elif len(line) > 60:
            break
    return tuple(_paragraphs(lines[start:]))


def _is_header(cell: str, spoken: str) -> bool:
    words = cell.strip(" -;.").lower()
    if not words or cell.isupper() or words in spoken or words.startswith(("số:", "v/v", "kính gửi", "độc lập")):
        return True
    return "ngày" in words[:30] and "năm" in words and len(words) < 60


def _paragraphs(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        goes_on = found and line[:1].islower() and not re.match(r"[a-zđ][.)]", line)
        if goes_on:
            found[-1] = f"{found[-1]} {line.strip()}"
        else:
            found.append(line.strip())
    return found


def pdf_one_column(text: str) -> bytes:
    """The text as it stands, line by line; what it sets apart by wide spaces stands at proportional places."""
    paper = Paper()
    for line in text.split("\n"):
        start = 0
        for piece in re.finditer(r"\S+(?: {1,2}\S+)*", line):
            x = max(45 + piece.start() * 5.4, start)
            lines = paper.wrap(piece[0], 545 - x, 11)
            for at, wrapped in enumerate(lines):
                start = paper.say(wrapped, x if at == 0 else 45, paper.y_now, 11) + 18
                paper.y_now += 14 if at < len(lines) - 1 else 0
        paper.y_now += 14
        if paper.y_now > FOOT:
            paper.add_page()
            paper.y_now = TOP
    return bytes(paper.output())


def pdf_two_columns(text: str, *, gutter: float = 20.0) -> bytes:
    """A page as Decree 30 lays it out: header in two columns, the signature beside the recipients, page numbers."""
    parts, paper = parts_of(text), Paper()
    middle = 255.0
    _header(paper, parts, middle)
    _title(paper, parts)
    for paragraph in parts.body:
        paper.paragraph(paragraph)
    _closing(paper, parts, middle, gutter)
    for number in range(2, paper.pages_count + 1):
        paper.page = number
        paper.centre(str(number), LEFT, RIGHT, 36)
    return bytes(paper.output())


def _header(paper: Paper, parts: Parts, middle: float) -> None:
    names = [part for name in parts.left for part in re.split(r"(?<=NHÂN DÂN) ", name)]
    left = [line for name in names for line in paper.wrap(name, middle - LEFT, 12)]
    under = [line for line in (parts.number, *paper.wrap(parts.letter_subject, middle - LEFT, 12)) if line]
    for at, line in enumerate(left):
        paper.centre(line, LEFT - 30, middle, TOP + at * 15, 12, bold=True)
    for at, line in enumerate(parts.right):
        paper.centre(line, middle, RIGHT + 10, TOP + at * 15, 12, bold=True)
    y = TOP + max(len(left), len(parts.right)) * 15 + 14
    paper.centre(parts.dated, middle, RIGHT, y, 13)
    for at, line in enumerate(under):
        paper.centre(line, LEFT - 30, middle, y + at * 15, 13 if at == 0 else 12)
    paper.y_now = y + max(len(under), 1) * 15 + 22


def _title(paper: Paper, parts: Parts) -> None:
    if parts.title:
        paper.centre(parts.title[0], LEFT, RIGHT, paper.y_now, 14, bold=True)
        paper.y_now += 17
        for line in paper.wrap(parts.title[1], 380, 14):
            paper.centre(line, LEFT, RIGHT, paper.y_now, 14, bold=True)
            paper.y_now += 17
        paper.y_now += 14
    if len(parts.addressed) == 1:
        paper.say(f"Kính gửi: {parts.addressed[0]}.", 160, paper.y_now)
        paper.y_now += 30
    elif parts.addressed:
        paper.say("Kính gửi:", 160, paper.y_now)
        paper.y_now += 17
        for each in parts.addressed:
            for line in paper.wrap(f"- {each};", 320, 13):
                paper.say(line, 220, paper.y_now)
                paper.y_now += 17
        paper.y_now += 14


def _closing(paper: Paper, parts: Parts, middle: float, gutter: float) -> None:
    left = [line for item in parts.recipients for line in paper.wrap(item, middle + 40 - LEFT, 11)]
    if paper.y_now + 14 * len(left) > FOOT + 30:
        paper.add_page()
        paper.y_now = TOP
    top, edge = paper.y_now + 10, LEFT
    for at, line in enumerate(left):
        edge = max(edge, paper.say(line, LEFT, top + at * 12.6, 12 if at == 0 else 11, bold=at == 0))
    for at, line in enumerate(parts.signature):
        paper.centre(line, edge + gutter, RIGHT + 20, top + at * 16, 13, bold=True)


def docx_with_tables(text: str) -> bytes:
    """A Word document with its header and its signature in tables without lines."""
    parts, document = parts_of(text), docx.Document()
    left = [*parts.left, parts.number, parts.letter_subject]
    _table(document, [line for line in left if line], [*parts.right, "", parts.dated])
    for line in parts.title:
        run = document.add_paragraph().add_run(line)
        run.bold = True
        run.font.size = Pt(14)
    if len(parts.addressed) == 1:
        document.add_paragraph(f"Kính gửi: {parts.addressed[0]}.")
    elif parts.addressed:
        document.add_paragraph("Kính gửi:")
        for each in parts.addressed:
            document.add_paragraph(f"- {each};")
    document.add_paragraph("")
    for paragraph in parts.body:
        document.add_paragraph(paragraph)
    _table(document, list(parts.recipients), list(parts.signature))
    return docx_bytes(document)


def docx_bytes(document: Document) -> bytes:
    """A Word document as a file."""
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def _table(document: Document, left: list[str], right: list[str]) -> None:
    row = document.add_table(rows=1, cols=2).rows[0]
    for cell, lines in zip(row.cells, (left, right), strict=True):
        _fill(cell, lines)


def _fill(cell: _Cell, lines: list[str]) -> None:
    """The first line in the cell's own paragraph; every second further one after a break, as typists mix them."""
    paragraph = cell.paragraphs[0]
    for at, line in enumerate(lines):
        if at % 2:
            paragraph.add_run().add_break()
        elif at:
            paragraph = cell.add_paragraph()
        paragraph.add_run(line)


def html_with_tables(text: str) -> bytes:
    """A web copy as legal sites print them."""
    parts = parts_of(text)
    left = [*parts.left, "-------", parts.number, parts.letter_subject]
    chrome = "<script>var a = '<p>Số: 1/QĐ-X</p>';</script><style>p {}</style><nav>Trang chủ</nav>"
    middle = "".join(f"<p align=center><b>{html.escape(line)}</b></p>" for line in parts.title)
    if parts.addressed:
        middle += "<p>Kính gửi:</p>" + "".join(f"<p>- {html.escape(each)};</p>" for each in parts.addressed)
    middle += "".join(f"<p>{html.escape(line)}</p>" for line in parts.body)
    page = (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>Văn bản</title></head><body>{chrome}"
        f"{_two_cells(left, [*parts.right, '-------', parts.dated])}{middle}"
        f"{_two_cells(list(parts.recipients), list(parts.signature))}</body></html>"
    )
    return page.encode()


def _two_cells(left: list[str], right: list[str]) -> str:
    cells = "".join(
        f"<td width=50%><p>{'<br>'.join(html.escape(line) for line in lines)}</p></td>" for lines in (left, right)
    )
    return f"<table><tr>{cells}</tr></table>"


def scan(pdf: bytes, *, dpi: int = 300, kind: str = "PNG") -> list[bytes]:
    """Each page of a PDF as a picture."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        packed = io.BytesIO()
        page.render(scale=dpi / 72, grayscale=True).to_pil().save(packed, kind)
        found.append(packed.getvalue())
    document.close()
    return found


def pdf_of_pictures(pictures: list[bytes]) -> bytes:
    """A PDF as a scanner makes it: one picture a page, no text."""
    paper = fpdf.FPDF(unit="pt", format="A4")
    for picture in pictures:
        paper.add_page()
        paper.image(io.BytesIO(picture), 0, 0, 595, 842)
    return bytes(paper.output())
