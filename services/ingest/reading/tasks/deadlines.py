"""By when: deadlines as written, and as dates where the calendar can tell."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from services.ingest.reading.text.folding import UPPER, holds_any

_DAY = r"ngày\s+\d{1,2}\s*(?:/|-|\s*tháng\s*)\d{1,2}(?:(?:/|-|\s*năm\s*)\d{4})?"
_SLASH = r"\d{1,2}/\d{1,2}(?:/\d{4})?"
_MONTH = r"tháng\s+\d{1,2}(?:(?:/|-|\s+năm\s+)\d{4})?"
_QUARTER = r"[Qq]uý\s+(?:IV|I{1,3}|[1-4])(?:(?:/|-|\s+năm\s+|\s+)\d{4})?"
_YEAR = r"năm\s+\d{4}"
_HOUR = r"(?:\d{1,2}\s*(?:giờ|h|g)\s*(?:\d{2}\s*(?:phút)?)?\s*,?\s*(?:phút\s*)?)?"
_LEAD = (
    r"(?:[Tt]rước|[Cc]hậm nhất|[Mm]uộn nhất|[Hh]ạn cuối|[Hh]ạn chót|[Tt]hời hạn|[Hh]oàn thành|xong|[Đđ]ến hết|[Hh]ết"
    r"|[Tt]rong|[Vv]ào|[Kk]ết thúc)"
    r"(?:\s+(?:là|vào|trong|trước|đến|hết|xong|thời điểm|ngày làm việc))*"
)
_WHEN = rf"(?:{_DAY}|{_QUARTER}|{_MONTH}|{_SLASH}|{_YEAR})"
_RANGE = rf"[Tt]ừ\s+{_DAY}\s+(?:đến|tới)(?:\s+hết)?\s+(?:{_DAY}|{_SLASH})"
_SPAN = (
    r"(?:(?:[Tt]rong\s+)?(?:[Tt]hời gian|[Tt]hời hạn|vòng)\s+(?:từ\s+|không quá\s+|tối đa\s+)?"
    r"|(?:[Tt]rong|[Kk]hông quá|[Tt]ối đa)\s+(?=\d+ (?:giờ|ngày làm việc|ngày|tuần|tháng)(?!\s+(?:\d|ngày)))"
    r"|[Tt]rước\s+(?=\d+ (?:ngày làm việc|tuần|tháng)(?!\s+\d)))"
    r"\d{1,3}(?:\s*(?:-|đến)\s*\d{1,3})?"
    r"\s*(?:\([^)]{1,30}\)\s*)?(?:giờ|ngày làm việc|ngày|tuần|tháng)(?:\s+(?:kể từ|từ)\s+(?:khi|ngày)\s+[^,.;]{2,60})?"
)
_LOOSE = (
    r"(?:[Tt]rong|[Vv]ào|[Tt]rước|[Nn]gay trong)\s+(?:(?:tuần|tháng|quý|năm)\s+(?:này|tới|sau)"
    r"|(?:cuối|đầu|giữa)\s+(?:tuần|tháng|quý|năm)(?:\s+(?:này|tới|\d{4}))?"
    rf"|Tết(?:\s+Nguyên đán)?(?:\s+[{UPPER}]\w*){{0,2}}(?:\s+(?:năm\s+)?\d{{4}})?)"
)
_RECURRING = (
    rf"[Tt]rước\s+{_HOUR}(?:[Tt]hứ\s+\w+|[Cc]hủ nhật)\s+(?:hàng|hằng)\s+tuần|"
    r"(?:[Đđ]ịnh kỳ\s+)?(?:[Tt]rước\s+)?ngày\s+\d{1,2}\s+(?:hàng|hằng)\s+(?:tuần|tháng|quý|năm)"
    r"|[Đđ]ịnh kỳ\s+(?:hàng\s+|hằng\s+|mỗi\s+)?(?:ngày|tuần|tháng|quý|năm|06 tháng|6 tháng)"
    rf"|(?:[Tt]rước\s+{_HOUR})?[Hh](?:àng|ằng)\s+(?:ngày|tuần|tháng|quý)"
)
_KINDS = (
    rf"(?:(?P<range>{_RANGE})|(?P<recurring>{_RECURRING})|(?P<span>{_SPAN})|(?P<loose>{_LOOSE})"
    rf"|(?P<by>{_LEAD}\s+{_HOUR}{_WHEN}))(?!\w)"
)
_FIRST = (
    r"(?:[Tt](?:ừ|r(?:ước|ong)|hời|ối)|[Cc]hậm|[Mm]uộn|[Hh](?:ạn|oàn|ết|àng|ằng)|xong|[Đđ](?:ến|ịnh)|[Vv]ào|vòng"
    r"|[Kk](?:ết|hông)|ngay|ngày)"
)
"""What deadlines of each kind begin with."""
_DEADLINE = re.compile(rf"[cđhkmtvxCĐHKMTVXn](?<!\w.)(?<=(?={_FIRST}).)(?<=(?={_KINDS}).)")
"""The first letter of a deadline, and in one of its groups all of it.

A pattern that opens with letters, not with what stands before or after them, is found fast.
"""
_TIME = ("ngày", "tháng", "uý", "năm", "tuần", "giờ", "/", "Tết")
"""One of these stands in every deadline: looked for first, because it is quick."""
_FULL_DAY = re.compile(r"(\d{1,2})\s*(?:/|-|\s*tháng\s*)(\d{1,2})(?!\d)(?:(?:/|-|\s*năm\s*)(\d{4}))?")
_FULL_YEAR = re.compile(r"(\d{4})")
_QUARTER_OF = re.compile(r"quý\s+(iv|i{1,3}|[1-4])", re.IGNORECASE)
_MONTH_OF = re.compile(r"tháng\s+(\d{1,2})", re.IGNORECASE)
_BEFORE_PERIOD = re.compile(r"trước\s+(?:quý|tháng|năm)", re.IGNORECASE)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_SHORTER_THAN_A_YEAR = re.compile(r"ngày|quý|tháng", re.IGNORECASE)
_STRICT = re.compile(r"trước|chậm nhất|muộn nhất|hạn|hoàn thành|xong|hết|kết thúc", re.IGNORECASE)
_DAYS = re.compile(
    r"(\d{1,3})\s*(?:\([^)]{1,30}\)\s*)?ngày\s+(?:kể từ|từ)\s+ngày\s+"
    r"(?:ký|ban hành|(?P<in_force>(?:Quyết định|Nghị quyết|Chỉ thị|Thông tư|Văn bản) này có hiệu lực))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Deadline:
    """A deadline as written, and the last day on which it is kept; `on` is None where no calendar can tell."""

    text: str
    on: date | None


def read_deadline(text: str, issued_on: date | None, in_force_on: date | None = None) -> Deadline | None:
    """The first deadline that a directive states; a span of days, or one that recurs, only where there is no other.

    A day without a year is of the year in which it was issued. A day before that is none: it tells of what was.
    in_force_on: the day on which the document takes effect, from which some spans count.
    """
    if not holds_any(text, _TIME):
        return None
    recurring = spanned = None
    end = 0
    for match in _DEADLINE.finditer(text):
        kind = match.lastgroup or ""
        if match.start() < end:
            continue
        end = match.end(kind)
        deadline = Deadline(" ".join(match[kind].split()).strip(" ,"), _last_day(match, issued_on, in_force_on))
        if not _binds(match) or (deadline.on and issued_on and deadline.on < issued_on):
            continue
        if match["recurring"]:
            recurring = recurring or deadline
        elif match["range"]:
            spanned = spanned or deadline
        else:
            return deadline
    return spanned or recurring


def _binds(match: re.Match[str]) -> bool:
    """Whether a time is one by which something must be done: "trong năm 2021" is not."""
    by = match["by"]
    return not by or bool(_STRICT.search(by) or _SHORTER_THAN_A_YEAR.search(by))


def _last_day(match: re.Match[str], issued_on: date | None, in_force_on: date | None) -> date | None:
    if match["recurring"] or match["loose"]:
        return None
    if match["span"]:
        days = _DAYS.search(match["span"])
        start = in_force_on if days and days["in_force"] else issued_on
        return start + timedelta(days=int(days[1])) if days and start else None
    written = match["range"] or match["by"]
    days_named = list(_FULL_DAY.finditer(written))
    if days_named:
        day = days_named[-1]
        return _day(int(day[1]), int(day[2]), day[3], issued_on)
    return _end_of_period(written, issued_on)


def _day(day: int, month: int, year: str | None, issued_on: date | None) -> date | None:
    if year is None and issued_on is None:
        return None
    try:
        found = date(int(year) if year else issued_on.year if issued_on else 0, month, day)
    except ValueError:
        return None
    if year is None and issued_on and (issued_on - found).days > 180:
        return found.replace(year=found.year + 1) if (month, day) != (2, 29) else found
    return found


def _end_of_period(written: str, issued_on: date | None) -> date | None:
    """The last day of a quarter, month or year; of the one before where it says "trước"."""
    before = bool(_BEFORE_PERIOD.search(written))
    year_match = _FULL_YEAR.search(written)
    if year_match is None and issued_on is None:
        return None
    year = int(year_match[1]) if year_match else issued_on.year if issued_on else 0
    quarter = _QUARTER_OF.search(written)
    month_match = _MONTH_OF.search(written)
    if quarter:
        number = _ROMAN.get(quarter[1].lower()) or int(quarter[1])
        return _month_end(year, number * 3 - (3 if before else 0))
    if month_match:
        return _month_end(year, int(month_match[1]) - (1 if before else 0))
    return _month_end(year - 1 if before else year, 12)


def _month_end(year: int, month: int) -> date | None:
    if month == 0:
        year, month = year - 1, 12
    if not (1 <= month <= 12 and 1945 <= year <= 2100):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])
