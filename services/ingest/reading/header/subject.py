"""What the document is about (box 5a under the type, box 5b after "V/v")."""

from __future__ import annotations

import re

from services.ingest.reading.header.numbers import read_date, read_number
from services.ingest.reading.landmarks import (
    ADDRESSED,
    ANNEX_OF,
    HEADS,
    POST_ENDS,
    SUBJECT_MARK,
    TELEGRAM,
    TITLES,
    doc_type_of,
)
from services.ingest.reading.text.folding import alternatives, fold, is_capital
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.noise import without_noise
from services.ingest.reading.vocabulary import column

_OPENERS = re.compile(rf"^(?:{alternatives(column('body_openers', 'opener'))})\b|^Điều \d")
_SURE_OPENERS = re.compile(rf"^(?:{alternatives(column('body_openers', 'opener', never_subject='yes'))})\b|^Điều \d")
_DANGLING = re.compile(r"(?:[,\-–]|\b(?:của|và|với|tại|về|cho|đồng chí|CỦA|VÀ|VỚI|TẠI|VỀ|CHO|ĐỒNG CHÍ))$")
_NUMBERED = re.compile(r"^(?:[IVX]{1,4}|\d{1,2}|[A-Za-z])[.)]\s|^[-+•]\s")
_STAMP = re.compile(r"\s*(?:ĐẾN\s+Giờ|Giờ\s*:|Ngày\s*:|Số đến\s*:|CÔNG VĂN ĐẾN).*$")
_ABOUT = re.compile(r"^[Vv]\s?/\s?v:?\s+")
_OF_TYPE = frozenset({"hanh dong", "don", "lien tich"})
"""Words after a type that are still its name: CHƯƠNG TRÌNH HÀNH ĐỘNG, PHIẾU CHUYỂN ĐƠN."""
_LONGEST_HOLDER = 110
_MARKS = frozenset(fold(mark) for mark in column("marks", "mark"))
_LONGEST_LINE = 260
_MOST_LINES = 14


def subject_under_type(lines: list[Line], at: int, rest: str) -> tuple[str | None, int]:
    """The subject that follows a type heading at index `at`, and the index of the first line after it."""
    parts = [rest] if rest and fold(rest) not in _OF_TYPE else []
    index = at + 1
    while index < len(lines) and len(parts) < _MOST_LINES and _carries_on(lines[index], parts):
        parts.append(lines[index].text)
        index += 1
    text = " ".join(parts).strip(" .;:")
    text = text[_end(_ABOUT.match(text)) :]
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return text or None, index


def _carries_on(line: Line, parts: list[str]) -> bool:
    """Whether a line under the type still belongs to the subject."""
    text = line.text
    if parts and line.capital and not line.after_blank and _DANGLING.search(parts[-1]):
        return True
    if len(text) > _LONGEST_LINE or _starts_other_box(line) or _NUMBERED.match(text):
        return False
    if not parts:
        return line.capital or (not _SURE_OPENERS.match(text) and not text.endswith((";", "./.")))
    small = text[:1].islower()
    if line.ruled or (line.after_blank and not (small and len(text) < 150)):
        return False
    return not parts[-1].endswith((".", ";")) if small else _further_line(line, parts[-1])


def _further_line(line: Line, above: str) -> bool:
    """Whether a line that opens with a capital letter is a further line of the subject."""
    text = line.text
    if line.capital:
        return not _opens_body(text) or not _names_authority(text)
    if HEADS.match(line.folded) and above.rsplit(maxsplit=1)[-1].lower() in POST_ENDS and len(text) < _LONGEST_HOLDER:
        return not text.endswith((".", ";", ":"))
    return not text.endswith((".", ";", ":")) and not _opens_body(text) and (len(text) < 120 or not is_capital(above))


def _opens_body(text: str) -> bool:
    return bool(_OPENERS.match(text))


def _names_authority(text: str) -> bool:
    """The issuing authority that decisions repeat above their legal bases, in capitals."""
    folded = fold(text)
    return is_capital(text) and bool(HEADS.match(folded) or TITLES.match(folded))


def _starts_other_box(line: Line) -> bool:
    folded = line.folded
    return bool(
        ADDRESSED.match(folded)
        or ANNEX_OF.match(folded)
        or folded.startswith(("can cu ", "so:", "so :", "noi nhan"))
        or _names_authority(line.text)
        or ("dien" in folded and TELEGRAM.match(folded))
        or ((date := read_date(line.text)) and date.start <= 2 and len(line.text) < 60)
        or (
            doc_type_of(line.text)
            and not line.text[:1].islower()
            and is_capital(line.text, 0.95)
            and len(line.text) < 20
        )
    )


def subject_of_letter(lines: list[Line], at: int) -> tuple[str | None, int]:
    """The subject of a công văn, "V/v …", from index `at`: the left column, down to the next box."""
    first = _whole_cell(lines[at], _marked_cell(lines[at]))
    text = first[_end(SUBJECT_MARK.match(fold(first))) :]
    parts = [_clean(_without_date(text))]
    index = at + 1
    while index < len(lines) and len(parts) < _MOST_LINES and _letter_goes_on(lines[index], parts):
        parts.append(_clean(_without_date(lines[index].cells[0].text)))
        index += 1
    return " ".join(part for part in parts if part).strip(" .;:") or None, index


def _whole_cell(line: Line, at: int) -> str:
    """A cell, and the next one where quotation marks that it opens are closed only there."""
    text = line.cells[at].text
    torn = text.count("“") > text.count("”") and at + 1 < len(line.cells)
    return f"{text} {line.cells[at + 1].text}" if torn and "”" in line.cells[at + 1].text else text


def _marked_cell(line: Line) -> int:
    return next(index for index, cell in enumerate(line.cells) if SUBJECT_MARK.match(cell.folded))


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _letter_goes_on(line: Line, parts: list[str]) -> bool:
    text = line.cells[0].text
    if ADDRESSED.match(line.folded) or (read_number(text) and not text[:1].islower()) or line.ruled or len(text) > 120:
        return False
    if (date := read_date(text)) and date.start <= 2 and date.place:
        return False
    if line.after_blank or parts[-1].endswith("."):
        return text[:1].islower() and len(text) < 70
    if fold(text.strip(" .")) in _MARKS:
        return False
    other_box = line.capital and len(text) > 8 and not text[:1].islower()
    return not other_box and line.start < 40 and not (_opens_body(text) and len(text) > 75)


def _without_date(text: str) -> str:
    date = read_date(text)
    return text[: date.start] if date and date.place and date.start > 0 and "ngày" in text[date.start :] else text


def _clean(text: str) -> str:
    return without_noise(_STAMP.sub("", text), right_column=True)
