"""The text of one Word paragraph: what is shown of its runs, line by line, tabs as gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from services.ingest.formats.number_lists import W
from services.ingest.formats.set_blocks import CHARACTER, Run

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = frozenset([*(f"{W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "instrText", "delText")), _FALLBACK])
_LINE_ENDS = frozenset({f"{W}br", f"{W}cr"})
_SIGNS = {f"{W}noBreakHyphen": "-", f"{W}softHyphen": ""}
_WIDTH = 470.0
"""Points between the margins of an A4 page of Decree 30."""
_TAB = 36.0
_FAR = 150.0
"""Points: an indent from here on puts a paragraph in the right column; less is only the shape of a list."""
_TWIPS = 20


class Styles:
    """What paragraph styles say of their text: capitals, and the list they number."""

    def __init__(self, root: Any | None) -> None:
        self._capital: set[str] = set()
        self._listed: dict[str, tuple[str, int]] = {}
        for style in root.iter(f"{W}style") if root is not None else ():
            name = style.get(f"{W}styleId", "")
            if _is_on(style.find(f"{W}rPr/{W}caps")):
                self._capital.add(name)
            if (listed := _listed(style.find(f"{W}pPr"))) is not None:
                self._listed[name] = listed

    def capital(self, style: str) -> bool:
        """Whether a style shows its text in capitals."""
        return style in self._capital

    def listed(self, style: str) -> tuple[str, int] | None:
        """The list and depth that a style gives its paragraphs."""
        return self._listed.get(style)


@dataclass
class ReadRuns:
    """A paragraph's lines, the text boxes that hang on it, its list and depth, its footnotes, whether it is centred."""

    lines: tuple[tuple[Run, ...], ...]
    boxes: list[Any] = field(default_factory=list)
    listed: tuple[str, int] | None = None
    footnotes: int = 0
    centred: bool = False


def read_runs(paragraph: Any, styles: Styles) -> ReadRuns:
    """What a paragraph shows: deleted and hidden text left out, inserted text kept."""
    shape = paragraph.find(f"{W}pPr")
    style = _value(shape, "pStyle")
    read = ReadRuns((), listed=_listed(shape) or styles.listed(style))
    text, bold = "", 0
    for shown, is_bold in _shown(paragraph, read, capital=styles.capital(style)):
        text += shown
        bold += len(shown) if is_bold else 0
    place = _Place.of(shape)
    read.centred = place.align == "center"
    read.lines = tuple(place.runs(line, bold * 2 > len(text)) for line in text.split("\n"))
    return read


def _shown(element: Any, read: ReadRuns, *, capital: bool) -> Iterator[tuple[str, bool]]:
    """The strings of a paragraph, each with whether it is bold."""
    stack = list(reversed(element))
    loud = strong = False
    while stack:
        child = stack.pop()
        tag = child.tag
        if tag in _SKIPPED:
            continue
        if tag == f"{W}r":
            style = child.find(f"{W}rPr")
            if style is not None and _is_on(style.find(f"{W}vanish")):
                continue
            loud = capital or (style is not None and _is_on(style.find(f"{W}caps")))
            strong = style is not None and _is_on(style.find(f"{W}b"))
        if tag == f"{W}txbxContent":
            read.boxes.append(child)
        elif tag in {f"{W}footnoteReference", f"{W}endnoteReference"}:
            read.footnotes += 1
        elif text := _string(child):
            yield (text.upper() if loud else text), strong
        else:
            stack.extend(reversed(child))


def _string(element: Any) -> str:
    tag = element.tag
    if tag == f"{W}t":
        return (element.text or "").replace("\n", " ").replace("\t", " ")
    if tag == f"{W}tab":
        return "\t"
    if tag in _LINE_ENDS:
        return "\n"
    if tag == f"{W}sym":
        code = element.get(f"{W}char", "")
        return (
            chr(int(code, 16)) if 0 < len(code) <= 4 and all(char in "0123456789abcdefABCDEF" for char in code) else ""
        )
    return _SIGNS.get(tag, "")


@dataclass(frozen=True)
class _Place:
    """Where a paragraph's lines begin: alignment, indent and tab stops, in points."""

    align: str = ""
    indent: float = 0.0
    stops: tuple[tuple[float, str], ...] = ()

    @classmethod
    def of(cls, shape: Any | None) -> _Place:
        if shape is None:
            return cls()
        indent = shape.find(f"{W}ind")
        left = _points(indent.get(f"{W}left") or indent.get(f"{W}start")) if indent is not None else 0.0
        stops = [(_points(tab.get(f"{W}pos")), tab.get(f"{W}val", "")) for tab in shape.iterfind(f"{W}tabs/{W}tab")]
        return cls(_value(shape, "jc"), left, tuple(sorted(stop for stop in stops if stop[1] != "clear")))

    def runs(self, line: str, bold: bool) -> tuple[Run, ...]:
        """The pieces of a line between its tabs. A single tab after a list mark is only a space."""
        parts = line.split("\t")
        if not line.strip():
            return ()
        x = self._start(line)
        found = [Run(parts[0], x, bold)]
        end = x + len(parts[0].strip()) * CHARACTER
        for _, part in pairwise(parts):
            x = self._after_tab(end, part)
            end = x + len(part.strip()) * CHARACTER
            found.append(Run(part, x, bold))
        return tuple(_without_lone_mark([run for run in found if run.text.strip()]))

    def _start(self, line: str) -> float:
        room = _WIDTH - self.indent - len(line.strip()) * CHARACTER
        start = self.indent if self.indent >= _FAR else 0.0
        if self.align in {"right", "end"}:
            return start + max(0.0, room)
        return start + max(0.0, room / 2) if self.align == "center" and start else start

    def _after_tab(self, end: float, text: str) -> float:
        width = len(text.strip()) * CHARACTER
        for stop, kind in self.stops:
            if stop > end:
                part = {"center": 0.5, "right": 1.0, "end": 1.0}.get(kind, 0.0)
                return max(end, stop - part * width)
        return (end // _TAB + 1) * _TAB


def _without_lone_mark(runs: list[Run]) -> list[Run]:
    """The runs, the first joined to the second where it is only the mark of a list item."""
    if len(runs) > 1 and len(runs[0].text.strip()) <= 3 and runs[0].text.strip()[-1:] in "-–+•*.)":
        joined = Run(f"{runs[0].text.strip()} {runs[1].text.lstrip()}", runs[0].x, runs[1].bold)
        return [joined, *runs[2:]]
    return runs


def _listed(shape: Any | None) -> tuple[str, int] | None:
    numbered = shape.find(f"{W}numPr") if shape is not None else None
    if numbered is None:
        return None
    depth = _value(numbered, "ilvl")
    return _value(numbered, "numId"), int(depth) if depth.isdecimal() and len(depth) < 3 else 0


def _value(parent: Any | None, name: str) -> str:
    found = parent.find(f"{W}{name}") if parent is not None else None
    value: str = found.get(f"{W}val", "") if found is not None else ""
    return value


def _points(twips: str | None) -> float:
    text = (twips or "").lstrip("-")
    return int(text) / _TWIPS if text.isdecimal() and len(text) < 6 and twips and twips[0] != "-" else 0.0


def _is_on(flag: Any | None) -> bool:
    return flag is not None and flag.get(f"{W}val", "true") not in {"0", "false", "none", "off"}
