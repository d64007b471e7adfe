"""How fast documents are read on one core: pages of PDF that hold their text, and notices as long as real ones in text.

Seconds are those of the processor, in this process and in the one that PDFium runs in. The limit of the pages is
PDFium alone, fetching the same pages' text and a box for each of its characters; that of the texts is decoding,
normalising and splitting the same bytes into lines.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, cycle, islice
from typing import Any

import psutil
import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from bench.harness import Result
from bench.parse import documents, read
from bench.rendering import boxes_of, render
from bench.rendering.locate import Folded
from services.ingest.formats import layout, read_sheet

_LENGTH = 15_000
"""Bytes: a conclusion of a meeting of the Government with its tasks comes to about as much."""
_TEXTS = 20
_LEAST_S = 2.0
_KIND = "pdf, two columns"


def measure() -> Result:
    """Pages a second; the detail tells of notices as text."""
    pdfs = _pdfs()
    pages = sum(map(_bare_pages, pdfs))
    pages_per_s = _per_s(pages, lambda: _each(lambda pdf: layout(read_sheet(pdf)), pdfs))
    limit = _per_s(pages, lambda: _each(_bare_pages, pdfs))
    texts = list(_texts())
    notices_per_s = _per_s(len(texts), lambda: _each(lambda text: read(text, ""), texts))
    bare = _per_s(len(texts), lambda: _each(_bare_text, texts))
    detail = {
        "pages": pages,
        "notices_as_text_per_s": round(notices_per_s, 1),
        "text_limit_per_s": round(bare),
        "text_ratio": round(notices_per_s / bare, 4),
        "text_bytes": round(sum(map(len, texts)) / len(texts)),
    }
    return Result("pages", round(pages_per_s, 1), "pages/s", round(limit, 1), "PDFium's positioned text alone", detail)


def _per_s(count: int, work: Callable[[], None]) -> float:
    """How many of `count` things are done in a second of the processor; the first round only warms up."""
    work()
    began, rounds = _cpu_s(), 0
    while (spent := _cpu_s() - began) < _LEAST_S:
        work()
        rounds += 1
    return count * rounds / spent


def _cpu_s() -> float:
    """Seconds that this process and those it started have had of the processor."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def _each(work: Callable[[bytes], Any], contents: Sequence[bytes]) -> None:
    for content in contents:
        work(content)


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


def _texts() -> Iterator[bytes]:
    """Notices of the corpus, each with the bodies of others added to its own until it is as long as a real one."""
    corpus = list(documents())
    texts = [path.read_text(encoding="utf-8-sig") for path, _ in corpus]
    bodies = [boxes_of(text, golds)[0].body for text, (_, golds) in zip(texts, corpus, strict=True)]
    for at, (text, (_, golds)) in enumerate(zip(texts[:_TEXTS], corpus, strict=False)):
        heading = Folded(text).recipients(golds[0]["recipients"][0], 0)
        room = _LENGTH - len(text.encode())
        added: list[str] = []
        for paragraph in chain.from_iterable(islice(cycle(bodies), at + 1, None)):
            added.append(paragraph)
            room -= len(paragraph.encode()) + 1
            if room <= 0:
                break
        yield f"{text[:heading]}{chr(10).join(added)}\n\n{text[heading:]}".encode()


def _bare_text(content: bytes) -> list[str]:
    return unicodedata.normalize("NFC", content.decode()).splitlines()


if __name__ == "__main__":
    print(measure().line())
