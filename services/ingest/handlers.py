"""A document comes in: it is kept, read, numbered, published. In that order, so that nothing is lost between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

from contracts import identity
from contracts.notices import Notice, NoticeParsed, NoticeRejected, Original
from services.ingest.formats import media_type_of
from services.ingest.identify import identified, notice_ids
from services.ingest.ports import Originals, Publishes, Reads, Register, Registered
from services.ingest.reading import Unreadable
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
    """The document's notices are on Kafka."""

    document_id: str
    notices: Sequence[Registered]
    repeated: bool


@dataclass(frozen=True)
class Intake:
    """Takes documents in, from whichever way they came."""

    originals: Originals
    register: Register
    reader: Reads
    publisher: Publishes
    log: Log
    link_key: str
    link_days: int
    originals_url: Callable[[], str]
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def take(self, document: Document) -> Accepted:
        """Publish the notices of a document, once.

        Raises Unreadable where it holds none that can be read (and says so on notices.rejected.v1),
        NotPublished where Kafka did not confirm: the same document may then be given again.
        """
        document_id = identity.document_id(document.content)
        lock = self._locks.setdefault(document_id, asyncio.Lock())
        async with lock:
            known = await asyncio.to_thread(self.register.published, document_id)
            if known is not None:
                metrics.DOCUMENTS.labels("repeated").inc()
                self.log.info("document.repeated", document_id=document_id)
                return Accepted(document_id, known, repeated=True)
            await asyncio.to_thread(self.originals.keep, document_id, document.content)
            return await self._publish(document_id, document)

    async def _publish(self, document_id: str, document: Document) -> Accepted:
        trace = document.traceparent or new_trace()
        try:
            notices = await self.reader.read(document.content, document.file_name, document.media_type)
        except Unreadable as error:
            await self._reject(document_id, document, error, trace)
            raise
        ids = notice_ids(document_id, notices)
        registered = await asyncio.to_thread(self.register.number, document_id, ids)
        messages = self._messages(document_id, document, notices, registered)
        try:
            await self.publisher.publish([Outgoing(message, trace) for message in messages])
        except TooLarge as error:
            refusal = Unreadable("too_large", f"what was read in it is too much: {error}", "send it in smaller parts")
            await self._reject(document_id, document, refusal, trace)
            raise refusal from error
        await asyncio.to_thread(self.register.mark_published, document_id)
        self._tell(messages, trace)
        return Accepted(document_id, registered, repeated=False)

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

    async def _reject(self, document_id: str, document: Document, error: Unreadable, trace: str) -> None:
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
