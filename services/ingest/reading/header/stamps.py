"""Arrival stamps: the receiving office's name, number and day, which rival those of the document."""

from __future__ import annotations

import re

from services.ingest.reading.header.numbers import read_number
from services.ingest.reading.text.lines import Line

_STAMP = re.compile(r"\W*(?:(?:cong van|van ban) den|den)\W*(?:$|(?:so|ngay|gio)\s*:)")
_ENTRY = re.compile(r"\W*(?:so|so den|ngay|gio|chuyen|luu ho so|ky hieu)\s*(?:[:.]|\d)")
_MOST_ENTRIES = 5
_NEAR_TOP = 25
_TITLE_WITHIN = 40


def without_stamp(lines: list[Line]) -> list[Line]:
    """The lines without a stamp that stands on lines of its own: its title, its entries, the office above it."""
    at = next((index for index, line in enumerate(lines[:_NEAR_TOP]) if _opens_stamp(line)), None)
    if at is None:
        return lines
    end = at + 1
    while end < min(at + 1 + _MOST_ENTRIES, len(lines)) and _is_entry(lines[end]):
        end += 1
    start = at - 1 if at == 1 and lines[0].capital and end > at + 1 else at
    return [*lines[:start], *lines[end:]]


def _opens_stamp(line: Line) -> bool:
    """Whether a line is a stamp's title in capitals, alone or with the first of its entries."""
    title = line.cells[0].text.strip(" :.")[:3].isupper() and "den" in line.folded[:_TITLE_WITHIN]
    return title and bool(_STAMP.match(line.folded))


def _is_entry(line: Line) -> bool:
    return len(line.text) < 60 and bool(_ENTRY.match(line.folded)) and read_number(line.text) is None
