"""The base of every message: frozen, closed when written, open when read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen piece of a message. A writer may not add fields that the contract does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Part, ABC):
    """A whole message body, as it travels on one topic."""

    @property
    @abstractmethod
    def key(self) -> str:
        """The record key: the field that `contracts/topics/` names for this message's topic."""

    @property
    @abstractmethod
    def event_id(self) -> str:
        """The CloudEvents id: from content, so that a replayed event carries the same one."""

    def to_bytes(self) -> bytes:
        """The body as UTF-8 JSON."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Read a body, ignoring fields that a newer writer added.

        Raises pydantic.ValidationError where the body is not JSON or does not fit the contract.
        """
        return cls.model_validate_json(body, extra="ignore")


class Written(NamedTuple):
    """A message as it travels: its class, what it says of itself, and the body that its model writes."""

    kind: type[Message]
    key: str
    event_id: str
    body: bytes

    def to_bytes(self) -> bytes:
        """The body as UTF-8 JSON."""
        return self.body


def kind_of(message: Message | Written) -> type[Message]:
    """The message's class."""
    return message.kind if isinstance(message, Written) else type(message)
