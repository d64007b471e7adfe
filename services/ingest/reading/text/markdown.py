"""Markdown and HTML marks taken off, so that only what the page showed is left."""

from __future__ import annotations

import html
import re

from services.ingest.reading.text.folding import holds_any

_STRAY_LINK = re.compile(r"!?\[[^\]\n]{0,200}\]\((?:#[^)\n]{0,200})?\)|!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\((?:https?:|/|mailto:|\.)[^)\n]{0,500}\)")
_BREAK = re.compile(r"\*{4}|<br\s*/?>|</(?:p|div|tr|li|h[1-6])>", re.IGNORECASE)
_CELL_BREAK = re.compile(r"(?<=\*\*)\s+(?=\*\*\w)|(?<=\w)\s+(?=V/v\s)")
"""Where an export put two lines of a cell on one: between two bold pieces, and before "V/v"."""
_JOINED = re.compile(r"(?<=[./])\s+(?=[*_]{0,3}Nơi nhận[*_]{0,3}\s*:)|(?<=[^\W\d])\s(?=Kính gửi\s*:\s*$)")
"""Where OCR put two lines on one: the end of the body and the list, the subject and the addressees."""
_CELL_END = re.compile(r"</t[dh]>\s*<t[dh][^>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"<!--[^\n]{0,500}?-->|</?[a-zA-Z][^<>\n]{0,300}>")
_EMPHASIS = re.compile(
    r"[*_~](?:(?<=\*)\*{0,2}(?=\S)|(?<=\S\*)\*{0,2}|(?<!\w_)(?<=_)_{0,2}(?=[^\W_])|(?<=[^\W_]_)_{0,2}(?!\w)|(?<=~)~)"
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~&])")
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?)+")
_STAR_ITEM = re.compile(r"^\s*\*\s+")
_RULE_ROW = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?)?\s*$")
_MARKS = r"*#|<[\_>&~"


def marks_in(text: str) -> str:
    """The characters of Markdown and HTML that a text holds at all: most texts hold few."""
    return "".join(mark for mark in _MARKS if mark in text)


def unmark(line: str, marks: str = _MARKS) -> list[str]:
    """The lines that one line of Markdown shows: without marks, and cut where it holds a break.

    marks: those that its text holds, as `marks_in` tells.
    """
    if ("Nơi nhận" in line or "Kính gửi" in line) and len(parts := _JOINED.split(line)) > 1:
        return [shown for part in parts for shown in unmark(part, marks)]
    if not holds_any(line, marks):
        return [line]
    if _RULE_ROW.match(line):
        return []
    if "<" in line:
        line = _TAG.sub("", _CELL_END.sub(" | ", _BREAK.sub("\n", line))) if "|" not in line else line
    if line.lstrip().startswith("|"):
        return [_inline(part) for part in _row(line)]
    if "*" in line or "<" in line:
        line = _STAR_ITEM.sub("- ", line)
        line = _BREAK.sub("\n", line) if "****" in line or "<" in line else line
    return [_inline(part) for part in line.split("\n")]


def _row(line: str) -> list[str]:
    """A table row as lines: a break inside a cell puts what follows on the next line, in the same column."""
    cells = [
        _CELL_BREAK.sub("\n", _BREAK.sub("\n", cell.strip())).split("\n") for cell in line.strip().strip("|").split("|")
    ]
    height = max(len(cell) for cell in cells)
    return [" | ".join(cell[row] if row < len(cell) else "" for cell in cells) for row in range(height)]


def _inline(text: str) -> str:
    text = _HEADING.sub("", text)
    if "[" in text:
        text = _LINK.sub(r"\1", _STRAY_LINK.sub("", text))
    if "<" in text:
        text = _TAG.sub("", text)
    if "*" in text or "_" in text or "~~" in text:
        text = _EMPHASIS.sub("", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return html.unescape(text) if "&" in text and ";" in text else text
