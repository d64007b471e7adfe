"""JSON Schemas of the messages, from two sides: what a writer writes and what a reader accepts."""

from __future__ import annotations

from typing import Any

from contracts.envelope import HEADERS
from contracts.topics import Topic


def written(topic: Topic) -> dict[str, Any]:
    """What a message of the topic looks like on the wire: every field is there."""
    return topic.message.model_json_schema(mode="serialization") | {"$id": topic.schema_id}


def published(topic: Topic) -> dict[str, Any]:
    """What consumers may rely on: every field that is written now, and room for those that will be added."""
    opened: dict[str, Any] = _opened(written(topic))
    return opened


def declared(topic: Topic) -> dict[str, Any]:
    """What of a topic's declaration a released version fixes: where a key's records go and what becomes of them."""
    return {
        "key": topic.key,
        "partitions": topic.partitions,
        "compacted": topic.compacted,
        "envelope": [name for name, _ in HEADERS],
    }


def read(topic: Topic) -> dict[str, Any]:
    """What a reader of this version accepts: fields with defaults may be absent, further ones are ignored."""
    opened: dict[str, Any] = _opened(topic.message.model_json_schema(mode="validation"))
    return opened


def _opened(node: Any) -> Any:
    if isinstance(node, list):
        return [_opened(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = node.get("additionalProperties") is False
    return {key: _opened(value) for key, value in node.items() if not (closed and key == "additionalProperties")}
