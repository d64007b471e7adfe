"""Plans as CSV: a row for every office of every notice. UTF-8 with a byte order mark, so that Excel opens it right."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date

from cli.plan.difference import Copy, Plan
from cli.plan.told import OfficeTold, PlanTold

COLUMNS = (
    "source", "number", "notice_id", "recipient_id", "name", "level", "province", "role", "purpose", "lines", "rules",
    "tasks", "deadline", "has_endpoint",
)  # fmt: skip
_BETWEEN = " | "
"""Between the values of one cell: no line of a notice holds it."""
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "'")
"""Beginnings that a spreadsheet takes for a formula; and the mark that stops it from doing so, to be read back."""
_KNOWN = {True: "yes", False: "no", None: ""}


def sheet(plans: Iterable[PlanTold]) -> bytes:
    """The CSV. A cell that a spreadsheet would take for a formula gets a leading apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for plan in plans:
        writer.writerows([_guarded(cell) for cell in _row(plan, office)] for office in plan.recipients)
    return text.getvalue().encode("utf-8-sig")


def _row(plan: PlanTold, office: OfficeTold) -> tuple[str, ...]:
    purposes = (reason.purpose for reason in office.because if reason.purpose)
    return (
        plan.source,
        plan.number or "",
        plan.notice_id,
        office.recipient_id,
        office.name,
        office.level,
        office.province or "",
        office.role,
        _joined(purposes),
        _joined(reason.line for reason in office.because),
        _joined(reason.rule for reason in office.because),
        _joined(task.task_id for task in office.tasks),
        office.deadline.isoformat() if office.deadline else "",
        _KNOWN[office.has_endpoint],
    )


def _joined(values: Iterable[str]) -> str:
    return _BETWEEN.join(dict.fromkeys(values))


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_ACTIVE) else cell


class NotASheet(Exception):
    """The text is not what `sheet` writes. The message says where and why."""


def is_sheet(text: str) -> bool:
    """Whether the text begins as `sheet` begins, however a spreadsheet has since parted its columns."""
    return _delimiter(text) is not None


def _delimiter(text: str) -> str | None:
    header = text.partition("\n")[0].strip().replace('"', "")
    return next((mark for mark in ",;\t" if tuple(header.split(mark)[: len(COLUMNS)]) == COLUMNS), None)


def plans_in(text: str) -> list[Plan]:
    """The plans that a CSV holds, in its order. Raises NotASheet."""
    rows: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _rows(text):
        rows.setdefault((row["source"], row["notice_id"]), []).append(row)
    return [_plan(each) for each in rows.values()]


def _rows(text: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text) or ",", strict=True)
    try:
        for row in reader:
            if None in row.values() or None in row:
                raise NotASheet(f"line {reader.line_num} has not {len(COLUMNS)} columns")
            yield {name: _unguarded(cell) for name, cell in row.items()}
    except csv.Error as error:
        raise NotASheet(f"line {reader.line_num}: {error}") from None


def _plan(rows: list[dict[str, str]]) -> Plan:
    first = rows[0]
    return Plan(
        source=first["source"],
        number=first["number"] or None,
        notice_id=first["notice_id"],
        issued_on=None,
        copies={row["recipient_id"]: _copy(row) for row in rows},
        lines=frozenset(line for row in rows for line in row["lines"].split(_BETWEEN)),
        unresolved=None,
    )


def _copy(row: dict[str, str]) -> Copy:
    try:
        deadline = date.fromisoformat(row["deadline"]) if row["deadline"] else None
    except ValueError:
        raise NotASheet(f"the deadline {row['deadline']!r} of {row['name']} is not a date like 2021-05-20") from None
    return Copy(row["name"], row["role"], tuple(filter(None, row["tasks"].split(_BETWEEN))), deadline)
