"""Messages that were decided with the ledger and must reach Kafka."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from contracts.message import Message, Written


class Waiting(NamedTuple):
    """A message of the outbox, not yet on Kafka, as it will travel. `page`: it is forgotten with the others of it."""

    page: int
    written: Written
    traceparent: str | None

    @property
    def message(self) -> Message:
        """The message, read back."""
        return self.written.kind.from_bytes(self.written.body)


class Outbox(Protocol):
    """Messages that were decided with the ledger and must reach Kafka."""

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        """The oldest messages not yet published, in order, up to the end of a page: `limit` or some more."""
        ...

    async def published(self, pages: Sequence[int]) -> None:
        """Forget pages of which Kafka confirmed every message."""
        ...
