"""Which format a document is in, by its bytes: file names lie."""

from __future__ import annotations

import io
import re
import zipfile

from services.ingest.formats import open_edxml, read_docx, read_html, read_pdf

TEXT = "text/plain"
UNKNOWN = "application/octet-stream"
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"AT&TFORM", "image/vnd.djvu"),
)
_PDF_WITHIN = 1024
_EDXML = re.compile(rb"<(?:[\w-]+:)?edXML|edXMLEnvelope|<(?:[\w-]+:)?MessageHeader", re.IGNORECASE)
_HTML = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_FRAGMENT = re.compile(rb"<(?:table|div|p|center|font|span|h[1-6])\b", re.IGNORECASE)
_CONTROL = bytes([*range(9), *range(14, 27)])
"""Bytes that no text holds: all below the escape that old printers took, but tabs and line ends."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def media_type_of(content: bytes) -> str:
    """The media type of a document: application/octet-stream where it is none that is known, text/plain for text."""
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return read_pdf.MEDIA_TYPE
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(content)
    return _marked_up(content) or _plain(content)


def _zipped(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, IndexError):
        is_word = b"word/" in content[:200_000]
        return read_docx.MEDIA_TYPE if is_word else "application/zip"
    if "word/document.xml" not in names:
        return "application/zip"
    return read_docx.MACRO_TYPE if "word/vbaProject.bin" in names else read_docx.MEDIA_TYPE


def _marked_up(content: bytes) -> str | None:
    head = content[:8_000]
    if head.startswith(_UTF16):
        head = head[2:].replace(b"\x00", b"")
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"<"):
        return None
    if _HTML.match(head):
        return read_html.MEDIA_TYPE
    if _EDXML.search(head[:4_000]):
        return open_edxml.MEDIA_TYPE
    is_fragment = _FRAGMENT.match(head) and len(_FRAGMENT.findall(head)) > 2 and content.rstrip().endswith(b">")
    return read_html.MEDIA_TYPE if is_fragment else None


def _plain(content: bytes) -> str:
    if content.startswith(_UTF16):
        return TEXT
    head = content[:8_000]
    control = len(head) - len(head.translate(None, delete=_CONTROL))
    return UNKNOWN if control * 50 > len(head) else TEXT
