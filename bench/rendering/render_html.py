"""Notices as legal sites print them, and as the messages of QCVN 102:2016/BTTTT carry them."""

from __future__ import annotations

import base64
import html
import random
from collections.abc import Sequence

from bench.rendering.boxes import Boxes
from bench.rendering.render_docx import docx_with_tables
from bench.rendering.render_pdf import closing_lines, pdf_two_columns

_CHROME = "<script>var a = '<p>Số: 1/QĐ-X</p>';</script><style>p {}</style><nav>Trang chủ | Văn bản mới</nav>"
_NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


def html_with_tables(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """A web copy: header and signature in tables, page chrome around it."""
    inner = "".join(map(_notice, notices))
    foot = chance.choice(("", "<footer>Số lượt xem: 1021</footer>"))
    page = f"<!DOCTYPE html><html><head><meta charset=utf-8><title>Văn bản</title></head><body>{_CHROME}{inner}{foot}"
    return f"{page}</body></html>".encode()


def _notice(boxes: Boxes) -> str:
    subject = f"V/v {boxes.subject}" if not boxes.title and boxes.subject else ""
    left = [line for line in (*boxes.letterhead, "-------", boxes.number, subject, boxes.urgency) if line]
    right = [*boxes.motto, "---------------", boxes.dated] if boxes.motto else [boxes.dated]
    title = [boxes.title, boxes.subject] if boxes.title else []
    middle = "".join(f"<p align=center><b>{html.escape(line)}</b></p>" for line in title)
    if len(boxes.addressed) == 1:
        middle += f"<p align=center>{boxes.addressed_by} {html.escape(boxes.addressed[0])}.</p>"
    elif boxes.addressed:
        middle += f"<p>{boxes.addressed_by}</p>" + _paragraphs([f"- {each};" for each in boxes.addressed])
    header = _two_cells(left, right) if boxes.letterhead or boxes.motto else ""
    signature = [*boxes.titles, "", "", boxes.signer]
    closing = _two_cells(closing_lines(boxes), signature)
    return f"{header}{middle}{_paragraphs(boxes.body)}{closing}{_paragraphs(boxes.annex)}"


def _paragraphs(texts: Sequence[str]) -> str:
    parts = (text.partition("\t") for text in texts)
    return "".join(_two_cells([left], [right]) if right else f"<p>{html.escape(left)}</p>" for left, _, right in parts)


def _two_cells(left: Sequence[str], right: Sequence[str]) -> str:
    cells = "".join(
        f"<td width=50%><p>{'<br>'.join(html.escape(line) for line in lines)}</p></td>" for lines in (left, right)
    )
    return f"<table><tr>{cells}</tr></table>"


def edxml_message(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """An edXML message with the document attached, as DOCX or as PDF."""
    boxes = notices[0]
    make = chance.choice((docx_with_tables, pdf_two_columns))
    number, _, notation = boxes.number.split(" ")[-1].partition("/")
    to = "".join(_party("To", each) for each in boxes.addressed)
    encoded = base64.encodebytes(make(notices, chance)).decode()
    day = f"{boxes.issued_on:%Y/%m/%d}" if boxes.issued_on else ""
    header = (
        f"{_party('From', ' '.join(boxes.letterhead))}{to}"
        f"<edXML:Code><edXML:CodeNumber>{number}</edXML:CodeNumber>"
        f"<edXML:CodeNotation>{html.escape(notation)}</edXML:CodeNotation></edXML:Code>"
        f"<edXML:PromulgationInfo><edXML:PromulgationDate>{day}</edXML:PromulgationDate></edXML:PromulgationInfo>"
        f"<edXML:Subject>{html.escape(boxes.subject)}</edXML:Subject>"
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<edXML:edXML xmlns:edXML="{_NAMESPACE}"><edXML:edXMLEnvelope><edXML:edXMLHeader><edXML:MessageHeader>{header}
</edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope><edXML:AttachmentEncoded><edXML:Attachment>
<edXML:ContentTransferEncoded>{encoded}</edXML:ContentTransferEncoded></edXML:Attachment></edXML:AttachmentEncoded>
</edXML:edXML>""".encode()


def _party(tag: str, name: str) -> str:
    inner = f"<edXML:OrganId></edXML:OrganId><edXML:OrganName>{html.escape(name)}</edXML:OrganName>"
    return f"<edXML:{tag}>{inner}</edXML:{tag}>"
