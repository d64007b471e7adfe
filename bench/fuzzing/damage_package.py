"""What happens inside a format: members of a zip replaced, XML nested deep, sizes falsified, words set anew."""

from __future__ import annotations

import base64
import html
import io
import random
import re
import zipfile
from collections.abc import Callable

from bench.fuzzing.damage_bytes import DAMAGES as BYTES

_DOCUMENT = "word/document.xml"
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DEPTHS = (10, 61, 300, 5_000)
_CELL = ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>")
_NESTS = (_CELL, ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"), ("<w:ins>", "</w:ins>"), ("<w:p>", "</w:p>"))
_ENTITIES = ("&#xD800;", "&#0;", "&#x110000;", "&nbsp;", "&lt;", "&undeclared;", "<![CDATA[", "<!--", "</w:p>", "\x00")

Members = dict[str, bytes]


def members_of(content: bytes) -> Members:
    """The members of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(members: Members) -> bytes:
    """A zip of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def with_words(content: bytes, text: str) -> bytes:
    """A DOCX whose body holds other words, a paragraph a line; what XML cannot hold is left out."""
    members = members_of(content)
    lines = _ILLEGAL.sub("", text).split("\n")
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{html.escape(line)}</w:t></w:r></w:p>' for line in lines)
    before, opened, _ = members[_DOCUMENT].decode().partition("<w:body>")
    members[_DOCUMENT] = f"{before}{opened}{body}</w:body></w:document>".encode()
    return packed(members)


def _replaced(content: bytes, chance: random.Random) -> bytes:
    """A member is another's content, noise, nothing, or gone."""
    members = members_of(content)
    name = chance.choice((_DOCUMENT, *sorted(members)))
    other = members[chance.choice(sorted(members))]
    members[name] = chance.choice((other, b"", chance.randbytes(500), b"<a/>", b" " * 5_000_000, members[name] * 2))
    if chance.random() < 0.2:
        del members[name]
    return packed(members)


def _member_damaged(content: bytes, chance: random.Random) -> bytes:
    """The bytes of one member are damaged before it is packed, so that its checksum holds."""
    members = members_of(content)
    name = chance.choice((_DOCUMENT, "word/styles.xml", "word/numbering.xml"))
    name = name if name in members else _DOCUMENT
    members[name] = BYTES[chance.choice(sorted(BYTES))](members[name], chance)
    return packed(members)


def _nested(content: bytes, chance: random.Random) -> bytes:
    members, depth = members_of(content), chance.choice(_DEPTHS)
    opening, closing = chance.choice(_NESTS)
    text = members[_DOCUMENT].decode()
    at = text.find("<w:p") if "<w:p" in text else 0
    inner = "<w:p><w:r><w:t>Số: 1/QĐ-UBND</w:t></w:r></w:p>"
    members[_DOCUMENT] = (text[:at] + opening * depth + inner + closing * depth + text[at:]).encode()
    return packed(members)


def _escaped(content: bytes, chance: random.Random) -> bytes:
    members = members_of(content)
    text = members[_DOCUMENT].decode()
    at = chance.choice([each.end() for each in re.finditer(">", text)] or [0])
    members[_DOCUMENT] = f"{text[:at]}{chance.choice(_ENTITIES) * chance.choice((1, 100))}{text[at:]}".encode()
    return packed(members)


def _sizes(content: bytes, chance: random.Random) -> bytes:
    """The sizes that headers of the zip declare are others."""
    changed = bytearray(content)
    starts = [each.start() for each in re.finditer(rb"PK\x01\x02|PK\x03\x04", content)]
    for at in chance.sample(starts, min(len(starts), 5)):
        field = at + chance.choice((20, 24) if content[at : at + 4] == b"PK\x01\x02" else (18, 22))
        changed[field : field + 4] = chance.choice((0, 1, 100, 0x7FFFFFFF, 0xFFFFFFFF)).to_bytes(4, "little")
    return bytes(changed)


ZIPPED: dict[str, Callable[[bytes, random.Random], bytes]] = {
    each.__name__.strip("_"): each for each in (_replaced, _member_damaged, _nested, _escaped, _sizes)
}


def _page_nested(content: bytes, chance: random.Random) -> bytes:
    tag = chance.choice((b"div", b"table><tr><td", b"ul><li", b"b", b"p", b"select><option", b"svg", b"pre"))
    at = content.find(b">", chance.randrange(len(content) + 1)) + 1
    return content[:at] + b"<%s>" % tag * chance.choice((10, 61, 300, 20_000)) + content[at:]


def _page_spans(content: bytes, chance: random.Random) -> bytes:
    value = chance.choice((b"0", b"-1", b"99999", b"9" * 30, b"a", "²".encode()))
    return content.replace(b"<td", b"<td colspan=%s rowspan=%s" % (value, value))


def _page_escaped(content: bytes, chance: random.Random) -> bytes:
    at = content.find(b">", chance.randrange(len(content) + 1)) + 1
    return content[:at] + chance.choice(_ENTITIES).encode() * chance.choice((1, 100)) + content[at:]


PAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    each.__name__.strip("_"): each for each in (_page_nested, _page_spans, _page_escaped)
}


def page_of(text: str) -> bytes:
    """A web page of a text, a paragraph a line, nothing left out."""
    body = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))
    return f"<!DOCTYPE html><html><body>{body}</body></html>".encode("utf-8", "surrogatepass")


def enveloped(content: bytes) -> bytes:
    """An edXML message that carries a document."""
    encoded = base64.b64encode(content).decode()
    header = "<From><OrganId>000.00.00.H26</OrganId><OrganName>UBND thành phố Hà Nội</OrganName></From>"
    attached = f"<Attachment><ContentTransferEncoded>{encoded}</ContentTransferEncoded></Attachment>"
    return (
        f'<?xml version="1.0" encoding="utf-8"?><edXML><edXMLEnvelope><MessageHeader>{header}</MessageHeader>'
        f"</edXMLEnvelope><AttachmentEncoded>{attached}</AttachmentEncoded></edXML>"
    ).encode()
