"""What is known of a notice's way to each office, whether its text is still kept or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from contracts.assignments import Reason
from contracts.deliveries import EndpointKind, Status
from contracts.notices import NoticeRecalled, RecallAction
from contracts.receipts import ReceiptRecorded
from services.notifier.owed import Track

_HASHED: Final = "sha256:"


@dataclass(frozen=True)
class TaskTold:
    """One task of an office. `text` is None once it is not kept; its SHA-256 (hex, of UTF-8) stays."""

    task_id: str
    role: str | None
    deadline: date | None
    text: str | None
    text_sha256: str


@dataclass(frozen=True)
class CopyFacts:
    """What an office's copy says, as far as it is kept for good: which notice, why this office, which tasks."""

    document_id: str
    number: str | None
    doc_type: str | None
    issuer: str | None
    issuer_id: str | None
    issued_on: date | None
    subject: str | None
    urgency: str
    role: str
    deadline: date | None
    because: tuple[Reason, ...]
    tasks: tuple[TaskTold, ...]
    directory_version: str


@dataclass(frozen=True)
class Tried:
    """One attempt: its number from 1, when, how it ended, and the named reason."""

    attempt: int
    at: datetime
    result: str
    reason: str


@dataclass(frozen=True)
class Carried:
    """One delivery. `about`: the reminder, or digest, that it carries; `recall_id`: the recall; both None: the copy.

    `target_sha256`: of the URL or address that it goes to, in hex; None where that is not known.
    """

    delivery_id: str
    about: str | None
    recall_id: str | None
    endpoint_id: str | None
    kind: EndpointKind | None
    target_sha256: str | None
    status: Status
    reason: str
    at: datetime
    attempts: tuple[Tried, ...]


@dataclass(frozen=True)
class Owed:
    """What the office owed by when. `late`: it was not given by then; `settled`: why nothing is owed any more.

    `digest_id`: the message that told the issuer.
    """

    track: Track
    owed_at: datetime | None
    late: bool
    settled: str | None
    digest_id: str | None


@dataclass(frozen=True)
class CopyEvidence:
    """One office's copy: when it came in, what it says, every delivery of it and about it, what the office said."""

    assignment_id: str
    notice_id: str
    revision: int
    recipient_id: str
    recipient_name: str
    taken_at: datetime
    purged_at: datetime | None
    facts: CopyFacts
    deliveries: tuple[Carried, ...]
    receipts: tuple[ReceiptRecorded, ...]
    owed: tuple[Owed, ...]


@dataclass(frozen=True)
class Told:
    """A digest that told an issuer which offices are late."""

    digest_id: str
    issuer_id: str
    deliveries: tuple[Carried, ...]


@dataclass(frozen=True)
class RecallTold:
    """What the issuer said of a notice that it had sent, up to `revision`."""

    recall_id: str
    revision: int
    action: RecallAction
    by_number: str | None
    author: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class EvidencePage:
    """Copies of one notice by id; `after`: the id to go on after, None on the last page.

    Recalls and digests stand on the first page only.
    """

    notice_id: str
    copies: Sequence[CopyEvidence]
    recalls: Sequence[RecallTold]
    digests: Sequence[Told]
    after: str | None


def told_of(recall: NoticeRecalled) -> RecallTold:
    """A recall as the evidence names it."""
    return RecallTold(
        recall.recall_id, recall.revision, recall.action, recall.by_number, recall.author, recall.reason, recall.at
    )


def fingerprint(target: str) -> str:
    """What stands in place of the target of a removed endpoint: `sha256:` and the hash in hex."""
    return _HASHED + text_sha256(target)


def target_sha256(target: str | None) -> str | None:
    """The SHA-256 of a target, or of what was one before its endpoint was removed; None where it was not kept."""
    if not target:
        return None
    return target.removeprefix(_HASHED) if target.startswith(_HASHED) else text_sha256(target)


def text_sha256(text: str) -> str:
    """SHA-256 of a text's UTF-8, in hex."""
    return sha256(text.encode()).hexdigest()
