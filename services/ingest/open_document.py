"""A document of any format becomes notices: its format is told by its bytes, then one reader reads them all."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.notices import Notice, ReadingWarning
from services.ingest.cross_check import cross_checked
from services.ingest.formats import Envelope, Laid, lay_out, media_type_of, point_back, read_edxml, read_sheet
from services.ingest.formats.limits import malformed
from services.ingest.formats.page import Sheet
from services.ingest.reading import Unreadable, confidence_of, read_text, read_whole

_TEXT = frozenset({"text/plain", "application/octet-stream"})
"""What the reader of texts takes: it knows encodings that look like anything."""
_MESSAGE = "application/edxml+xml"
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
    found = media_type_of(content)
    if found == _MESSAGE:
        return _open_message(content)
    if found in _TEXT:
        whole = read_whole(content, file_name=file_name, media_type=media_type)
        return Opened(whole.notices, whole.text, paged=False)
    sheet = read_sheet(content)
    laid = lay_out(sheet)
    return Opened([_on_sheet(each, sheet, laid) for each in read_text(laid.text)], laid.text, sheet.made_by in _PAGED)


def _open_message(content: bytes) -> Opened:
    """The notices of a message's attachments. The first that can be read is the one that its header speaks of."""
    envelope, attachments = read_edxml(content)
    opened, refusals = _attached(attachments)
    if not opened:
        raise refusals[0] if refusals else malformed("edXML message", "it carries no document")
    first, *others = opened
    notices = [_checked(first.notices[0], envelope, refusals), *first.notices[1:]]
    enclosed = [notice for other in others for notice in other.notices if notice.number]
    if enclosed and notices[-1].encloses is None:
        notices[-1] = notices[-1].model_copy(update={"encloses": enclosed[0].number})
    # Places in further attachments would be taken for places in the first.
    notices += [notice.model_copy(update={"evidence": ()}) for notice in enclosed]
    return Opened(notices, first.text, first.paged)


def _attached(attachments: list[bytes]) -> tuple[list[Opened], list[Unreadable]]:
    """What the attachments hold, and why some hold nothing; messages inside messages are not opened."""
    opened, refusals = [], []
    for attachment in attachments:
        if media_type_of(attachment) == _MESSAGE:
            refusals.append(Unreadable("unsupported", "an attachment is itself a message", "send it by itself"))
            continue
        try:
            opened.append(open_whole(attachment))
        except Unreadable as error:
            refusals.append(error)
    return opened, refusals


def _checked(notice: Notice, envelope: Envelope, refusals: list[Unreadable]) -> Notice:
    """The first notice held against the envelope, with what is to be said of attachments that were left out."""
    found = cross_checked(notice, envelope)
    left = tuple(ReadingWarning(code="attachment_unread", message=each.reason) for each in refusals)
    found = found.model_copy(update={"warnings": found.warnings + left})
    return found.model_copy(update={"confidence": confidence_of(found)})


def _on_sheet(notice: Notice, sheet: Sheet, laid: Laid) -> Notice:
    """The notice with its places on the sheet's pages, and what is doubtful of the sheet."""
    evidence = point_back(notice.evidence, laid, paged=sheet.made_by in _PAGED)
    warnings = notice.warnings + tuple(map(_doubt, sheet.doubts))
    found = notice.model_copy(update={"evidence": evidence, "warnings": warnings})
    return found.model_copy(update={"confidence": confidence_of(found)})


def _doubt(said: str) -> ReadingWarning:
    code, _, sentence = said.partition(": ")
    return ReadingWarning(code=code, message=sentence or code)
