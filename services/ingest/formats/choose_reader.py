"""From bytes to a sheet: the format is told by its bytes, and its reader called; nothing but Unreadable comes out."""

from __future__ import annotations

from services.ingest.formats import open_edxml as edxml
from services.ingest.formats import read_docx as docx
from services.ingest.formats import read_html as html
from services.ingest.formats import read_pdf as pdf
from services.ingest.formats.detect import TEXT, media_type_of
from services.ingest.formats.limits import Deadline, Limits, malformed
from services.ingest.formats.page import Sheet
from services.ingest.formats.read_image import FORMATS, read_image
from services.ingest.reading import Unreadable

_NAMES = {
    "application/rtf": "RTF",
    "application/msword": "DOC (Word 97-2003) or another old Office format",
    "application/zip": "a zip archive that is no DOCX",
    "application/gzip": "a gzip archive",
    "application/x-7z-compressed": "a 7z archive",
    "application/vnd.rar": "a RAR archive",
    "image/gif": "a GIF image",
    "image/vnd.djvu": "DjVu",
    edxml.MEDIA_TYPE: "an edXML message inside another",
    TEXT: "plain text, which is read without this step",
}
_PROTECTED = "EncryptedPackage".encode("utf-16-le")


def read_sheet(content: bytes, limits: Limits | None = None) -> Sheet:
    """The rows of a document in PDF, DOCX, HTML, or of a scan; a message (edXML) is opened with read_edxml first.

    Raises Unreadable, and nothing else: empty, unsupported, encrypted, malformed, too_many_pages, too_many_lines,
    too_large, no_text, timeout.
    """
    limits = limits or Limits()
    try:
        return _read(content, limits, Deadline(limits.seconds))
    except Unreadable:
        raise
    except (MemoryError, RecursionError) as error:
        raise malformed("document", "reading it takes more memory than any notice does") from error
    except Exception as error:
        raise malformed("document", f"its reader failed with {type(error).__name__}") from error


def _read(content: bytes, limits: Limits, deadline: Deadline) -> Sheet:
    if not content.strip(b"\x00 \t\r\n"):
        raise Unreadable("empty", "The document is empty.", "Send the document again, with its content.")
    media_type = media_type_of(content)
    if media_type == pdf.MEDIA_TYPE:
        return pdf.read_pdf(content, limits, deadline)
    if media_type in {docx.MEDIA_TYPE, docx.MACRO_TYPE}:
        return docx.read_docx(content, limits, deadline)
    if media_type == html.MEDIA_TYPE:
        return html.read_html(content, limits, deadline)
    if media_type in FORMATS:
        return read_image(content, media_type, limits, deadline)
    raise _unsupported(media_type, content)


def _unsupported(media_type: str, content: bytes) -> Unreadable:
    if media_type == "application/msword" and _PROTECTED in content:
        return Unreadable(
            "encrypted", "The Office document is protected by a password.", "Send a copy without the password."
        )
    name = _NAMES.get(media_type, f"in a format that is not known ({media_type})")
    return Unreadable(
        "unsupported",
        f"The document is {name}; PDF, DOCX, HTML, edXML, PNG, JPEG and TIFF are read here.",
        "Open it and save it as DOCX or PDF; take documents out of archives and send each by itself.",
        where="byte 0",
    )
