"""What ingest asks of the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

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
