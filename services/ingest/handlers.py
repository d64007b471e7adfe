"""A document comes in: it is kept, read, numbered, published. In that order, so that nothing is lost between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

from contracts import identity
from contracts.notices import Notice, NoticeHeld, NoticeParsed, NoticeRejected, Original
from services.ingest.formats import media_type_of
from services.ingest.identify import identified, notice_ids
from services.ingest.ports import Held, Originals, Publishes, Reads, Register, Registered, Reviews, Settled
from services.ingest.reading import Unreadable
from services.ingest.recall_handlers import Recaller
from services.ingest.review import Policy, marked, why_review
from services.runtime import metrics
from services.runtime.links import sign
from services.runtime.logging import Log
from services.runtime.publish import Outgoing, TooLarge
from services.runtime.tracing import new_trace, trace_id

ORIGINAL = "original"
"""What a signed link to an original is good for."""


@dataclass(frozen=True)
class Document:
    """A document as it came in."""

    content: bytes
    file_name: str
    media_type: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True)
class Accepted:
    """The document's notices are on Kafka; or it waits for a person, for the reasons in `review`."""

    document_id: str
    notices: Sequence[Registered]
    repeated: bool
    review: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intake:
    """Takes documents in, from whichever way they came."""

    originals: Originals
    register: Register
    reviews: Reviews
    policy: Policy
    reader: Reads
    publisher: Publishes
    recaller: Recaller
    log: Log
    link_key: str
    link_days: int
    originals_url: Callable[[], str]
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def take(self, document: Document) -> Accepted:
        """Publish the notices of a document, once; or hold them for a person, where they were read too unsurely.

        Raises Unreadable where it holds none that can be read (and says so on notices.rejected.v1),
        NotPublished where Kafka did not confirm: the same document may then be given again.
        """
        document_id = identity.document_id(document.content)
        async with self.alone(document_id):
            known = await asyncio.to_thread(self.register.published, document_id)
            if known is not None:
                metrics.DOCUMENTS.labels("repeated").inc()
                self.log.info("document.repeated", document_id=document_id)
                return Accepted(document_id, known, repeated=True)
            if (held := await asyncio.to_thread(self.reviews.find, document_id)) is not None:
                return await self._held_again(held)
            await asyncio.to_thread(self.originals.keep, document_id, document.content)
            return await self._publish(document_id, document)

    def alone(self, document_id: str) -> asyncio.Lock:
        """The lock under which a document is published, held or decided of."""
        return self._locks.setdefault(document_id, asyncio.Lock())

    async def _publish(self, document_id: str, document: Document) -> Accepted:
        trace = document.traceparent or new_trace()
        try:
            notices = await self.reader.read(document.content, document.file_name, document.media_type)
        except Unreadable as error:
            await self.reject(document_id, document, error, trace)
            raise
        reasons = [why_review(notice, self.policy) for notice in notices]
        if any(reasons):
            return await self._hold(document_id, document, trace, list(map(marked, notices, reasons)))
        return await self.send(document_id, document, notices, trace)

    async def send(self, document_id: str, document: Document, notices: Sequence[Notice], trace: str) -> Accepted:
        """Number the notices of a document and publish them, then what they recall.

        Raises Unreadable (too_large), NotPublished.
        """
        ids = notice_ids(document_id, notices)
        registered = await asyncio.to_thread(self.register.number, document_id, ids)
        await asyncio.to_thread(self.recaller.carried.keep, list(zip(registered, notices, strict=True)))
        messages = self._messages(document_id, document, notices, registered)
        try:
            await self.publisher.publish([Outgoing(message, trace) for message in messages])
        except TooLarge as error:
            refusal = Unreadable("too_large", f"what was read in it is too much: {error}", "send it in smaller parts")
            await self.reject(document_id, document, refusal, trace)
            raise refusal from error
        await self.recaller.heed(messages, trace)
        await asyncio.to_thread(self.register.mark_published, document_id)
        self._tell(messages, trace)
        return Accepted(document_id, registered, repeated=False)

    async def _hold(self, document_id: str, document: Document, trace: str, notices: Sequence[Notice]) -> Accepted:
        """Keep the notices for a person, then say so on notices.held.v1."""
        reasons = tuple(each.message for notice in notices for each in notice.warnings if each.code == "needs_review")
        held = Held(document_id, document.file_name, trace, datetime.now(UTC), tuple(notices), reasons)
        await asyncio.to_thread(self.reviews.hold, held)
        await self._tell_held(held, document)
        metrics.DOCUMENTS.labels("held").inc()
        self.log.warning("document.held", document_id=document_id, reasons=reasons, trace_id=trace_id(trace))
        return Accepted(document_id, (), repeated=False, review=reasons)

    async def _held_again(self, held: Held) -> Accepted:
        """The answer to a document that was held before. Raises Unreadable where a person refused it."""
        decided = await asyncio.to_thread(self.reviews.decided, held.document_id)
        if decided is not None and decided.decision == "refused":
            raise refused_in_review(decided)
        content = await asyncio.to_thread(self.originals.fetch, held.document_id)
        await self._tell_held(held, Document(content or b"", held.file_name))
        return Accepted(held.document_id, (), repeated=True, review=held.reasons)

    async def _tell_held(self, held: Held, document: Document) -> None:
        original = self._original(held.document_id, document, datetime.now(UTC))
        messages = [
            NoticeHeld(
                document_id=held.document_id,
                position=position,
                number=notice.number,
                subject=notice.subject,
                urgency=notice.urgency,
                confidence=notice.confidence or 0.0,
                reasons=tuple(each.message for each in notice.warnings if each.code == "needs_review"),
                original=original,
                received_at=held.received_at,
            )
            for position, notice in enumerate(held.notices)
        ]
        await self.publisher.publish([Outgoing(message, held.traceparent) for message in messages])

    def _messages(
        self, document_id: str, document: Document, notices: Sequence[Notice], registered: Sequence[Registered]
    ) -> list[NoticeParsed]:
        now = datetime.now(UTC)
        original = self._original(document_id, document, now)
        return identified(document_id, notices, registered, received_at=now, original=original)

    def _original(self, document_id: str, document: Document, now: datetime) -> Original:
        token = sign(self.link_key, ORIGINAL, document_id, now + timedelta(days=self.link_days))
        return Original(
            url=f"{self.originals_url()}/v1/originals/{token}",
            file_name=document.file_name,
            media_type=media_type_of(document.content),
            size_bytes=len(document.content),
        )

    async def reject(self, document_id: str, document: Document, error: Unreadable, trace: str) -> None:
        """Say on notices.rejected.v1 that a document was refused, and why. Raises NotPublished."""
        rejected = NoticeRejected(
            document_id=document_id,
            file_name=document.file_name,
            media_type=media_type_of(document.content),
            size_bytes=len(document.content),
            code=error.code,
            reason=error.reason,
            where=error.where,
            remedy=error.remedy,
            received_at=datetime.now(UTC),
        )
        await self.publisher.publish([Outgoing(rejected, trace)])
        metrics.DOCUMENTS.labels("rejected").inc()
        self.log.warning(
            "document.rejected", document_id=document_id, code=error.code, where=error.where, trace_id=trace_id(trace)
        )

    def _tell(self, messages: Sequence[NoticeParsed], trace: str) -> None:
        metrics.DOCUMENTS.labels("accepted").inc()
        for message in messages:
            self.log.info(
                "notice.parsed",
                document_id=message.document_id,
                notice_id=message.notice_id,
                revision=message.revision,
                number=message.number,
                recipients=len(message.recipients),
                tasks=len(message.tasks),
                warnings=[each.code for each in message.warnings],
                trace_id=trace_id(trace),
            )


def refused_in_review(decided: Settled) -> Unreadable:
    """The refusal of a document that a person looked at."""
    reason = f"{decided.author} looked at it and refused it: {decided.reason}"
    return Unreadable("refused_in_review", reason, "correct the document and send it again")


def printable(name: str) -> str:
    """A file name that every message can carry: no folder, no control characters, at most 200 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    valid = last.encode("utf-8", "replace").decode()
    return "".join(each for each in valid if each.isprintable())[:200] or "unnamed"


def too_large(size: int | None, limit: int) -> Unreadable:
    """The refusal of a document over the limit; `size` is None where it was not read to its end."""
    found = f"{size} bytes" if size is not None else f"more than {limit} bytes"
    return Unreadable(
        "too_large", f"the document has {found}; the limit is {limit}", where=None, remedy="send it in smaller parts"
    )
