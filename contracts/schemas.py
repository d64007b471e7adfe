"""JSON Schemas of the messages, from two sides: what a writer writes and what a reader accepts."""

from __future__ import annotations

from typing import Any

from contracts.topics import Topic


def written(topic: Topic) -> dict[str, Any]:
    """What a message of the topic looks like on the wire: every field is there."""
    return topic.message.model_json_schema(mode="serialization") | {"$id": topic.schema_id}


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
