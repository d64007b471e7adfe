"""edXML messages give up their header and their documents."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import date

import pytest

from services.ingest.formats import Unreadable, media_type_of, read_edxml
from services.ingest.open_document import open_document

_PAGE = "<html><body><p>Số: 12/QĐ-UBND</p></body></html>".encode()


def _message(attachment: bytes) -> bytes:
    encoded = base64.b64encode(attachment).decode()
    return f"""<?xml version="1.0" encoding="utf-8"?>
<edXML:edXML xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLEnvelope><edXML:edXMLHeader>
<edXML:MessageHeader>
<edXML:From><edXML:OrganId>000.00.00.H26</edXML:OrganId><edXML:OrganName>UBND thành phố Hà Nội</edXML:OrganName>
</edXML:From>
<edXML:To><edXML:OrganId>000.01.10.H26</edXML:OrganId><edXML:OrganName>Sở Y tế</edXML:OrganName></edXML:To>
<edXML:Code><edXML:CodeNumber>12</edXML:CodeNumber><edXML:CodeNotation>QĐ-UBND</edXML:CodeNotation></edXML:Code>
<edXML:PromulgationInfo><edXML:Place>Hà Nội</edXML:Place><edXML:PromulgationDate>2026/04/29</edXML:PromulgationDate>
</edXML:PromulgationInfo><edXML:Subject>Về việc treo cờ</edXML:Subject></edXML:MessageHeader></edXML:edXMLHeader>
</edXML:edXMLEnvelope><edXML:AttachmentEncoded><edXML:Attachment>
<edXML:ContentTransferEncoded>{encoded}</edXML:ContentTransferEncoded></edXML:Attachment></edXML:AttachmentEncoded>
</edXML:edXML>""".encode()


def test_the_header_is_read() -> None:
    """Number and symbol are joined, the date is a date, parties keep code and name."""
    envelope, attachments = read_edxml(_message(_PAGE))
    assert (envelope.number, envelope.issued_on) == ("12/QĐ-UBND", date(2026, 4, 29))
    assert envelope.issuer.name == "UBND thành phố Hà Nội"
    assert [each.code for each in envelope.recipients] == ["000.01.10.H26"]
    assert attachments == [_PAGE]


def _document(*, number: str = "Số: 12/QĐ-UBND", dated: str = "Hà Nội, ngày 29 tháng 4 năm 2026") -> bytes:
    lines = (
        "ỦY BAN NHÂN DÂN", "THÀNH PHỐ HÀ NỘI", number, dated, "QUYẾT ĐỊNH", "Về việc treo cờ",
        "Nơi nhận:", "- Sở Y tế;", "- Lưu: VT.",
    )  # fmt: skip
    return f"<html><body>{''.join(f'<p>{line}</p>' for line in lines)}</body></html>".encode()


def test_the_header_and_its_document_agree() -> None:
    """A message whose document says the same is read as the document, and nothing is doubted."""
    message = _message(_document())
    assert media_type_of(message) == "application/edxml+xml"
    (notice,) = open_document(message)
    assert (notice.number, notice.issuer) == ("12/QĐ-UBND", "Ủy ban nhân dân thành phố Hà Nội")
    assert "envelope_differs" not in {each.code for each in notice.warnings}


def test_the_header_fills_what_the_document_does_not_show() -> None:
    """A blank number and day come from the envelope, and their evidence says so, in the envelope's order."""
    (notice,) = open_document(_message(_document(number="Số:      /QĐ-UBND", dated="Hà Nội, ngày    tháng 4 năm 2026")))
    assert (notice.number, notice.issued_on) == ("12/QĐ-UBND", date(2026, 4, 29))
    assert [each.field for each in notice.evidence if "by_envelope" in each.reasons] == ["number", "issued_on"]
    assert not {"number_blank", "date_blank"} & {each.code for each in notice.warnings}


def test_a_difference_is_told() -> None:
    """Where document and envelope differ the envelope's value stands, with little confidence, and both are named."""
    (notice,) = open_document(_message(_document(number="Số: 21/QĐ-UBND")))
    assert notice.number == "12/QĐ-UBND"
    told = [each.message for each in notice.warnings if each.code == "envelope_differs"]
    assert told == ["number: the envelope says 12/QĐ-UBND, the document 21/QĐ-UBND"]
    assert next(each for each in notice.evidence if each.field == "number").confidence < 0.5


def test_a_message_inside_a_message_is_not_opened() -> None:
    """It is refused in words, and nothing is followed deeper."""
    with pytest.raises(Unreadable, match="itself a message"):
        open_document(_message(_message(_document())))


def test_a_zipped_attachment_is_unpacked() -> None:
    """Some systems zip the one file before they encode it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("van-ban.html", _PAGE)
    assert read_edxml(_message(packed.getvalue()))[1] == [_PAGE]


def test_entities_are_refused() -> None:
    """A message that declares entities is damaged, whatever they stand for."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + _message(_PAGE).split(b"?>", 1)[1]
    with pytest.raises(Unreadable) as refused:
        read_edxml(bomb)
    assert refused.value.code == "malformed"
