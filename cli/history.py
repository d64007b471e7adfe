"""What the topics say, read from their beginning to where they end now. Nothing is committed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from contracts.message import Message
from contracts.notices import NoticeParsed, NoticeRecalled
from contracts.topics import topic_of


def is_called(notice: NoticeParsed, wanted: str) -> bool:
    """Whether a person means this notice: by its number, or the beginning of its notice_id or document_id."""
    return notice.number == wanted or any(each.startswith(wanted) for each in (notice.notice_id, notice.document_id))


def recalls_of(notice: NoticeParsed, messages: Iterable[Message]) -> tuple[NoticeRecalled, ...]:
    """What was said of this revision of a notice, oldest first, each recall once."""
    said = {each.recall_id: each for each in messages if isinstance(each, NoticeRecalled)}
    own = (each for each in said.values() if each.notice_id == notice.notice_id and each.means(notice.revision))
    return tuple(sorted(own, key=lambda each: each.at))


def recall_in_words(recall: NoticeRecalled) -> str:
    """A recall on one line: when, what, by which notice, by whom and why."""
    at = recall.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    by = f" by {recall.by_number}" if recall.by_number else ""
    return f"{at} {recall.action}{by}: {recall.author}, {recall.reason}"


class Unreachable(Exception):
    """The broker does not answer."""


@dataclass(frozen=True)
class Entry:
    """A message, when it was published, and by whom."""

    message: Message
    at: datetime


async def history(bootstrap: str, messages: Iterable[type[Message]]) -> AsyncIterator[Entry]:
    """Every message of these classes, each topic's partitions in their own order. Unreadable records are left out.

    Raises Unreachable.
    """
    classes = {topic_of(message).name: message for message in messages}
    consumer = AIOKafkaConsumer(
        *classes,
        bootstrap_servers=bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=5_000,
    )
    try:
        await consumer.start()
    except (KafkaError, OSError) as error:
        await consumer.stop()
        raise Unreachable(f"Kafka at {bootstrap} does not answer: {error}") from error
    try:
        async for record in _to_the_end(consumer):
            entry = _entry(classes[record.topic], record)
            if entry is not None:
                yield entry
    finally:
        await consumer.stop()


async def _to_the_end(consumer: Any) -> AsyncIterator[ConsumerRecord]:
    partitions = consumer.assignment()
    ends = await consumer.end_offsets(partitions)
    starts = await consumer.beginning_offsets(partitions)
    waiting = {each for each in partitions if starts[each] < ends[each]}
    while waiting:
        for partition, records in (await consumer.getmany(timeout_ms=500)).items():
            for record in records:
                if record.offset < ends[partition]:
                    yield record
        waiting = {each for each in waiting if await consumer.position(each) < ends[each]}


def _entry(message: type[Message], record: ConsumerRecord) -> Entry | None:
    headers = dict(record.headers)
    try:
        published = datetime.fromisoformat((headers.get("ce_time") or b"").decode())
    except ValueError:
        published = datetime.fromtimestamp(record.timestamp / 1_000, UTC)
    try:
        return Entry(message.from_bytes(record.value or b""), published)
    except ValidationError:
        return None
