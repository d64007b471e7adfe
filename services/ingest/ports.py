"""What ingest asks of the world."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from contracts.notices import Notice
from services.runtime.publish import Outgoing


class Originals(Protocol):
    """Keeps documents by the hash of their content."""

    def keep(self, document_id: str, content: bytes) -> None:
        """Make the content durable. Keeping it twice changes nothing."""
        ...

    def fetch(self, document_id: str) -> bytes | None:
        """The content, None where it is not kept."""
        ...


class Files(Protocol):
    """Documents in files, to be removed once they are old enough."""

    def older(self, before: datetime) -> Iterator[str]:
        """Names of files that came before that moment."""
        ...

    def document_of(self, name: str) -> str:
        """The id of the document in a file."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; nothing where it is gone."""
        ...


@dataclass(frozen=True)
class Hold:
    """A notice of which nothing is purged: why, who says so, since when."""

    notice_id: str
    reason: str
    author: str
    at: datetime


class Holds(Protocol):
    """Remembers which notices are held back from purging."""

    def hold(self, hold: Hold) -> bool:
        """Hold a notice back; False where it is already."""
        ...

    def release(self, notice_id: str) -> bool:
        """Let it go; False where it was not held."""
        ...

    def all(self) -> Sequence[Hold]:
        """What is held, oldest first."""
        ...


@dataclass(frozen=True)
class Registered:
    """One notice of a document, as it was first numbered."""

    notice_id: str
    revision: int


class Register(Protocol):
    """Remembers which documents were published and which revision each is of which notice."""

    def published(self, document_id: str) -> Sequence[Registered] | None:
        """The document's notices where they are on Kafka already, else None."""
        ...

    def number(self, document_id: str, notice_ids: Sequence[str]) -> Sequence[Registered]:
        """Give each notice of a document its revision; the same document always gets the same ones."""
        ...

    def mark_published(self, document_id: str) -> None:
        """Remember that the document's notices are on Kafka."""
        ...

    def documents_of(self, notice_ids: Sequence[str]) -> Sequence[str]:
        """The documents in which these notices came, every revision."""
        ...

    def notices_of(self, beginning: str) -> Sequence[str]:
        """The notices of documents whose id begins so."""
        ...


@dataclass(frozen=True)
class Carried:
    """A notice that was numbered here, with its latest revision. issuer: as `identify.full_issuer` writes it."""

    notice_id: str
    revision: int
    number: str | None
    issuer: str | None
    issued_on: date | None
    subject: str | None


class CarriedNotices(Protocol):
    """Remembers what was carried, to find it again when it is recalled."""

    def keep(self, notices: Sequence[tuple[Registered, Notice]]) -> None:
        """Remember notices with their latest revision."""
        ...

    def called(self, number: str) -> Sequence[Carried]:
        """The notices of this number, whoever issued them, oldest first."""
        ...

    def beginning(self, notice_id: str) -> Sequence[Carried]:
        """The notices whose id begins so."""
        ...


@dataclass(frozen=True)
class Held:
    """A document that waits for a person: its notices as they were read, and why they wait."""

    document_id: str
    file_name: str
    traceparent: str
    received_at: datetime
    notices: tuple[Notice, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """What a person decided of a document that waited."""

    decision: Literal["released", "refused"]
    author: str
    reason: str
    at: datetime


class Reviews(Protocol):
    """Keeps what waits for a person, and what was decided."""

    def hold(self, held: Held) -> None:
        """Make what waits durable. Holding it twice changes nothing."""
        ...

    def find(self, document_id: str) -> Held | None:
        """What was held of a document, decided or not; None where nothing was."""
        ...

    def waiting(self) -> Sequence[Held]:
        """What nobody has decided yet, oldest first."""
        ...

    def settle(self, document_id: str, decision: Settled) -> None:
        """Write a decision down; the latest counts, every one is kept."""
        ...

    def decided(self, document_id: str) -> Settled | None:
        """The latest decision; None where there is none."""
        ...

    def purge(self, before: datetime, spared: Collection[str], *, dry_run: bool) -> int:
        """Forget what was read in documents of which a person decided before then; how many. Decisions stay."""
        ...


class ReaderAway(Exception):
    """No reader is at hand now, for no fault of the document: give it again later."""


class Reads(Protocol):
    """Reads documents."""

    async def read(self, content: bytes, file_name: str, media_type: str | None) -> Sequence[Notice]:
        """The document's notices. Raises Unreadable whatever the document holds, and ReaderAway."""
        ...


class Publishes(Protocol):
    """Puts messages on Kafka."""

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Return when every message is confirmed. Raises NotPublished where one is not."""
        ...
