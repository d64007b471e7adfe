"""A web copy of a notice becomes a sheet: paragraphs, line breaks and tables; scripts and page chrome are dropped."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from services.ingest.formats.limits import Deadline, Limits, malformed, too_deep
from services.ingest.formats.page import Sheet
from services.ingest.formats.set_blocks import CHARACTER, Block, Cell, Run, Table, Text, set_blocks
from services.ingest.reading import Unreadable, too_many_lines

MEDIA_TYPE = "text/html"
_DROPPED = frozenset(
    {"script", "style", "head", "nav", "footer", "aside", "noscript", "template", "button", "select", "option"}
    | {"textarea", "iframe", "svg", "object"}
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"})
_BLOCKS = _PARAGRAPHS | frozenset(
    {"div", "ul", "ol", "li", "dl", "dt", "dd", "section", "article", "main", "header", "form", "center", "address"}
    | {"hr", "figure", "figcaption", "body", "html", "fieldset", "tbody", "thead", "tfoot", "caption"}
)
_BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "th"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,30})", re.IGNORECASE)
_WIDE = re.compile(r"(?:\xa0[ \t\r\n]*){5,}|\t{2,}")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHECK_EVERY = 2_000
_FOOTNOTE = re.compile(r"(?:ftn|footnote|_edn)", re.IGNORECASE)


def read_html(content: bytes, limits: Limits, deadline: Deadline) -> Sheet:
    """The rows of a web page, as one page. Raises Unreadable: malformed, too_many_lines, no_text, timeout."""
    text = decode_html(content).replace("\x00", "")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise malformed("HTML", "no element can be found in it") from error
    if root is None:
        raise malformed("HTML", "no element can be found in it")
    rows = set_blocks(_Builder(limits, deadline).build(root), limits)
    if not rows:
        raise Unreadable("no_text", "The web page shows no text.", "Send the document itself: as PDF, DOCX or text.")
    return Sheet(tuple(rows), MEDIA_TYPE, 1, "html")


def decode_html(content: bytes) -> str:
    """The text of a web page: in the encoding of its mark, else UTF-8, else what its meta element states."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, "replace").removeprefix("\ufeff")
    stated = _META.search(content[:4096])
    for encoding in ("utf-8", stated[1].decode("ascii", "replace") if stated else "cp1258", "cp1258"):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


@dataclass
class _Builder:
    """Collects blocks while the elements are walked in order; a stack holds the tables that are open."""

    limits: Limits
    deadline: Deadline
    _blocks: list[list[Block]] = field(default_factory=lambda: [[]])
    _rows: list[list[list[Cell]]] = field(default_factory=list)
    _spans: list[int] = field(default_factory=list)
    _line: list[tuple[str, bool]] = field(default_factory=list)
    _lines: list[tuple[Run, ...]] = field(default_factory=list)
    _paragraphs: int = 0
    _bold: int = 0
    _centred: int = 0

    def build(self, root: Any) -> list[Block]:
        """The blocks of a page."""
        dropped: Any = None
        for seen, (event, element) in enumerate(etree.iterwalk(root, events=("start", "end"))):
            if seen % _CHECK_EVERY == 0:
                self.deadline.check()
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start" and dropped is None:
                if not tag or tag in _DROPPED or _HIDDEN.search(element.get("style", "")) or _is_footnote(element):
                    dropped = element
                    continue
                self._start(tag, element)
            elif event == "end":
                if dropped is None:
                    self._end(tag)
                    self._centred -= _is_centred(tag, element)
                elif dropped is element:
                    dropped = None
                if dropped is None and element.tail:
                    self._line.append((element.tail, self._bold > 0))
        self._close_paragraph()
        while self._rows:
            self._close_table()
        return self._blocks[0]

    def _start(self, tag: str, element: Any) -> None:
        if tag in _BLOCKS:
            self._close_paragraph()
        elif tag == "br":
            self._close_line()
        elif tag == "table":
            self._close_paragraph()
            self._rows.append([])
            if len(self._rows) > self.limits.nesting:
                raise too_deep("HTML", self.limits.nesting)
        elif tag == "tr" and self._rows:
            self._rows[-1].append([])
        elif tag in {"td", "th"} and self._rows:
            self._close_paragraph()
            self._blocks.append([])
            self._spans.append(_span(element))
        self._bold += tag in _BOLD
        self._centred += _is_centred(tag, element)
        if element.text:
            self._line.append((element.text, self._bold > 0))

    def _end(self, tag: str) -> None:
        self._bold -= tag in _BOLD
        if tag in _BLOCKS:
            self._close_paragraph(shown=tag in _PARAGRAPHS)
        elif tag in {"td", "th"} and self._rows and len(self._blocks) > 1:
            self._close_paragraph()
            cell = Cell(tuple(self._blocks.pop()), self._spans.pop())
            if not self._rows[-1]:
                self._rows[-1].append([])
            self._rows[-1][-1].append(cell)
        elif tag == "table" and self._rows:
            self._close_paragraph()
            self._close_table()

    def _close_table(self) -> None:
        rows = self._rows.pop()
        self._blocks[-1].append(Table(tuple(tuple(row) for row in rows if row)))

    def _close_line(self) -> None:
        text = "".join(part for part, _ in self._line)
        strong = sum(len(part.strip()) for part, bold in self._line if bold)
        self._lines.append(_runs(text, strong * 2 > len(text.strip())))
        self._line.clear()

    def _close_paragraph(self, *, shown: bool = False) -> None:
        """End the paragraph. shown: an empty one stands for a blank line."""
        if any(part.strip() for part, _ in self._line):
            self._close_line()
        blank = bool(self._line) and shown
        self._line.clear()
        if any(self._lines) or blank:
            self._paragraphs += 1
            if self._paragraphs > self.limits.lines:
                raise too_many_lines(self.limits.lines)
            self._blocks[-1].append(Text(tuple(self._lines) or ((),), self._centred > 0))
        self._lines.clear()


def _runs(text: str, bold: bool) -> tuple[Run, ...]:
    """The pieces of a line: a run of hard spaces parts columns."""
    found, x = [], 0.0
    for part in _WIDE.split(text):
        shown = " ".join(part.split())
        if shown:
            found.append(Run(shown, x, bold))
        x += (len(shown) + 8) * CHARACTER
    return tuple(found)


def _span(element: Any) -> int:
    value = element.get("colspan", "1").strip()
    return min(int(value), 20) if value.isdecimal() and len(value) < 4 and int(value) else 1


def _is_centred(tag: str, element: Any) -> bool:
    return (
        tag == "center"
        or element.get("align", "").lower() == "center"
        or bool(_CENTRED.search(element.get("style", "")))
    )


def _is_footnote(element: Any) -> bool:
    """Whether an element is the raised number of a footnote."""
    linked = element.tag == "a" and bool(_FOOTNOTE.search(element.get("href", "") + element.get("name", "")))
    return linked and len("".join(element.itertext())) <= 6
