"""What an operator changed in the directory of offices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field
from typing_extensions import override

from contracts.message import Message


class DirectoryEntry(Message):
    """An office, alias or group was added or ended. Topic directory.entries.v1, compacted."""

    entry_id: str
    kind: Literal["office", "alias", "group"]
    name: str
    recipient_ids: tuple[str, ...] = Field(description="the office itself, the alias' target or the group's members")
    level: str | None = None
    province: str | None = None
    valid_from: date | None = None
    valid_to: date | None = Field(default=None, description="last day; None while it holds")
    notice_id: str | None = Field(default=None, description="an alias that holds in this notice only")
    settled: Literal["paper", "dropped"] | None = Field(
        default=None, description="an alias of nobody: its copy goes on paper, or an operator gave it up"
    )
    withdrawn: bool = Field(default=False, description="the entry was undone, and counts no more")
    author: str
    reason: str
    at: datetime

    @property
    @override
    def key(self) -> str:
        return self.entry_id

    @property
    @override
    def event_id(self) -> str:
        return f"{self.entry_id}.{self.at.isoformat()}"
