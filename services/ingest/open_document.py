"""A document of any format becomes notices: its format is told by its bytes, then one reader reads them all."""

from __future__ import annotations

from contracts.notices import Notice, ReadingWarning
from services.ingest.formats import layout, media_type_of, read_sheet
from services.ingest.reading import read_document, read_text

_TEXT = frozenset({"text/plain", "application/octet-stream"})
"""What the reader of texts takes: it knows encodings that look like anything."""


def open_document(content: bytes, *, file_name: str = "", media_type: str | None = None) -> list[Notice]:
    """The notices of a document, in order. Raises Unreadable, and nothing else.

    `file_name` and `media_type` are what the sender says; they are hints for plain text and change nothing else.
    """
    if media_type_of(content) in _TEXT:
        return read_document(content, file_name=file_name, media_type=media_type)
    sheet = read_sheet(content)
    doubts = tuple(_doubt(each) for each in sheet.doubts)
    notices = read_text(layout(sheet))
    return [notice.model_copy(update={"warnings": notice.warnings + doubts}) for notice in notices]


def _doubt(said: str) -> ReadingWarning:
    code, _, sentence = said.partition(": ")
    return ReadingWarning(code=code, message=sentence or code)
