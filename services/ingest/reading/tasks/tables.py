"""Tables that share out work: a row names what is to be done, who leads, and until when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.ingest.reading.tasks.bodies import split_bodies
from services.ingest.reading.tasks.collect import ReadTask
from services.ingest.reading.tasks.deadlines import Deadline, read_deadline
from services.ingest.reading.text.folding import alternatives, fold
from services.ingest.reading.text.lines import Cell, Line
from services.ingest.reading.vocabulary import rows

_COLUMNS = {fold(row["words"]): row["column"] for row in rows("table_columns")}
_HEAD = re.compile(rf"(?<!\w)(?:{alternatives(_COLUMNS)})(?!\w)")
_LONGEST_HEAD = 40
_NUMBER = re.compile(r"\W{0,2}(?:\d{1,3}(?:\.\d{1,3})*|[IVX]{1,4}|[a-zđ])\W{0,2}")
_LEAST = 6
_PERIOD = re.compile(r"\W*(?:quý|tháng|năm)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One row of work as its cells are written. line: where it begins."""

    work: str
    lead: str
    due: str
    line: int


@dataclass
class _Open:
    """A row that further lines may continue: its texts by column."""

    line: int
    texts: dict[str, list[str]] = field(default_factory=dict)

    def add(self, column: str, text: str) -> None:
        self.texts.setdefault(column, []).append(text)

    def text(self, column: str) -> str:
        return " ".join(self.texts.get(column, ())).strip(" ;.")


def read_rows(lines: Sequence[Line]) -> list[Row]:
    """The rows of every table whose head names a column of work and one of who leads."""
    found: list[Row] = []
    columns: dict[int, str] = {}
    row: _Open | None = None
    for line in lines:
        if head := _columns(line):
            found += _closed(row)
            columns, row = head, None
        elif columns and _belongs(line, row):
            if row is None or _begins(line, row, columns):
                found += _closed(row)
                row = _Open(line.number)
            for cell in line.cells:
                row.add(_column_of(cell, columns), cell.text)
        elif columns:
            found += _closed(row)
            columns, row = {}, None
    return [*found, *_closed(row)]


def task_of(row: Row, issued_on: date | None) -> ReadTask:
    """The task of a row: whoever leads it, with its deadline as the table gives it."""
    deadline = _deadline(row.due, issued_on) or read_deadline(row.work, issued_on)
    task = {
        "assignees": split_bodies(row.lead),
        "role": "chủ trì",
        "text": row.work,
        "deadline": deadline.on if deadline else None,
        "deadline_text": deadline.text if deadline else None,
    }
    return ReadTask(task, row.line)


def _deadline(due: str, issued_on: date | None) -> Deadline | None:
    """The deadline of a cell that holds nothing else: what announces it in a sentence is left out there."""
    if not due:
        return None
    announced = f"trong {due[:1].lower()}{due[1:]}" if _PERIOD.match(due) else f"trước ngày {due}"
    found = read_deadline(due, issued_on) or read_deadline(announced, issued_on)
    return Deadline(due, found.on if found else None)


def _columns(line: Line) -> dict[int, str]:
    """The meaning of each column, by its place, where a line is the head of a table of work."""
    if len(line.cells) < 3:
        return {}
    named = {_place(cell): _meaning(cell) for cell in line.cells}
    return named if {"work", "lead"} <= set(named.values()) else {}


def _meaning(cell: Cell) -> str:
    match = _HEAD.search(cell.folded) if len(cell.text) <= _LONGEST_HEAD else None
    return _COLUMNS[match[0]] if match else "other"


def _place(cell: Cell) -> int:
    """What tells columns apart: the number of the cell between bars, else where it begins."""
    return cell.column if cell.column >= 0 else cell.start


def _column_of(cell: Cell, columns: Mapping[int, str]) -> str:
    return columns[min(columns, key=lambda place: abs(place - _place(cell)))]


def _belongs(line: Line, row: _Open | None) -> bool:
    """Whether a line is still in the table: it has cells, or goes on in a row that is open."""
    if len(line.cells) > 1 or line.cells[0].column >= 0:
        return True
    return row is not None and not line.after_blank and line.start > 0


def _begins(line: Line, row: _Open, columns: Mapping[int, str]) -> bool:
    """Whether a row begins: between bars each line is one; else it has its number, or what the row above has whole."""
    first = line.cells[0]
    if first.column >= 0 or (_NUMBER.fullmatch(first.text) and _place(first) <= min(columns) + 3):
        return True
    return not _NUMBER.fullmatch(row.text("other") or "-") and bool(row.text("lead")) and first.text[:1].isupper()


def _closed(row: _Open | None) -> Iterator[Row]:
    if row is not None and len(row.text("work")) >= _LEAST and row.text("lead"):
        yield Row(row.text("work"), row.text("lead"), row.text("due"), row.line)
