"""A person decides of a document that waits: it goes out, as it is or corrected, or it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from services.ingest.handlers import Accepted, Document, Intake, refused_in_review
from services.ingest.ports import Held, Reviews, Settled
from services.ingest.review import corrected
from services.runtime.tracing import trace_id


class NotHeld(LookupError):
    """No such document waits."""


@dataclass(frozen=True)
class Review:
    """Lets people decide."""

    intake: Intake
    reviews: Reviews

    async def waiting(self) -> Sequence[Held]:
        """What nobody has decided yet, oldest first."""
        return await asyncio.to_thread(self.reviews.waiting)

    async def find(self, document_id: str) -> Held:
        """What was held of a document, named by its id or the beginning of it. Raises NotHeld, once purged too."""
        held = await asyncio.to_thread(self.reviews.find, document_id)
        if held is not None and held.notices:
            return held
        found = [each for each in await self.waiting() if document_id and each.document_id.startswith(document_id)]
        if len(found) != 1:
            raise NotHeld(f"{len(found)} documents wait whose id begins with {document_id!r}")
        return found[0]

    async def release(
        self, document_id: str, author: str, reason: str, changes: Mapping[str, str | None] | None = None
    ) -> Accepted:
        """Publish the notices, the first as corrected. Raises NotHeld, NotChangeable, Unreadable, NotPublished.

        What was published before is published no second time.
        """
        held = await self.find(document_id)
        first, *others = held.notices
        notices = [corrected(first, changes or {}, author), *others]
        async with self.intake.alone(held.document_id):
            known = await asyncio.to_thread(self.intake.register.published, held.document_id)
            if known is not None:
                accepted = Accepted(held.document_id, known, repeated=True)
            else:
                document = await self._document(held)
                accepted = await self.intake.send(held.document_id, document, notices, held.traceparent)
            await self._settle(held, Settled("released", author, reason, datetime.now(UTC)))
        return accepted

    async def refuse(self, document_id: str, author: str, reason: str) -> None:
        """Say on notices.rejected.v1 that the document does not go out. Raises NotHeld, NotPublished.

        What went out is held no more: it can only be recalled.
        """
        held = await self.find(document_id)
        decision = Settled("refused", author, reason, datetime.now(UTC))
        async with self.intake.alone(held.document_id):
            if await asyncio.to_thread(self.intake.register.published, held.document_id) is not None:
                raise NotHeld(f"document {held.document_id[:12]} was released before, and is out")
            document = await self._document(held)
            await self.intake.reject(held.document_id, document, refused_in_review(decision), held.traceparent)
            await self._settle(held, decision)

    async def _document(self, held: Held) -> Document:
        content = await asyncio.to_thread(self.intake.originals.fetch, held.document_id)
        return Document(content or b"", held.file_name)

    async def _settle(self, held: Held, decision: Settled) -> None:
        await asyncio.to_thread(self.reviews.settle, held.document_id, decision)
        event: Literal["review.released", "review.refused"] = (
            "review.released" if decision.decision == "released" else "review.refused"
        )
        self.intake.log.info(event, document_id=held.document_id, trace_id=trace_id(held.traceparent))
