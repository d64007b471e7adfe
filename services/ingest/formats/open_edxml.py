"""An edXML message (QCVN 102:2016/BTTTT) becomes its header's facts and the documents it carries."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

from services.ingest.formats.limits import Limits, malformed, too_large
from services.ingest.formats.unpack import Package

MEDIA_TYPE = "application/edxml+xml"
_DATE = re.compile(
    r"(?P<year>\d{4})[/-](?P<month>\d{1,2})[/-](?P<day>\d{1,2})|(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})"
)
_NAMESPACE = re.compile(r"^\{.*\}")
_MOST_ATTACHMENTS = 50


@dataclass(frozen=True)
class Party:
    """A body of the message: its code (QĐ 20/2020 or QCVN 102 form, as written) and its name."""

    code: str
    name: str


@dataclass(frozen=True)
class Envelope:
    """The header's facts, as the sending system states them; empty or None where it says nothing."""

    number: str
    issuer: Party
    issued_on: date | None
    place: str
    doc_type: str
    subject: str
    recipients: tuple[Party, ...]


def read_edxml(content: bytes, limits: Limits | None = None) -> tuple[Envelope, list[bytes]]:
    """The header of a message and its attachments in order. Raises Unreadable: malformed, too_large."""
    limits = limits or Limits()
    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise malformed("edXML message", "it is not valid XML, or declares entities") from error
    elements = list(root.iter())
    for element in elements:
        element.tag = _NAMESPACE.sub("", element.tag) if isinstance(element.tag, str) else ""
    header = next((each for each in elements if each.tag == "MessageHeader"), None)
    if header is None:
        raise malformed("edXML message", "it has no MessageHeader")
    encoded = [each.text or "" for each in elements if each.tag == "ContentTransferEncoded"][:_MOST_ATTACHMENTS]
    return _envelope(header), _attachments(encoded, limits)


def _envelope(header: Any) -> Envelope:
    sender = header.find("From")
    return Envelope(
        number=_number(_text(header, "Code/CodeNumber"), _text(header, "Code/CodeNotation")),
        issuer=_party(sender) if sender is not None else Party("", ""),
        issued_on=_date(_text(header, "PromulgationInfo/PromulgationDate") or _text(header, "PromulgationInfo/Date")),
        place=_text(header, "PromulgationInfo/Place"),
        doc_type=_text(header, "DocumentType/TypeName"),
        subject=_text(header, "Subject"),
        recipients=tuple(_party(each) for each in header.iterfind("To")),
    )


def _text(parent: Any, path: str) -> str:
    return " ".join((parent.findtext(path) or "").split())


def _party(element: Any) -> Party:
    return Party(_text(element, "OrganId"), _text(element, "OrganName"))


def _number(number: str, notation: str) -> str:
    """Number and symbol: some systems put both into the notation."""
    return notation if "/" in notation or not number else f"{number}/{notation}".rstrip("/")


def _date(text: str) -> date | None:
    found = _DATE.search(text)
    if found is None:
        return None
    year, month, day = (
        int(found[long] or found[short]) for long, short in (("year", "y"), ("month", "m"), ("day", "d"))
    )
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _attachments(encoded: list[str], limits: Limits) -> list[bytes]:
    left, found = limits.unpacked_bytes, []
    for text in encoded:
        try:
            content = _unzipped(base64.b64decode("".join(text.split())), limits)
        except (binascii.Error, ValueError) as error:
            raise malformed("edXML message", "an attachment is not valid base64") from error
        left -= len(content)
        if left < 0:
            raise too_large("edXML message", limits.unpacked_bytes)
        found.append(content)
    return found


def _unzipped(content: bytes, limits: Limits) -> bytes:
    """An attachment; some systems zip the one file before they encode it."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    package = Package(content, limits)
    if len(package.names) != 1:
        return content
    return package.read(next(iter(package.names)))
