"""One file, several notices: a letter and the whole document it encloses."""

from __future__ import annotations

from services.ingest.reading.header.numbers import read_date, read_number
from services.ingest.reading.landmarks import HEADS, doc_type_of, holds_motto, is_signature, opens_recipients
from services.ingest.reading.text.lines import Line

_HEADER = 14
"""Lines within which a header shows its number."""


def split_notices(lines: list[Line]) -> list[list[Line]]:
    """The lines of each notice.

    A second header opens a notice of its own when it has a number of its own. A header with a blank number, or with
    the number of the notice above, opens an annex of that notice.
    """
    cuts = [0]
    current = _number_near(lines, 0)
    for at in _headers(lines):
        number = _number_near(lines, at)
        if number is None or number == current:
            continue
        if _closed(lines[cuts[-1] : at]):
            cuts.append(_first_of_header(lines, at, cuts[-1]))
            current = number
        elif current is None:
            current = number
    return [lines[start:end] for start, end in zip(cuts, [*cuts[1:], len(lines)], strict=True)]


def _headers(lines: list[Line]) -> list[int]:
    """Indices where a header may begin: at a motto, or at a number with type or date near it where no motto is."""
    found: list[int] = []
    listed = -1
    for index, line in enumerate(lines):
        if len(line.text) > 250:
            continue
        if opens_recipients(line):
            listed = index
        near = found and index - found[-1] < _HEADER and listed < found[-1]
        if holds_motto(line):
            if not near:
                found.append(index)
        elif not near and (number := read_number(line.text)) and number.number and _looks_like_header(lines, index):
            found.append(index)
    return found


def _looks_like_header(lines: list[Line], at: int) -> bool:
    above = lines[max(0, at - 3) : at]
    around = lines[at : at + 8]
    return any(line.capital and HEADS.match(line.folded) for line in above) and any(
        doc_type_of(line.text) or ((date := read_date(line.text)) and date.place) for line in around
    )


def _number_near(lines: list[Line], at: int) -> str | None:
    for line in lines[at : at + _HEADER]:
        if len(line.text) < 200 and (number := read_number(line.text)):
            return number.number
    return None


def _closed(lines: list[Line]) -> bool:
    """Whether the notice above has come to its end: its list of recipients or its signature was met."""
    return any(opens_recipients(line) or is_signature(line.text) for line in lines[3:])


def _first_of_header(lines: list[Line], at: int, floor: int) -> int:
    """The header's first line: the issuer's name stands above the motto or the number."""
    first = at
    for index in range(at - 1, max(floor, at - 6), -1):
        line = lines[index]
        if not line.capital or (is_signature(line.text) and not HEADS.match(line.folded)):
            break
        if HEADS.match(line.folded):
            first = index
    return first
