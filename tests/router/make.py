"""Notices for the router's tests, made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from contracts.notices import Addressee, NoticeParsed, Original, RecipientLine, Task

ORIGINAL = Original(url="https://noinhan.test/1", file_name="1.txt", media_type="text/plain", size_bytes=1)


def notice(
    issuer: str | None,
    *lines: str | RecipientLine,
    on: date | None = date(2021, 5, 21),
    addressees: tuple[str, ...] = (),
    tasks: tuple[Task, ...] = (),
    **fields: Any,
) -> NoticeParsed:
    """A notice of that issuer with those recipient lines."""
    return NoticeParsed(
        notice_id="n",
        revision=1,
        document_id="d",
        position=0,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        original=ORIGINAL,
        issuer=issuer,
        issued_on=on,
        addressees=tuple(Addressee(text=text) for text in addressees),
        recipients=tuple(RecipientLine(text=line) if isinstance(line, str) else line for line in lines),
        tasks=tasks,
        **fields,
    )


def task(task_id: str, *assignees: str, **fields: Any) -> Task:
    """A task of those assignees."""
    return Task(task_id=task_id, assignees=assignees, text="làm việc ấy", **fields)
