"""The AsyncAPI 3 document, made from the topic declarations and the message models."""

from __future__ import annotations

from typing import Any

from contracts.envelope import HEADERS
from contracts.schemas import published
from contracts.topics import Topic, topics

Document = dict[str, Any]


def document(version: str) -> Document:
    """The whole document; `version` is the product's."""
    declared = topics().values()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "noinhan",
            "version": version,
            "description": "Topics by which Vietnamese official notices reach the offices that must act on them.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in declared},
        "operations": {name: body for topic in declared for name, body in _operations(topic)},
        "components": {
            "messages": {topic.message.__name__: _message(topic) for topic in declared},
            "schemas": {"Envelope": _envelope()},
        },
    }


def _channel(topic: Topic) -> Document:
    name = topic.message.__name__
    retention = -1 if topic.retention_days is None else topic.retention_days * 86_400_000
    return {
        "address": topic.name,
        "description": topic.summary,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact"] if topic.compacted else ["delete"],
                    "retention.ms": retention,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(topic: Topic) -> list[tuple[str, Document]]:
    sends = [(f"{who}.send.{topic.name}", "send") for who in topic.producers if who not in topic.planned]
    receives = [(f"{who}.receive.{topic.name}", "receive") for who in topic.consumers if who not in topic.planned]
    channel = {"$ref": f"#/channels/{topic.name}"}
    return [(name, {"action": action, "channel": channel}) for name, action in (*sends, *receives)]


def _message(topic: Topic) -> Document:
    return {
        "name": topic.name,
        "title": topic.message.__name__,
        "summary": topic.summary,
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Envelope"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": _inlined(published(topic)),
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}},
    }


def _envelope() -> Document:
    properties = {name: {"type": "string", "description": says} for name, says in HEADERS}
    return {"type": "object", "required": [name for name, _ in HEADERS], "properties": properties}


def _inlined(schema: Document) -> Document:
    """The schema with its definitions in place, so that the document holds no pointers into payloads."""
    definitions = schema.get("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return walk(definitions[node["$ref"].rpartition("/")[2]])
        return {key: walk(value) for key, value in node.items() if key != "$defs"}

    inlined: Document = walk(schema)
    return inlined
