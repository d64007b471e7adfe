"""A PDF becomes a sheet: from its text layer, and by OCR of those pages whose text layer is missing or garbage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.formats.confine_pdf import load_pages, render_page
from services.ingest.formats.judge_text import is_garbage
from services.ingest.formats.limits import Deadline, Limits, too_many_pages
from services.ingest.formats.load_pdf import Loaded
from services.ingest.formats.page import Sheet
from services.ingest.formats.recognise import DPI, can_recognise, no_text, recognise
from services.ingest.formats.set_rows import PageWords, set_rows
from services.ingest.reading import Unreadable

MEDIA_TYPE = "application/pdf"
_LEAST_LETTERS = 30
"""Of a whole document: less is a stamp or a page number over a picture."""


@dataclass(frozen=True)
class _Judged:
    """Pages counted from 0: those whose text is garbage, and pictures without text."""

    garbage: frozenset[int]
    pictures: frozenset[int]


def read_pdf(content: bytes, limits: Limits, deadline: Deadline) -> Sheet:
    """The rows of a PDF.

    Raises Unreadable: encrypted, malformed, too_many_pages, too_large, no_text, timeout.
    """
    loaded = load_pages(content, limits, deadline)
    judged = _judge(loaded)
    wanted = sorted(judged.garbage | judged.pictures)
    recognised: dict[int, PageWords] = {}
    doubts: list[str] = []
    if wanted and can_recognise():
        recognised, sureness = _recognised(content, wanted, limits, deadline)
        doubts.append(f"recognised: {len(wanted)} pages were read by OCR, {sureness:.0f} % sure")
    elif wanted:
        doubts += _unread(loaded, judged)
    return _sheet(loaded, judged, recognised, doubts)


def _judge(pages: Sequence[Loaded]) -> _Judged:
    texts = [" ".join(word.text for word in page.words) for page in pages]
    garbage = {at for at, page in enumerate(pages) if is_garbage(texts[at], page.unmapped)}
    letters = sum(len(text) for text in texts)
    pictures = {
        at for at, page in enumerate(pages) if page.pictured and (len(page.words) < 12 or letters < _LEAST_LETTERS)
    }
    return _Judged(frozenset(garbage), frozenset(pictures))


def _recognised(
    content: bytes, wanted: Sequence[int], limits: Limits, deadline: Deadline
) -> tuple[dict[int, PageWords], float]:
    if len(wanted) > limits.ocr_pages:
        raise too_many_pages(len(wanted), limits.ocr_pages)
    found, sureness = {}, 0.0
    for at in wanted:
        deadline.check(f"page {at + 1}")
        picture = render_page(content, at, DPI, limits, deadline)
        page = recognise(picture, DPI, deadline)
        found[at] = PageWords(at + 1, page.words, picture.height * 72 / DPI)
        sureness += page.confidence / len(wanted)
    return found, sureness


def _unread(pages: Sequence[Loaded], judged: _Judged) -> list[str]:
    """What is said of pages that cannot be read; a document with no other pages is refused."""
    missing = judged.garbage | judged.pictures
    left = sum(len(word.text) for at, page in enumerate(pages) if at not in missing for word in page.words)
    if left < _LEAST_LETTERS and judged.garbage:
        raise no_text("The text layer of the PDF is garbage: its letters are not those that the page shows.")
    if left < _LEAST_LETTERS:
        raise no_text("The PDF holds only pictures of its pages.")
    numbers = ", ".join(str(at + 1) for at in sorted(missing))
    return [f"pages_unread: pages {numbers} hold no readable text and were left out; Tesseract is not installed"]


def _sheet(loaded: Sequence[Loaded], judged: _Judged, recognised: dict[int, PageWords], doubts: list[str]) -> Sheet:
    missing = (judged.garbage | judged.pictures) - set(recognised)
    pages = [
        recognised.get(at) or PageWords(at + 1, () if at in missing else page.words, page.height, page.rules)
        for at, page in enumerate(loaded)
    ]
    rows, found = set_rows(pages)
    if sum(len(row.text) for row in rows) < (1 if recognised else _LEAST_LETTERS):
        raise Unreadable(
            "no_text",
            "The PDF shows no text.",
            "Check that the right file was sent; a scan must be legible and stand upright.",
        )
    rotated = sum(page.rotated for page in loaded)
    if rotated:
        found.append(f"rotated_left_out: {rotated} words that do not run from left to right were left out")
    made_by = "ocr" if len(recognised) * 2 > len(loaded) else "text layer"
    return Sheet(tuple(rows), MEDIA_TYPE, len(loaded), made_by, (*doubts, *found))
