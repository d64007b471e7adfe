"""How many pages of PDF that hold their text are read in a second of one core.

The second is of the processor, in this process and in the one that PDFium runs in. The limit is PDFium alone, fetching
the same pages' text and a box for each of its characters.
"""

from __future__ import annotations

import ctypes

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from bench.harness import Result
from bench.parse import documents
from bench.processor import each, per_second
from bench.rendering import boxes_of, render
from services.ingest.formats import layout, read_sheet

_KIND = "pdf, two columns"


def measure() -> Result:
    """Pages a second."""
    pdfs = _pdfs()
    pages = sum(map(_bare_pages, pdfs))
    pages_per_s = per_second(pages, lambda: each(lambda pdf: layout(read_sheet(pdf)), pdfs))
    limit = per_second(pages, lambda: each(_bare_pages, pdfs))
    detail = {"pages": pages}
    return Result("pages", round(pages_per_s, 1), "pages/s", round(limit, 1), "PDFium's positioned text alone", detail)


def _pdfs() -> list[bytes]:
    """The corpus as Decree 30 lays it out."""
    return [
        render(boxes_of(path.read_text(encoding="utf-8-sig"), golds), path.name, _KIND) for path, golds in documents()
    ]


def _bare_pages(pdf: bytes) -> int:
    """Fetch the text of each page in one call and the box of each character; returns how many pages there are."""
    document = pdfium.PdfDocument(pdf)
    box = raw.FS_RECTF()
    for page in document:
        text = page.get_textpage()
        count = raw.FPDFText_CountChars(text)
        raw.FPDFText_GetText(text, 0, count, (ctypes.c_ushort * (count + 1))())
        for index in range(count):
            raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box))
        text.close()
        page.close()
    pages = len(document)
    document.close()
    return pages


if __name__ == "__main__":
    print(measure().line())
