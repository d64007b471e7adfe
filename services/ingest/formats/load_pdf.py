"""The only place that calls PDFium. PDFium is not thread-safe: every call is made under one lock of this module."""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from PIL import Image
from pypdfium2 import raw

from services.ingest.formats.limits import Deadline, Limits, malformed, too_large, too_many_pages
from services.ingest.formats.load_rules import load_rules
from services.ingest.formats.page import Rule, Word
from services.ingest.formats.pdf_frame import Frame
from services.ingest.reading import Unreadable

_LOCK = threading.Lock()
_WORD = re.compile(r"[^\s\ufffe]+")
_LOOK_CLOSER = re.compile(r"[^\W\d]\d|[,;:.)\]”\"]\d{1,2}$|[\u0300-\u036f](?=\w)")
"""A number may be raised, and PDFium loses the space after a decomposed accent."""
_MOST_CHARACTERS = 60_000
"""Of one page: a page of a notice holds some 3,000."""
_BOLD_FROM = 600
_SPACE = 0.16
"""Part of the height of a word that a gap inside it must have to be a space."""
_RAISED = 1.0
"""Points by which bottoms differ where a word holds a raised number."""


@dataclass(frozen=True)
class Loaded:
    """A page's words in content order, its size in points, and how much of it was left out.

    rotated: words that do not run from left to right. unmapped: characters without a Unicode value.
    pictured: a picture covers most of the page. rules: the lines drawn on it.
    """

    words: tuple[Word, ...]
    width: float
    height: float
    rotated: int = 0
    unmapped: int = 0
    pictured: bool = False
    rules: tuple[Rule, ...] = ()


def load_pages(content: bytes, limits: Limits, deadline: Deadline) -> list[Loaded]:
    """The words of every page. Raises Unreadable: encrypted, malformed, too_many_pages, too_large, timeout."""
    with _opened(content, limits) as document:
        pages = []
        for number in range(len(document)):
            deadline.check(f"page {number + 1}")
            with _page(document, number) as page:
                pages.append(_load(page))
        return pages


def render_page(content: bytes, number: int, dpi: int, limits: Limits) -> Image.Image:
    """Page `number` (from 0) as a grey picture. Raises Unreadable: encrypted, malformed, too_large."""
    with _opened(content, limits) as document, _page(document, number) as page:
        width, height = page.get_size()
        if width * height * (dpi / 72) ** 2 > limits.unpacked_bytes:
            raise too_large(f"picture of page {number + 1}", limits.unpacked_bytes)
        picture: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        return picture.convert("L")


@contextmanager
def _opened(content: bytes, limits: Limits) -> Iterator[pdfium.PdfDocument]:
    with _LOCK:
        try:
            document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            raise _refusal(error) from error
        try:
            if len(document) > limits.pages:
                raise too_many_pages(len(document), limits.pages)
            if len(document) == 0:
                raise malformed("PDF", "it has no pages")
            yield document
        finally:
            document.close()


def _refusal(error: Exception) -> Unreadable:
    if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
        return Unreadable(
            "encrypted",
            "The PDF is protected by a password.",
            "Send a copy without the password.",
        )
    return malformed("PDF", "no pages can be found in it")


@contextmanager
def _page(document: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfPage]:
    try:
        page = document[number]
    except pdfium.PdfiumError as error:
        raise malformed("PDF", "a page cannot be opened", f"page {number + 1}") from error
    try:
        yield page
    finally:
        page.close()


def _load(page: pdfium.PdfPage) -> Loaded:
    box = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
    frame = Frame(box.left, box.bottom, box.right, box.top, page.get_rotation())
    width, height = frame.size
    try:
        textpage = page.get_textpage()
    except pdfium.PdfiumError:
        return Loaded((), width, height)
    try:
        loaded = _along(textpage.raw, frame)
        if loaded.rotated > len(loaded.words):
            turned = [_along(textpage.raw, replace(frame, turned=turn)) for turn in (0, 90, 180, 270)]
            loaded = max(turned, key=lambda each: len(each.words))
    finally:
        textpage.close()
    pictured = len(loaded.words) < 40 and _pictured(page, frame)
    return replace(loaded, pictured=pictured, rules=tuple(load_rules(page, frame)))


def _along(textpage: raw.FPDF_TEXTPAGE, frame: Frame) -> Loaded:
    """The words that run from left to right in a frame, and lie on the page."""
    width, height = frame.size
    found = _Words(textpage, frame)
    words = tuple(word for word in found.read() if -2 < word.x0 < width and -2 < word.y0 < height)
    return Loaded(words, width, height, found.rotated, found.unmapped)


def _pictured(page: pdfium.PdfPage, frame: Frame) -> bool:
    area = (frame.right - frame.left) * (frame.top - frame.bottom)
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = picture.get_bounds()
        if (right - left) * (top - bottom) > 0.3 * area:
            return True
    return False


class _Words:
    """The words of one text page: the text is fetched in one call, boxes only of each word's two ends."""

    def __init__(self, textpage: raw.FPDF_TEXTPAGE, frame: Frame) -> None:
        self._page = textpage
        self._frame = frame
        self._box = raw.FS_RECTF()
        self._font = ctypes.create_string_buffer(96)
        self._flags = ctypes.c_int()
        self.rotated = 0
        self.unmapped = 0

    def read(self) -> Iterator[Word]:
        """Every word that runs from left to right."""
        text = self._text()
        for match in _WORD.finditer(text):
            yield from self._word(match[0], match.start())

    def _text(self) -> str:
        count = min(raw.FPDFText_CountChars(self._page), _MOST_CHARACTERS)
        if count <= 0:
            return ""
        buffer = (ctypes.c_ushort * (count + 1))()
        raw.FPDFText_GetText(self._page, 0, count, buffer)
        text = bytes(buffer)[: count * 2].decode("utf-16-le", "surrogatepass")
        if len(text) != count or "\x00" in text:
            codes = [raw.FPDFText_GetUnicode(self._page, index) for index in range(count)]
            self.unmapped += codes.count(0)
            text = "".join(chr(code) if 0 < code < 0x110000 else "\ufffd" for code in codes)
        return text.replace("\x02", "-")

    def _word(self, text: str, first: int) -> Iterator[Word]:
        last = first + len(text) - 1
        start, end = self._shown(first), self._shown(last)
        if last > first and not _runs_right(start, end):
            self.rotated += 1
            return
        if abs(start[3] - end[3]) > _RAISED or _LOOK_CLOSER.search(text):
            yield from self._parts(text, first)
            return
        yield Word(text, start[0], end[2], min(start[1], end[1]), max(start[3], end[3]), self._bold(first))

    def _parts(self, text: str, first: int) -> Iterator[Word]:
        """The word cut where its characters change their height above the line, and where white parts them."""
        boxes = [self._shown(first + index) for index in range(len(text))]
        start, edge, glued = 0, boxes[0][2], False
        for index in range(1, len(text) + 1):
            apart = index < len(text) and boxes[index][0] - edge > _SPACE * (boxes[start][3] - boxes[start][1])
            if index == len(text) or apart or abs(boxes[index][3] - boxes[index - 1][3]) > _RAISED:
                x0, y0, _, y1 = boxes[start]
                yield Word(text[start:index], x0, edge, y0, y1, self._bold(first + start), glued)
                start, edge, glued = index, 0.0, not apart
            if index < len(text):
                edge = max(edge, boxes[index][2])

    def _shown(self, index: int) -> tuple[float, float, float, float]:
        raw.FPDFText_GetLooseCharBox(self._page, index, ctypes.byref(self._box))
        return self._frame.shown(self._box)

    def _bold(self, index: int) -> bool:
        length = raw.FPDFText_GetFontInfo(self._page, index, self._font, 96, ctypes.byref(self._flags))
        return (0 < length <= 96 and b"bold" in self._font.value.lower()) or (
            raw.FPDFText_GetFontWeight(self._page, index) >= _BOLD_FROM
        )


def _runs_right(start: tuple[float, float, float, float], end: tuple[float, float, float, float]) -> bool:
    across = (end[0] + end[2]) - (start[0] + start[2])
    down = (end[1] + end[3]) - (start[1] + start[3])
    return across > 0 and abs(down) < 0.6 * across + 8
