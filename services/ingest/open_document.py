"""A document of any format becomes notices: its format is told by its bytes, then one reader reads them all."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.notices import Notice, ReadingWarning
from services.ingest.formats import Laid, lay_out, media_type_of, point_back, read_sheet
from services.ingest.formats.page import Sheet
from services.ingest.reading import confidence_of, read_text, read_whole

_TEXT = frozenset({"text/plain", "application/octet-stream"})
"""What the reader of texts takes: it knows encodings that look like anything."""
_PAGED = frozenset({"text layer", "ocr"})


@dataclass(frozen=True)
class Opened:
    """A document's notices, and the text of which their evidence names lines and columns.

    paged: its evidence names boxes on pages too.
    """

    notices: list[Notice]
    text: str
    paged: bool


def open_document(content: bytes, *, file_name: str = "", media_type: str | None = None) -> list[Notice]:
    """The notices of a document, in order. Raises Unreadable, and nothing else.

    `file_name` and `media_type` are what the sender says; they are hints for plain text and change nothing else.
    """
    return open_whole(content, file_name=file_name, media_type=media_type).notices


def open_whole(content: bytes, *, file_name: str = "", media_type: str | None = None) -> Opened:
    """The same, with the text as it was laid out for reading."""
    if media_type_of(content) in _TEXT:
        whole = read_whole(content, file_name=file_name, media_type=media_type)
        return Opened(whole.notices, whole.text, paged=False)
    sheet = read_sheet(content)
    laid = lay_out(sheet)
    return Opened([_on_sheet(each, sheet, laid) for each in read_text(laid.text)], laid.text, sheet.made_by in _PAGED)


def _on_sheet(notice: Notice, sheet: Sheet, laid: Laid) -> Notice:
    """The notice with its places on the sheet's pages, and what is doubtful of the sheet."""
    evidence = point_back(notice.evidence, laid, paged=sheet.made_by in _PAGED)
    warnings = notice.warnings + tuple(map(_doubt, sheet.doubts))
    found = notice.model_copy(update={"evidence": evidence, "warnings": warnings})
    return found.model_copy(update={"confidence": confidence_of(found)})


def _doubt(said: str) -> ReadingWarning:
    code, _, sentence = said.partition(": ")
    return ReadingWarning(code=code, message=sentence or code)
