"""The compatibility gate: it lets additions pass and stops every kind of break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from contracts import generate, schemas
from contracts.compatibility import breaks, vanished
from contracts.notices import NoticeRouted
from contracts.topics import topics


class Old(BaseModel):
    """A released message."""

    id: str
    count: int
    note: str | None = None
    state: Literal["open", "done"] = "open"
    parts: tuple[str, ...] = ()


def _both_ways(new: type[BaseModel]) -> list[str]:
    def schema(model: type[BaseModel], mode: Any) -> dict[str, Any]:
        return model.model_json_schema(mode=mode)

    backward = breaks(schema(new, "validation"), schema(Old, "serialization"))
    forward = breaks(schema(Old, "validation"), schema(new, "serialization"))
    return backward + forward


def _changed(**fields: Any) -> type[BaseModel]:
    return create_model("New", __base__=Old, **fields)


def test_the_same_model_is_compatible_with_itself() -> None:
    """Nothing changed, nothing breaks."""
    assert _both_ways(Old) == []


def test_an_optional_field_may_be_added() -> None:
    """Old readers ignore it, new readers do without it."""
    assert _both_ways(_changed(extra=(str | None, None))) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"extra": (str, ...)}, "required by the reader"),
        ({"count": (str, ...)}, "is written"),
        ({"count": (int | None, None)}, "null"),
        ({"note": (str, ...)}, "null"),
        ({"state": (Literal["open"], "open")}, "may be written, not read"),
        ({"state": (Literal["open", "done", "late"], "open")}, "may be written, not read"),
        ({"state": (str, "open")}, "any value may be written"),
        ({"count": (int, Field(ge=1))}, "minimum"),
        ({"parts": (tuple[int, ...], ())}, "is written"),
    ],
    ids=["required", "retyped", "nullable", "not-null", "value-gone", "value-new", "opened", "bounded", "items"],
)
def test_a_breaking_change_is_found(fields: dict[str, Any], says: str) -> None:
    """Each kind of break is named, with the place where it is."""
    found = _both_ways(_changed(**fields))
    assert found
    assert any(says in each and each.startswith("$") for each in found)


def test_a_removed_field_is_found() -> None:
    """A field that old readers require may not go."""
    smaller = create_model("Smaller", id=(str, ...))
    assert any("$.count" in each for each in _both_ways(smaller))


def test_a_removed_optional_field_is_found() -> None:
    """Old readers would not refuse such messages, they would miss the field in silence; nested ones are seen too."""

    class Inner(BaseModel):
        kept: str
        gone: str | None = None

    class Before(BaseModel):
        note: str | None = None
        inner: Inner | None = None
        many: tuple[Inner, ...] = ()

    smaller = create_model("Inner", kept=(str, ...))
    after = create_model("After", inner=(smaller | None, None), many=(tuple[smaller, ...], ()))
    old, new = (model.model_json_schema(mode="serialization") for model in (Before, after))
    assert vanished(old, new) == [
        "$.note: no longer written",
        "$.inner.gone: no longer written",
        "$.many[].gone: no longer written",
    ]
    assert vanished(old, old) == []


@pytest.mark.parametrize("word", ["key", "partitions", "compacted", "envelope"])
def test_a_changed_declaration_of_a_released_topic_turns_the_gate_red(tmp_path: Path, word: str) -> None:
    """Another key, another number of partitions, other headers: consumers would read something else."""
    topic = topics()["notices.routed.v1"]
    folder = tmp_path / topic.name / "1"
    folder.mkdir(parents=True)
    for side, schema in (("written", schemas.written(topic)), ("read", schemas.read(topic))):
        (folder / f"{side}.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    (folder / "declared.json").write_text(json.dumps(schemas.declared(topic) | {word: "other"}), encoding="utf-8")
    (found,) = generate.incompatible(tmp_path)
    assert f"{word} was other" in found


def test_a_released_topic_may_not_go(tmp_path: Path) -> None:
    """A declaration that is deleted turns the gate red."""
    (tmp_path / "letters.sent.v1" / "1").mkdir(parents=True)
    assert generate.incompatible(tmp_path) == ["letters.sent.v1: it was released and is declared no more"]


def test_an_unknown_keyword_is_a_break() -> None:
    """What the comparison does not understand does not pass unseen."""
    assert breaks({"type": "string", "not": {}}, {"type": "string"})


def test_the_working_tree_keeps_every_released_version() -> None:
    """The gate passes, and at least one version of every topic was released."""
    assert generate.incompatible() == []
    assert {folder.name for folder in generate.RELEASED.iterdir()} == set(topics())


def test_generated_files_are_current() -> None:
    """The committed schemas and the AsyncAPI document say what the models say."""
    assert generate.stale() == []


def test_a_break_in_a_released_topic_turns_the_gate_red(tmp_path: Path) -> None:
    """A release that had a field which the model has not any more is reported, with its topic and version."""
    topic = topics()["notices.routed.v1"]
    folder = tmp_path / topic.name / "1"
    folder.mkdir(parents=True)
    for side, schema in (("written", schemas.written(topic)), ("read", schemas.read(topic))):
        schema["properties"]["gone"] = {"type": "string"}
        schema["required"].append("gone")
        (folder / f"{side}.schema.json").write_text(json.dumps(schema), encoding="utf-8")
        (folder / "declared.json").write_text(json.dumps(schemas.declared(topic)), encoding="utf-8")
    refused, missed = generate.incompatible(tmp_path)
    assert refused.startswith("notices.routed.v1 release 1: old readers refuse new messages: ")
    assert refused.endswith("$.gone: required by the reader, not always written")
    assert missed.endswith("readers miss what was written: $.gone: no longer written")


def test_a_released_example_that_cannot_be_read_turns_the_gate_red(tmp_path: Path) -> None:
    """Released examples are replayed through the current model."""
    topic = topics()["notices.routed.v1"]
    folder = tmp_path / topic.name / "1"
    (folder / "examples").mkdir(parents=True)
    for side, schema in (("written", schemas.written(topic)), ("read", schemas.read(topic))):
        (folder / f"{side}.schema.json").write_text(json.dumps(schema), encoding="utf-8")
        (folder / "declared.json").write_text(json.dumps(schemas.declared(topic)), encoding="utf-8")
    (folder / "examples" / "old.json").write_text('{"notice_id": 1}', encoding="utf-8")
    assert any("old.json" in each for each in generate.incompatible(tmp_path))
    assert NoticeRouted is topic.message
