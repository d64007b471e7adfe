"""From bytes to notices, and from the boxes of one notice to its fields."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from contracts.notices import Notice
from services.ingest.reading.assemble import assemble
from services.ingest.reading.boxes import find_boxes
from services.ingest.reading.drafts import Doubts
from services.ingest.reading.header.stamps import without_stamp
from services.ingest.reading.one_notice import Reading
from services.ingest.reading.split import split_notices
from services.ingest.reading.text.decode import charset_of, decode
from services.ingest.reading.text.find_words import Words
from services.ingest.reading.text.legacy import from_mojibake, reads_as_vietnamese
from services.ingest.reading.text.lines import Line, read_lines
from services.ingest.reading.text.repair import repair
from services.ingest.reading.unreadable import MOST_LINES, Unreadable, too_many_lines


@dataclass(frozen=True)
class Whole:
    """The notices of a text, and the text itself: its lines and columns are those that their evidence names."""

    notices: list[Notice]
    text: str


def read_document(content: bytes, *, file_name: str = "", media_type: str | None = None) -> list[Notice]:
    """The notices in a text or Markdown file, in order. Raises Unreadable, and nothing else."""
    return read_whole(content, file_name=file_name, media_type=media_type).notices


def read_whole(content: bytes, *, file_name: str = "", media_type: str | None = None) -> Whole:
    """The notices in a text or Markdown file, with its text.

    Binary content is refused. `file_name` only names what is refused; the charset of `media_type` is
    tried for bytes that are not Unicode. Raises Unreadable, and nothing else.
    """
    text, encoding = decode(content, suffix=PurePath(file_name).suffix, charset=charset_of(media_type))
    return _read(text, encoding)


def read_text(text: str) -> list[Notice]:
    """The notices in a text. Raises Unreadable, and nothing else."""
    return _read(text, "utf-8").notices


def _read(text: str, encoding: str) -> Whole:
    if text.count("\n") > MOST_LINES and sum(bool(line.strip()) for line in text.split("\n")) > MOST_LINES:
        raise too_many_lines(MOST_LINES)
    doubts = Doubts()
    if converted := from_mojibake(text):
        text, encoding = converted
    if encoding not in {"utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"}:
        doubts.add("encoding_converted", f"the text was read as {encoding}; check its accents", 1)
    if text.isascii():
        doubts.add("accents_missing", "the text has no accents: most tasks cannot be told", 1)
    text = repair(text)
    lines = without_stamp(read_lines(text))
    if not lines:
        raise Unreadable("empty", "The document holds no text.", "Send the document again, with its content.")
    words = Words(text)
    notices = [
        _read_one(part, text, words, doubts if position == 0 else Doubts())
        for position, part in enumerate(split_notices(lines))
    ]
    for position, notice in enumerate(notices[:-1]):
        if notice.encloses is None:
            notices[position] = notice.model_copy(update={"encloses": notices[position + 1].number})
    return Whole(notices, text)


def _read_one(lines: list[Line], text: str, words: Words, doubts: Doubts) -> Notice:
    boxes = find_boxes(lines, doubts)
    reading = Reading.of(lines, boxes)
    if reading.secrecy is not None:
        raise Unreadable(
            "secret",
            f"The document bears the secrecy mark {reading.secrecy.upper()}. Secret documents may not travel here.",
            "Deliver it by the channel for state secrets, and delete this copy.",
            where=f"line {reading.secrecy_line}",
        )
    if reading.signs < 2:
        raise _no_notice(text, lines)
    return assemble(reading, words, doubts)


def _no_notice(text: str, lines: list[Line]) -> Unreadable:
    """Why a text without the boxes of a notice was refused: it is no Vietnamese at all, or it is something else."""
    where = f"line {lines[0].number}"
    if not text.isascii() and len(text) > 400 and reads_as_vietnamese(text) < 0.01:
        return Unreadable(
            "encoding",
            "The text does not read as Vietnamese: its letters were lost when it was exported.",
            "Run OCR on the page images, or export the document again as UTF-8 text.",
            where=where,
        )
    return Unreadable(
        "not_a_notice",
        "The text has none of the boxes of a notice: no number, type, addressees, recipients or signature were found.",
        "Check that the whole document was sent, from its header to its list of recipients (Nơi nhận).",
        where=where,
    )
