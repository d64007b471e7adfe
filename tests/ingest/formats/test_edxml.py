"""edXML messages give up their header and their documents."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import date

import pytest

from services.ingest.formats import Unreadable, media_type_of, read_edxml, read_sheet

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


def test_the_attached_document_is_the_sheet() -> None:
    """The sheet of a message is that of the document it carries."""
    message = _message(_PAGE)
    assert media_type_of(message) == "application/edxml+xml"
    assert [row.text for row in read_sheet(message).rows] == ["Số: 12/QĐ-UBND"]


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
