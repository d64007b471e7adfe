"""CloudEvents 1.0 in Kafka's binary mode: the body is the data, the headers are the envelope."""

from __future__ import annotations

from datetime import datetime

from contracts.message import Message
from contracts.topics import topic_of

CONTENT_TYPE = "application/json"


def headers(message: Message, *, source: str, time: datetime, traceparent: str) -> list[tuple[str, bytes]]:
    """The record headers of a message.

    `source` is the producing service's name; `time` an aware moment; `traceparent` W3C Trace Context.
    """
    topic = topic_of(type(message))
    envelope = {
        "ce_specversion": "1.0",
        "ce_id": message.event_id,
        "ce_source": f"/noinhan/{source}",
        "ce_type": topic.name,
        "ce_subject": message.key,
        "ce_time": time.isoformat(),
        "ce_dataschema": topic.schema_id,
        "content-type": CONTENT_TYPE,
        "traceparent": traceparent,
    }
    return [(name, value.encode()) for name, value in envelope.items()]
