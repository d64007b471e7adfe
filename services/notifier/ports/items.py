"""What an office is to get, as it comes into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from contracts.assignments import AssignmentRouted
from contracts.identity import recall_message_id, reminder_id
from contracts.notices import NoticeRecalled
from services.notifier.endpoint_options import EventType
from services.notifier.owed import DIGEST, DISABLED, OF_THEIR_OWN
from services.notifier.parcel import ASSIGNMENT_TYPE, DIGEST_TYPE, DISABLED_TYPE, RECALL_TYPE, REMINDER_TYPE

_TYPES_OF_THEIR_OWN: Final[Mapping[str, EventType]] = {DIGEST: DIGEST_TYPE, DISABLED: DISABLED_TYPE}


def item_id(assignment_id: str, recall_id: str | None, about: str | None = None) -> str:
    """The id under which the ledger keeps what an office is to get."""
    if about is not None and about not in OF_THEIR_OWN:
        return reminder_id(assignment_id, about)
    return recall_message_id(assignment_id, recall_id) if recall_id else assignment_id


class LedgerUnavailable(Exception):
    """The ledger's database does not answer, or not now: nothing was written; try again."""


@dataclass(frozen=True)
class Taken:
    """What one office is to get, with the body that its deliveries carry.

    An assignment, word of its recall, a reminder (`about` names it), an issuer's digest, or word that one of the
    office's endpoints was disabled, under its own id. `purged_at`: its text is not kept any more, since then.
    """

    assignment: AssignmentRouted
    body: bytes
    traceparent: str | None
    recall_id: str | None = None
    about: str | None = None
    purged_at: datetime | None = None

    @property
    def event_type(self) -> EventType:
        """The `type` of its body."""
        if self.about is not None:
            return _TYPES_OF_THEIR_OWN.get(self.about, REMINDER_TYPE)
        return RECALL_TYPE if self.recall_id else ASSIGNMENT_TYPE

    @cached_property
    def item_id(self) -> str:
        """The id under which it is kept: the assignment's own, or that of the message about it."""
        return item_id(self.assignment.assignment_id, self.recall_id, self.about)

    @property
    def is_copy(self) -> bool:
        """Whether it is the assignment itself."""
        return self.recall_id is None and self.about is None


@dataclass(frozen=True)
class Recalled:
    """A recall as it came in."""

    recall: NoticeRecalled
    traceparent: str | None
