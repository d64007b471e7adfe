"""Number and symbol (box 3), place and date (box 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.ingest.reading.text.folding import fold, holds_any
from services.ingest.reading.text.keep import kept
from services.ingest.reading.text.letters import one_off
from services.ingest.reading.text.lines import Line

_SYMBOL = r"[a-z0-9&.]*[a-z][a-z0-9&.]*(?:\s?[-–/]\s?[a-z0-9&]+){0,4}"
_NUMBER = re.compile(
    rf"(?:^|^.{{0,6}}?\W)s[o06]\s*[:.;]{{0,2}}\s*(?P<digits>[\d\s]*[a-z]?|[.…_\s]*)\s*(?P<sep>[-–/])\s*"
    rf"(?P<year>(?:19|20)\d\d\s?/\s?)?(?P<symbol>{_SYMBOL})"
)
_BARE = re.compile(rf"^(?P<digits>\d{{1,5}})\s?(?P<sep>/)(?P<year>(?:19|20)\d\d/)?(?P<symbol>{_SYMBOL})$")
_LABEL_WITHIN = 8
"""Characters of a line within which "Số" begins that labels its number."""
_SEPARATORS = "-–/"
_BLANK = re.compile(r"[\s.…_]")
_SPACE = re.compile(r"\s")
_NO_DIGIT = re.compile(r"\D")
_LONGEST_NUMBER = 90
LONGEST_DATED: Final = 300
"""Characters in which a date is looked for."""
_LONGEST_SPOILT = 80
_YEAR = re.compile(r"[0-9.…_](?:(?<=[0-9])(?:[0-9]{3}|[0-9]\W*$)|(?<=[._])[.…_]|(?<=…))")
"""What every date line holds, were it only the place left for a year: looked for first, because it is quick."""
_DAY = re.compile(r"y\s*[\d.…_\s]*th|\d\s?[/.-]\s?\d")
_DOTS = r"[.…_\s]{0,14}"
_LONG_DATE = re.compile(
    rf"(?:(?P<place>[^,\d|:;]{{2,40}}?(?:\s\d{{1,2}})?)\s*[,.]\s*)?(?:hoi\s[^,;]{{2,30}}?,?\s)?ng?[a-z]?y\s*(?P<day>\d{{1,2}}|{_DOTS})\s*th[a-z]{{1,2}}g\s*"
    rf"(?P<month>\d{{1,2}}|{_DOTS})\s*n[a-z]m\s*(?P<year>\d{{4}}|\d{{0,3}}{_DOTS})"
)
_SHORT_DATE = re.compile(
    r"(?P<place>[^,\d|:;]{2,40}?)\s*,\s*(?:ngay\s*)?(?P<day>\d{1,2})\s?[/.-]\s?(?P<month>\d{1,2})\s?[/.-]\s?(?P<year>\d{4})\W*$"
)

_SPOILT_DATE = re.compile(
    r"(?P<place>[^,\d|:;]{2,40}?)\s*[,.]?\s*(?<![a-z])(?P<ngay>[a-z]{2,6})\s*(?P<day>\d{1,2})\s*(?P<thang>[a-z]{3,7})\s*"
    r"(?P<month>\d{1,2})\s*(?P<nam>[a-z]{2,5})\s*(?P<year>\d{4})\W*$"
)


@dataclass(frozen=True)
class Numbered:
    """What stands in box 3. `number` is None where the slot was left blank; `symbol` is read all the same.

    labelled: "Số" stands before it.
    """

    number: str | None
    symbol: str
    end: int
    labelled: bool = True


@dataclass(frozen=True)
class Dated:
    """What stands in box 4. `on` is None where the day was left blank or is no day of the calendar.

    spoilt: a letter of its words was wrong.
    month: "2022-08", where month and year were read, with a day or without.
    written: place and date as they stand.
    """

    place: str | None
    on: date | None
    start: int
    month: str | None
    written: str
    spoilt: bool = False


def read_number(text: str, bare: bool = False) -> Numbered | None:
    """The number at the start of a line, without the spaces that stamps and typists leave in it."""
    text = text[:_LONGEST_NUMBER]
    opening = text[:_LABEL_WITHIN]
    if not (text[:1].isdigit() if bare else "S" in opening or "s" in opening) or not holds_any(text, _SEPARATORS):
        return None
    folded = fold(text)
    match = (_BARE if bare else _NUMBER).match(folded)
    if not match:
        return None
    digits = _BLANK.sub("", text[match.start("digits") : match.end("digits")])
    year = _SPACE.sub("", text[match.start("year") : match.end("year")] if match["year"] else "")
    symbol = _SPACE.sub("", text[match.start("symbol") : match.end("symbol")]).replace("–", "-").strip(".")
    separator = match["sep"].replace("–", "-")
    return Numbered(f"{digits}{separator}{year}{symbol}" if digits else None, symbol, match.end(), labelled=not bare)


def read_date(text: str) -> Dated | None:
    """Place and date in a header line; the place is None when only "ngày …" is given."""
    return _read_date(text[:LONGEST_DATED])


@kept
def _read_date(text: str) -> Dated | None:
    if not _YEAR.search(text):
        return None
    folded = fold(text)
    match = (_LONG_DATE.search(folded) or _SHORT_DATE.search(folded)) if _DAY.search(folded) else None
    if not match:
        return None
    return _dated(match, text)


def read_spoilt_date(text: str) -> Dated | None:
    """Place and date that fill a cell, where a letter each of ngày, tháng and năm, or the comma, is wrong."""
    match = _SPOILT_DATE.match(fold(text)) if len(text) < _LONGEST_SPOILT else None
    if match is None or not all(one_off(match[word], word) for word in ("ngay", "thang", "nam")):
        return None
    dated = _dated(match, text)
    return replace(dated, spoilt=True) if dated.place else None


def _dated(match: re.Match[str], text: str) -> Dated:
    start = match.start("place") if match["place"] else match.start()
    place = _clean_place(text[match.start("place") : match.end("place")]) if match["place"] else None
    parts = [_NO_DIGIT.sub("", match[part]) for part in ("day", "month", "year")]
    on, first = _calendar_day(parts), _calendar_day(["1", *parts[1:]])
    return Dated(place, on, start, f"{first.year}-{first.month:02}" if first else None, text[start : match.end()])


def _clean_place(text: str) -> str | None:
    """The place without scanner dirt before it; a place is a name, so it starts with a capital."""
    words = text.strip(" -–—.*'\"|").split()
    while words and (not words[0][0].isupper() or (len(words[0]) > 1 and words[0].isupper() and words[-1].istitle())):
        words.pop(0)  # dirt, or a mark of urgency in capitals
    return " ".join(words) if 0 < len(words) <= 6 else None


def _calendar_day(parts: list[str]) -> date | None:
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day) if 1945 <= year <= 2100 else None
    except ValueError:
        return None


def stands_alone(line: Line) -> Dated | None:
    """Place and date that fill a cell of their own, as box 4 does; a date inside a sentence does not count."""
    for cell in line.cells:
        found = read_date(cell.text) if len(cell.text) < 60 else None
        if found and found.place and found.start <= 2:
            return found
    return None
