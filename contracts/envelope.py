"""CloudEvents 1.0 in Kafka's binary mode: the body is the data, the headers are the envelope."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from contracts.message import Message, Written, kind_of
from contracts.topics import topic_of

CONTENT_TYPE = "application/json"

HEADERS = (
    ("ce_specversion", "CloudEvents version, '1.0'"),
    ("ce_id", "id of the event, made from its content: a replay carries the same one"),
    ("ce_source", "the producing service, '/noinhan/router'"),
    ("ce_type", "the topic's name"),
    ("ce_subject", "the record's key"),
    ("ce_time", "when it was published, RFC 3339"),
    ("ce_dataschema", "which schema the body follows"),
    ("content-type", "'application/json'"),
    ("traceparent", "W3C Trace Context"),
)
"""Every header, and what it says."""


def headers(message: Message | Written, *, source: str, time: datetime, traceparent: str) -> list[tuple[str, bytes]]:
    """The record headers of a message.

    `source` is the producing service's name; `time` an aware moment; `traceparent` W3C Trace Context.
    """
    version, *origin, moment, schema, content = _shared(kind_of(message), source, time)
    identity, subject = ("ce_id", message.event_id.encode()), ("ce_subject", message.key.encode())
    return [version, identity, *origin, subject, moment, schema, content, ("traceparent", traceparent.encode())]


@lru_cache(64)
def _shared(message: type[Message], source: str, time: datetime) -> tuple[tuple[str, bytes], ...]:
    """The headers that all messages of one kind bear which are published at one moment."""
    topic = topic_of(message)
    shared = {
        "ce_specversion": "1.0",
        "ce_source": f"/noinhan/{source}",
        "ce_type": topic.name,
        "ce_time": time.isoformat(),
        "ce_dataschema": topic.schema_id,
        "content-type": CONTENT_TYPE,
    }
    return tuple((name, value.encode()) for name, value in shared.items())
