"""What is said of a notice: read, rejected, recalled, routed.

Field names of the Vietnamese layout are translated once, in docs/glossary.md. The boxes named in the
docstrings are those of Decree 30/2020/NĐ-CP, annex I.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field
from typing_extensions import override

from contracts import identity
from contracts.evidence import Evidence
from contracts.message import Message, Part

Urgency = Literal["thường", "khẩn", "thượng khẩn", "hỏa tốc"]
Channel = Literal["paper", "electronic"]
RecallAction = Literal["recalled", "replaced", "updated"]


class Addressee(Part):
    """One line of "Kính gửi" (box 9a), as written."""

    text: str


class RecipientLine(Part):
    """One item of "Nơi nhận" (box 9b)."""

    text: str = Field(description="as written: wrapped lines joined, without list mark and closing punctuation")
    group: str | None = Field(default=None, description="heading of the sub-group it stands under, as written")
    purpose: str | None = Field(default=None, description="why it is sent: báo cáo, phối hợp, thực hiện, biết, …")
    channel: Channel | None = None


class Signatory(Part):
    """Who signed (box 7)."""

    authority: str | None = Field(default=None, description="TM., KT., TL. … lines, stacked ones joined by '; '")
    title: str | None = None
    name: str | None = None


class Task(Part):
    """One directive of the notice."""

    task_id: str = Field(description="t1, t2, … in reading order; unique within one revision of the notice")
    assignees: tuple[str, ...] = Field(description="bodies as written")
    role: str | None = Field(default=None, description="chủ trì, phối hợp, thực hiện")
    text: str = Field(description="the directive as written, without the words that introduce it")
    deadline: date | None = None
    deadline_text: str | None = Field(default=None, description="the deadline as written")
    heading: str | None = Field(default=None, description="the heading it stands under, as written")


class ReadingWarning(Part):
    """Something a person should know about the reading."""

    code: str
    message: str
    line: int | None = Field(default=None, description="line of the text, counted from 1")


class Relation(Part):
    """What the notice does to another document."""

    kind: Literal["replaces", "repeals", "amends", "corrects", "recalls", "extends"]
    number: str | None = Field(default=None, description="number and symbol of the other document")
    issued_on: date | None = Field(default=None, description="date of the other document")
    part: str | None = Field(
        default=None, description="which part of the other document is meant, as written; null: the whole document"
    )
    text: str = Field(description="the words that say so, as written")


class Original(Part):
    """Where the document itself can be fetched, and what it is."""

    url: str = Field(description="signed link that expires, served by ingest")
    file_name: str
    media_type: str
    size_bytes: int


class Notice(Part):
    """What was read in one notice, before it has an identity."""

    number: str | None = Field(default=None, description="number and symbol (box 3), '129/TB-VPCP'")
    doc_type: str | None = Field(default=None, description="name of the type in ordinary case, 'thông báo'")
    issuer: str | None = Field(default=None, description="full name in ordinary case (box 2)")
    issuer_parent: str | None = None
    place: str | None = None
    issued_on: date | None = None
    subject: str | None = Field(default=None, description="trích yếu (box 5a or 5b), without 'V/v'")
    urgency: Urgency = "thường"
    secrecy: str | None = None
    addressees: tuple[Addressee, ...] = ()
    recipients: tuple[RecipientLine, ...] = ()
    recipients_complete: bool = Field(default=False, description="the list was read up to its archive line")
    archive: str | None = Field(default=None, description="archive line, without 'Lưu'")
    signatory: Signatory | None = None
    tasks: tuple[Task, ...] = ()
    references: tuple[str, ...] = Field(default=(), description="numbers of documents it cites, in order, once each")
    encloses: str | None = Field(default=None, description="number of the notice that this one covers")
    implementing_clause: str | None = Field(default=None, description="who carries it out, as Điều n names them")
    closing_recipients: str | None = Field(default=None, description="'… thông báo để X biết, thực hiện': X")
    disseminate_to: str | None = Field(default=None, description="'phổ biến đến X': X")
    relations: tuple[Relation, ...] = Field(default=(), description="documents that it replaces, amends, recalls, …")
    confidence: float | None = Field(
        default=None, ge=0, le=1, description="the least of those fields that decide where it goes; null: not measured"
    )
    evidence: tuple[Evidence, ...] = Field(default=(), description="where each field was read, and how sure that is")
    inferred: dict[str, str] = Field(default_factory=dict, description="what was concluded, not read")
    warnings: tuple[ReadingWarning, ...] = ()


class NoticeParsed(Notice, Message):
    """A notice was read. Topic notices.parsed.v1."""

    notice_id: str
    revision: int = Field(ge=1, description="1 for the first bytes seen under this notice_id, then 2, …")
    document_id: str = Field(description="SHA-256 of the document's bytes")
    position: int = Field(ge=0, description="place of the notice in its document")
    received_at: datetime
    original: Original

    @property
    @override
    def key(self) -> str:
        return self.notice_id

    @property
    @override
    def event_id(self) -> str:
        return f"{self.notice_id}.{self.revision}"


class NoticeRejected(Message):
    """A document could not be read as a notice. Topic notices.rejected.v1."""

    document_id: str
    file_name: str
    media_type: str
    size_bytes: int
    code: str = Field(description="empty, too_large, unsupported, encoding, not_a_notice, secret, refused_in_review, …")
    reason: str = Field(description="what was wrong, in a sentence")
    where: str | None = Field(default=None, description="line or byte the reason speaks of")
    remedy: str = Field(description="what to do about it")
    received_at: datetime

    @property
    @override
    def key(self) -> str:
        return self.document_id

    @property
    @override
    def event_id(self) -> str:
        return f"{self.document_id}.{self.code}"


class NoticeHeld(Message):
    """A notice was read too unsurely to go out by itself: a person must look at it. Topic notices.held.v1."""

    document_id: str
    position: int = Field(ge=0, description="place of the notice in its document")
    number: str | None
    subject: str | None
    urgency: Urgency
    confidence: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = Field(description="what was unsure, each in a sentence")
    original: Original
    received_at: datetime

    @property
    @override
    def key(self) -> str:
        return self.document_id

    @property
    @override
    def event_id(self) -> str:
        return f"{self.document_id}.{self.position}.held"


class NoticeRecalled(Message):
    """The issuer recalled, replaced or updated a notice. Topic notices.recalled.v1.

    What was recalled or replaced is no longer in force: copies that are still on their way are cancelled, and
    offices that have one are told. What was updated stays in force, and offices are told once they have it.
    """

    notice_id: str
    revision: int = Field(description="the last revision that is meant; earlier ones are meant too")
    action: RecallAction
    by_number: str | None = Field(default=None, description="number of the notice that says so")
    author: str
    reason: str
    at: datetime

    @property
    @override
    def key(self) -> str:
        return self.notice_id

    @property
    @override
    def event_id(self) -> str:
        return self.recall_id

    @property
    def ends(self) -> bool:
        """Whether the notice is no longer in force."""
        return self.action != "updated"

    def means(self, revision: int) -> bool:
        """Whether this revision of the notice is meant: the one that is named, and those before it."""
        return revision <= self.revision

    @property
    def recall_id(self) -> str:
        """The id of this recall."""
        return identity.recall_id(self.notice_id, self.revision, self.action, self.by_number)


class LineResolved(Part):
    """How many offices one line of the notice came to."""

    line: str
    rule: str
    count: int


class Unresolved(Part):
    """A line, or part of one, that nobody could be found for."""

    line: str
    part: str
    reason: str
    candidates: tuple[str, ...] = ()


class Settled(Part):
    """A line, or part of one, of which an operator said that nobody gets a copy by this way."""

    line: str
    part: str
    how: Literal["paper", "dropped"]
    author: str
    reason: str


class NoticeRouted(Message):
    """The rollup of one routing. Topic notices.routed.v1."""

    notice_id: str
    revision: int
    number: str | None
    subject: str | None
    directory_version: str
    recipients: int = Field(description="assignments published, one per office")
    lines: tuple[LineResolved, ...]
    unresolved: tuple[Unresolved, ...]
    settled: tuple[Settled, ...] = Field(default=(), description="parts that an operator took off the open ones")
    implied: tuple[LineResolved, ...] = Field(
        default=(), description="whom the closing formula speaks of; nothing was sent for it"
    )

    @property
    @override
    def key(self) -> str:
        return self.notice_id

    @property
    @override
    def event_id(self) -> str:
        return f"{self.notice_id}.{self.revision}.routed"
