"""What a header that is missing can be concluded from. Nothing here is read: it all goes to `inferred`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from services.ingest.reading.tasks.bodies import HEAD
from services.ingest.reading.text.folding import alternatives
from services.ingest.reading.text.paragraphs import Paragraph
from services.ingest.reading.vocabulary import column, rows

_SYMBOLS = {row["symbol"]: row["name"] for row in rows("issuer_symbols")}
_TYPES: dict[str, str] = {}
for _row in rows("doc_types"):
    if _row["symbol"]:
        _TYPES.setdefault(_row["symbol"], _row["name"])
_SEPARATOR = re.compile(r"[-/]")
_LOCAL = re.compile(
    rf"(?<!\w)(?:Báo|tỉnh|Tỉnh|Đài PT-TH|Đài PT&TH|Đài Phát thanh và Truyền hình)\s+"
    rf"(?P<name>{alternatives(column('provinces', 'name'))})(?!\w)"
)
_COMMITTEE = re.compile(
    r"(?:Văn phòng|VP)\s+(?P<name>Tỉnh ủy|Thành ủy|Huyện ủy|Quận ủy|Thị ủy)(?:\s+(?P<of>[^,;.()]{2,40}))?"
)
_ANNOUNCES = re.compile(
    r"^(?P<who>.{4,90}?)\s+(?:xin\s+)?(?:trân trọng\s+)?thông báo\s+(?:để|đề|đến|tới|ý kiến|kết luận|cho)\s"
)
_MEETING = re.compile(
    r"^(?:Vào\s+|Trong\s+)?(?:hồi\s+[^,]{1,30},\s*)?(?:(?:buổi\s+)?(?:sáng|chiều|tối)\s+)?ngày\s+"
    r"(?P<day>\d{1,2})\s*(?:/|-|tháng)\s*(?P<month>\d{1,2})\s*(?:/|-|năm)\s*(?P<year>\d{4})",
    re.IGNORECASE,
)
_CITED_ON = re.compile(
    r"\d\s?/[\w\s/.-]{2,40}?,?\s+(?:ngày|ký ngày)\s+"
    r"(?P<day>\d{1,2})\s*(?:/|-|tháng)\s*(?P<month>\d{1,2})\s*(?:/|-|năm)\s*(?P<year>\d{4})"
)
"""A number and the date of the document that bears it: "Thông báo số 219/TB-VPCP ngày 18/7/2022"."""
_GATHERING = re.compile(r"họp|làm việc|hội nghị|giao ban|tiếp công dân|hội ý|kiểm tra|khảo sát", re.IGNORECASE)


def type_of_symbol(symbol: str) -> str | None:
    """The type that a symbol names: "TB-VPCP" → thông báo; a symbol that names none is a letter's."""
    first = _SEPARATOR.split(symbol, maxsplit=1)[0]
    return _TYPES.get(first) or ("công văn" if "-" in symbol or "/" in symbol else None)


def infer_issuer(symbol: str | None, paragraphs: Sequence[Paragraph], closing: Sequence[str]) -> str | None:
    """The issuer from the symbol, from who "thông báo", or from the archive line. closing: recipients and archive."""
    for part in _SEPARATOR.split(symbol or ""):
        if part in _SYMBOLS:
            return _SYMBOLS[part]
    for paragraph in reversed(paragraphs[-6:]):
        match = _ANNOUNCES.match(paragraph.text)
        if match and HEAD.match(match["who"]) and not re.search(r"\d|,", match["who"]):
            return match["who"]
    committee = next((match for text in reversed(closing) if (match := _COMMITTEE.search(text))), None)
    if committee is None:
        return None
    place = committee["of"] or _place(closing, paragraphs)
    return f"{committee['name']} {place.strip()}" if place else committee["name"]


def _place(closing: Sequence[str], paragraphs: Sequence[Paragraph]) -> str | None:
    for texts in (closing, [paragraph.text for paragraph in paragraphs]):
        found = Counter(match["name"] for text in texts for match in _LOCAL.finditer(text))
        if found:
            return found.most_common(1)[0][0]
    return None


def infer_meeting_date(paragraphs: Sequence[Paragraph]) -> date | None:
    """The day of the meeting whose conclusions are announced: the body opens with it."""
    for paragraph in paragraphs[:2]:
        match = _MEETING.match(paragraph.text)
        if match and _GATHERING.search(paragraph.text[:500]):
            return _full_day(match)
    return None


def infer_latest_citation(paragraphs: Sequence[Paragraph]) -> date | None:
    """The latest date of a document that the notice cites: it was issued on that day or later."""
    found = [day for part in paragraphs for match in _CITED_ON.finditer(part.text) if (day := _full_day(match))]
    return max(found, default=None)


def _full_day(match: re.Match[str]) -> date | None:
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    return day if 1945 <= day.year <= 2100 else None
