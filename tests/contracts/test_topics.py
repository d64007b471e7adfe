"""Topic declarations, names and examples."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from pydantic import ValidationError

from contracts import asyncapi, envelope, generate, schemas
from contracts.message import Part
from contracts.topics import Topic, topic_of, topics

TOPICS = list(topics().values())
EXAMPLES = [
    pytest.param(topic, path, id=f"{topic.name}/{path.stem}")
    for topic in TOPICS
    for path in sorted((generate.EXAMPLES / topic.name).glob("*.json"))
]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_a_class_and_a_schema_share_one_name(topic: Topic) -> None:
    """The topic's two words are the class's two words, the first in the singular, and name its schema file."""
    noun, word, version = topic.name.split(".")
    singular = {"notices": "Notice", "assignments": "Assignment", "deliveries": "Delivery", "receipts": "Receipt"}
    expected = singular.get(noun, noun.capitalize()) + {"entries": "Entry"}.get(word, word.capitalize())
    assert topic.message.__name__ == expected
    assert re.fullmatch(r"v[1-9]\d*", version)
    assert (generate.GENERATED / f"{topic.name}.schema.json").exists()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_an_example_an_owner_and_a_reader(topic: Topic) -> None:
    """Every topic has at least one example, its owner produces it, and somebody consumes it."""
    assert list((generate.EXAMPLES / topic.name).glob("*.json"))
    assert topic.owner in topic.producers
    assert topic.consumers
    assert "_" not in topic.name


@pytest.mark.parametrize(("topic", "path"), EXAMPLES)
def test_an_example_is_what_the_model_writes(topic: Topic, path: Path) -> None:
    """Reading an example and writing it again changes nothing, and it fits the generated schema."""
    example = json.loads(path.read_text(encoding="utf-8"))
    message = topic.message.from_bytes(path.read_bytes())
    assert json.loads(message.to_bytes()) == example
    jsonschema.validate(example, schemas.written(topic), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("topic", "path"), EXAMPLES)
def test_the_record_key_is_the_declared_field(topic: Topic, path: Path) -> None:
    """The key that a message names is the value of the field that its topic declares."""
    example = json.loads(path.read_text(encoding="utf-8"))
    flat = example | example.get("recipient", {})
    assert topic.message.from_bytes(path.read_bytes()).key == flat[topic.key]


@pytest.mark.parametrize(("topic", "path"), EXAMPLES)
def test_a_reader_ignores_fields_that_a_newer_writer_added(topic: Topic, path: Path) -> None:
    """A further field does not keep a reader from reading, and does not get into its message."""
    example = json.loads(path.read_text(encoding="utf-8"))
    body = json.dumps(example | {"added_later": {"by": "a newer writer"}}).encode()
    assert topic.message.from_bytes(body) == topic.message.from_bytes(path.read_bytes())


def test_a_writer_may_not_add_fields() -> None:
    """A message made with a field that the contract does not name is refused."""
    topic = topics()["receipts.recorded.v1"]
    example = json.loads((generate.EXAMPLES / topic.name / "accepted.json").read_text(encoding="utf-8"))
    with pytest.raises(ValidationError, match="surprise"):
        topic.message(**example, surprise=1)


def test_headers_are_a_cloudevents_envelope() -> None:
    """The headers carry CloudEvents 1.0 in binary mode and the trace."""
    topic = topics()["deliveries.status.v1"]
    message = topic.message.from_bytes((generate.EXAMPLES / topic.name / "held.json").read_bytes())
    at = datetime(2024, 3, 5, tzinfo=UTC)
    found = dict(envelope.headers(message, source="notifier", time=at, traceparent="00-a-b-01"))
    assert found["ce_specversion"] == b"1.0"
    assert found["ce_type"] == b"deliveries.status.v1"
    assert found["ce_id"] == message.event_id.encode()
    assert found["ce_time"] == b"2024-03-05T00:00:00+00:00"
    assert found["traceparent"] == b"00-a-b-01"
    assert list(found) == [name for name, _ in envelope.HEADERS]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_no_field_has_another_name_on_the_wire(topic: Topic) -> None:
    """Schemas are made with aliases and bodies without: a field that has one would not be what its schema says."""
    seen, left = set(), [topic.message]
    while left:
        model = left.pop()
        seen.add(model)
        for field in model.model_fields.values():
            assert field.alias is None
            left += [each for each in _models_in(field.annotation) if each not in seen]


def _models_in(annotation: object) -> list[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [each for argument in get_args(annotation) for each in _models_in(argument)]


def test_an_undeclared_class_has_no_topic() -> None:
    """Publishing a class that no topic declares fails and says where to declare it."""
    from contracts.message import Message

    with pytest.raises(LookupError, match="contracts/topics"):
        topic_of(Message)


def test_the_asyncapi_document_is_valid_and_whole() -> None:
    """The AsyncAPI document names every topic, and an operation for everybody who sends or receives today."""
    document = asyncapi.document("0")
    ApplicationSchema.model_validate(document)
    assert set(document["channels"]) == set(topics())
    parties = [(who, topic) for topic in TOPICS for who in (*topic.producers, *topic.consumers)]
    assert len(document["operations"]) == sum(who not in topic.planned for who, topic in parties)
