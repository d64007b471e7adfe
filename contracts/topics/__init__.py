"""Every topic, declared once, in one YAML file beside this module.

Topic creation, the AsyncAPI document, the schemas and the tables in the documentation all come from
these declarations. A file names the topic, its message class, key, owner, producers, consumers (and who of
both is planned and not there yet), partitions, retention in days (null: without end) and whether the topic
is compacted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from contracts.message import Message

FOLDER = Path(__file__).parent
DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True)
class Topic:
    """One declared topic. `retention_days` is None where records are kept without end."""

    name: str
    summary: str
    message: type[Message]
    key: str
    owner: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    planned: frozenset[str]
    partitions: int
    retention_days: int | None
    compacted: bool

    @property
    def dead_letters(self) -> str:
        """The topic where records go that could not be read, whole."""
        return self.name + DEAD_LETTER_SUFFIX

    @property
    def schema_id(self) -> str:
        """The CloudEvents `dataschema` of this topic's messages."""
        return f"urn:noinhan:schema:{self.name}"


@cache
def topics() -> Mapping[str, Topic]:
    """All declared topics by name, in the order of their names."""
    declared = (_read(path) for path in sorted(FOLDER.glob("*.yaml")))
    return MappingProxyType({topic.name: topic for topic in declared})


@cache
def topic_of(message: type[Message]) -> Topic:
    """The topic that carries this message class. Raises LookupError where none declares it."""
    for topic in topics().values():
        if topic.message is message:
            return topic
    raise LookupError(f"no file in contracts/topics declares a topic for {message.__name__}")


def _read(path: Path) -> Topic:
    fields: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    module, _, name = fields["message"].partition(":")
    return Topic(
        name=fields["topic"],
        summary=fields["summary"],
        message=getattr(import_module(module), name),
        key=fields["key"],
        owner=fields["owner"],
        producers=tuple(fields["producers"]),
        consumers=tuple(fields["consumers"]),
        planned=frozenset(fields["planned"]),
        partitions=fields["partitions"],
        retention_days=fields["retention_days"],
        compacted=fields["compacted"],
    )
