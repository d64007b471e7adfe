"""A DOCX becomes a sheet: paragraphs and tables in body order, as Word shows them. Macros are never touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from services.ingest.formats.limits import Deadline, Limits, malformed, too_deep
from services.ingest.formats.number_lists import ListNumbers, W
from services.ingest.formats.page import Sheet
from services.ingest.formats.read_runs import Styles, read_runs
from services.ingest.formats.set_blocks import Block, Cell, Run, Table, Text, set_blocks
from services.ingest.formats.unpack import Package
from services.ingest.reading import Unreadable

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.12"
_MARK = re.compile(r"HỎA TỐC(?: HẸN GIỜ)?|THƯỢNG KHẨN|KHẨN|TUYỆT MẬT|TỐI MẬT|MẬT", re.IGNORECASE)
_HEADER = re.compile(r"word/header\d*\.xml")
_INSIDE = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_CHECK_EVERY = 500


def read_docx(content: bytes, limits: Limits, deadline: Deadline) -> Sheet:
    """The rows of a DOCX or DOCM, as one page.

    Raises Unreadable: malformed, encrypted, too_large, too_many_lines, no_text, timeout.
    """
    package = Package(content, limits)
    body = package.tree("word/document.xml").find(f"{W}body")
    if body is None:
        raise malformed("DOCX", "it has no body", "word/document.xml")
    numbering = package.tree("word/numbering.xml") if "word/numbering.xml" in package.names else None
    styles = Styles(package.tree("word/styles.xml") if "word/styles.xml" in package.names else None)
    walk = _Walk(ListNumbers(numbering), styles, deadline)
    blocks = chain(_marks(package, walk, limits.nesting), walk.blocks(body, limits.nesting))
    rows = set_blocks(blocks, limits)
    if not rows:
        raise Unreadable("no_text", "The DOCX holds no text.", "Send it with its text: as DOCX, PDF or a legible scan.")
    doubts = ("footnotes_left_out: footnotes were left out",) if walk.footnotes else ()
    media_type = MACRO_TYPE if "word/vbaProject.bin" in package.names else MEDIA_TYPE
    return Sheet(tuple(rows), media_type, 1, "docx", doubts)


def _marks(package: Package, walk: _Walk, nesting: int) -> list[Text]:
    """Urgency and secrecy marks that stand in a page head; everything else there is furniture."""
    found: dict[str, Text] = {}
    for name in sorted(filter(_HEADER.fullmatch, package.names))[:20]:
        for block in walk.blocks(package.tree(name), nesting):
            for line in block.lines if isinstance(block, Text) else ():
                text = " ".join(run.text for run in line).strip()
                if _MARK.fullmatch(text):
                    found[text] = Text(((Run(text),),))
    return list(found.values())


@dataclass
class _Walk:
    """Goes through the elements of a document in order."""

    numbers: ListNumbers
    styles: Styles
    deadline: Deadline
    footnotes: int = 0
    _seen: int = field(default=0)

    def blocks(self, parent: Any, nesting: int) -> Iterator[Block]:
        """The paragraphs and tables of an element; what a paragraph's text boxes hold follows it."""
        if nesting <= 0:
            raise too_deep("DOCX", nesting)
        for child in parent:
            if child.tag == f"{W}p":
                yield from self._paragraph(child, nesting)
            elif child.tag == f"{W}tbl":
                yield self._table(child, nesting - 1)
            elif child.tag in _INSIDE:
                yield from self.blocks(child, nesting - 1)

    def _paragraph(self, element: Any, nesting: int) -> Iterator[Block]:
        self._seen += 1
        if self._seen % _CHECK_EVERY == 0:
            self.deadline.check(f"paragraph {self._seen}")
        read = read_runs(element, self.styles)
        self.footnotes += read.footnotes
        mark = self.numbers.mark(*read.listed) if read.listed and any(read.lines) else ""
        yield Text(_marked(read.lines, mark), read.centred)
        for box in read.boxes:
            yield from self.blocks(box, nesting - 1)

    def _table(self, table: Any, nesting: int) -> Table:
        rows = (self._row(row, nesting) for row in _parts(table, f"{W}tr", nesting))
        return Table(tuple(row for row in rows if row))

    def _row(self, row: Any, nesting: int) -> tuple[Cell, ...]:
        return tuple(Cell(tuple(self.blocks(cell, nesting)), _span(cell)) for cell in _parts(row, f"{W}tc", nesting))


def _parts(parent: Any, tag: str, nesting: int) -> Iterator[Any]:
    """The rows of a table or the cells of a row, those in content controls too."""
    if nesting <= 0:
        raise too_deep("DOCX", nesting)
    for child in parent:
        if child.tag == tag and child.find(f"{W}trPr/{W}del") is None:
            yield child
        elif child.tag in _INSIDE:
            yield from _parts(child, tag, nesting - 1)


def _span(cell: Any) -> int:
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    value = span.get(f"{W}val", "1") if span is not None else "1"
    return min(int(value), 20) if value.isdecimal() and len(value) < 4 and int(value) else 1


def _marked(lines: tuple[tuple[Run, ...], ...], mark: str) -> tuple[tuple[Run, ...], ...]:
    """The lines with the list mark before the first."""
    if not mark or not lines or not lines[0]:
        return lines
    first, *others = lines[0]
    return ((Run(f"{mark} {first.text.lstrip()}", first.x, first.bold), *others), *lines[1:])
