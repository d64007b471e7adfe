"""Does a reader accept everything that a writer may write? Answered from their JSON Schemas alone.

Covers the part of JSON Schema that our models generate: types, enumerations, constants, unions,
references, objects, maps, arrays, formats, patterns and lower or upper bounds. A keyword that it does
not know is a break, so that a new one cannot slip through unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_PLAIN = {"$id", "title", "description", "default", "$defs", "examples", "deprecated"}
_KNOWN = _PLAIN | {
    "$ref", "anyOf", "type", "enum", "const", "format", "pattern", "properties", "required", "items",
    "additionalProperties", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
}  # fmt: skip


def breaks(reader: Schema, writer: Schema) -> list[str]:
    """What the writer may write that the reader would refuse; empty where it accepts everything."""
    return list(_Comparison(reader.get("$defs", {}), writer.get("$defs", {})).between(reader, writer, "$"))


def vanished(old: Schema, new: Schema) -> list[str]:
    """Fields that the old writer wrote and the new one does not: readers that use them would miss them in silence."""
    return list(_vanished(old, new, old.get("$defs", {}), new.get("$defs", {}), "$"))


def _vanished(
    old: Schema, new: Schema, old_defs: dict[str, Schema], new_defs: dict[str, Schema], at: str
) -> Iterator[str]:
    old, new = _object_of(_resolved(old, old_defs), old_defs), _object_of(_resolved(new, new_defs), new_defs)
    for name, was in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield from _vanished(was, new["properties"][name], old_defs, new_defs, f"{at}.{name}")
        else:
            yield f"{at}.{name}: no longer written"
    if "items" in old:
        yield from _vanished(old["items"], new.get("items", {}), old_defs, new_defs, f"{at}[]")


def _object_of(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """Of 'this or nothing', this."""
    alternatives = [_resolved(each, definitions) for each in schema.get("anyOf", ())]
    return next((each for each in alternatives if "properties" in each or "items" in each), schema)


class _Comparison:
    def __init__(self, reader_defs: dict[str, Schema], writer_defs: dict[str, Schema]) -> None:
        self._reader_defs = reader_defs
        self._writer_defs = writer_defs

    def between(self, reader: Schema, writer: Schema, at: str) -> Iterator[str]:
        reader = _resolved(reader, self._reader_defs)
        writer = _resolved(writer, self._writer_defs)
        yield from (f"{at}: keyword {each!r} cannot be compared" for each in sorted({*reader, *writer} - _KNOWN))
        if "anyOf" in writer:
            for alternative in writer["anyOf"]:
                yield from self.between(reader, alternative, at)
        elif "anyOf" in reader:
            yield from self._any(reader["anyOf"], writer, at)
        elif "enum" in writer or "const" in writer:
            yield from _enumerated(reader, writer, at)
        else:
            yield from self._typed(reader, writer, at)

    def _any(self, alternatives: list[Schema], writer: Schema, at: str) -> Iterator[str]:
        tried = [list(self.between(alternative, writer, at)) for alternative in alternatives]
        if all(tried):
            yield min(tried, key=len)[0]

    def _typed(self, reader: Schema, writer: Schema, at: str) -> Iterator[str]:
        if "enum" in reader or "const" in reader:
            yield f"{at}: any value may be written, only {_values(reader)} are read"
        wanted, given = reader.get("type"), writer.get("type")
        if wanted is not None and wanted != given and (wanted, given) != ("number", "integer"):
            yield f"{at}: {given or 'anything'} is written, {wanted} is read"
            return
        yield from _bounds(reader, writer, at)
        yield from self._members(reader, writer, at)
        if "items" in reader:
            yield from self.between(reader["items"], writer.get("items", {}), f"{at}[]")

    def _members(self, reader: Schema, writer: Schema, at: str) -> Iterator[str]:
        always = set(writer.get("required", ()))
        for name in reader.get("required", ()):
            if name not in always:
                yield f"{at}.{name}: required by the reader, not always written"
        written = writer.get("properties", {})
        for name, wanted in reader.get("properties", {}).items():
            if name in written:
                yield from self.between(wanted, written[name], f"{at}.{name}")
        values = reader.get("additionalProperties")
        if isinstance(values, dict):
            yield from self.between(values, writer.get("additionalProperties") or {}, f"{at}.*")


def _resolved(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema


def _values(schema: Schema) -> list[Any]:
    return list(schema["enum"]) if "enum" in schema else [schema["const"]]


def _enumerated(reader: Schema, writer: Schema, at: str) -> Iterator[str]:
    if "enum" in reader or "const" in reader:
        unread = [value for value in _values(writer) if value not in _values(reader)]
        if unread:
            yield f"{at}: {unread} may be written, not read"
    elif reader.get("type") not in (None, writer.get("type")):
        yield f"{at}: {writer.get('type')} is written, {reader['type']} is read"


def _bounds(reader: Schema, writer: Schema, at: str) -> Iterator[str]:
    for word in ("format", "pattern"):
        if word in reader and reader[word] != writer.get(word):
            yield f"{at}: the reader wants {word} {reader[word]!r}"
    for word, tighter in (("minimum", -1), ("exclusiveMinimum", -1), ("minLength", -1)):
        yield from _bound(reader, writer, at, word, tighter)
    for word, tighter in (("maximum", 1), ("exclusiveMaximum", 1), ("maxLength", 1)):
        yield from _bound(reader, writer, at, word, tighter)


def _bound(reader: Schema, writer: Schema, at: str, word: str, tighter: int) -> Iterator[str]:
    if word in reader and (word not in writer or (writer[word] - reader[word]) * tighter > 0):
        yield f"{at}: the reader wants {word} {reader[word]}"
