"""What one office must know: its copy of a notice, why it gets it, and its own tasks."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field
from typing_extensions import override

from contracts.message import Message, Part
from contracts.notices import Channel, Original, Task, Urgency

Box = Literal["addressees", "recipients", "body"]
Role = Literal["chủ trì", "thực hiện", "phối hợp", "báo cáo", "biết"]


class Reason(Part):
    """The line that names the office, and the rule that read it so."""

    line: str
    box: Box = Field(default="recipients", description="which part of the notice the line stands in")
    rule: str = Field(
        description="name of the rule, e.g. 'office', 'group:ministries', 'position', 'reference:kính gửi'"
    )
    purpose: str | None = None
    channel: Channel | None = None
    meant: str | None = Field(
        default=None, description="name of the office that the line means, where the recipient is its successor"
    )
    meant_id: str | None = Field(default=None, description="recipient_id of the office that the line means")
    succeeded_on: date | None = Field(default=None, description="first day on which the recipient stood in its place")


class Recipient(Part):
    """An office of the directory."""

    recipient_id: str
    name: str
    level: str = Field(description="central, provincial, district, commune, unit")
    province: str | None = Field(default=None, description="name without its kind, 'Bắc Giang'")


class AssignmentRouted(Message):
    """This office gets this notice, because of those lines. Topic assignments.routed.v1."""

    assignment_id: str
    notice_id: str
    revision: int
    document_id: str
    number: str | None
    doc_type: str | None
    issuer: str | None
    issuer_id: str | None = Field(
        default=None, description="recipient_id of the issuer, or of who stands in its place; null: nobody is known"
    )
    issued_on: date | None
    subject: str | None
    urgency: Urgency
    recipient: Recipient
    role: Role
    because: tuple[Reason, ...]
    tasks: tuple[Task, ...] = Field(description="only those whose assignee is this office")
    deadline: date | None = Field(default=None, description="the earliest of its tasks")
    original: Original
    directory_version: str

    @property
    @override
    def key(self) -> str:
        return self.recipient.recipient_id

    @property
    @override
    def event_id(self) -> str:
        return self.assignment_id
