"""Assignments written at once: of ten thousand copies of one notice, nearly all of the text is the same.

What is the same the model writes once, and each recipient once; the bytes are those that it would write for each copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from contracts.assignments import AssignmentRouted, Recipient
from contracts.message import Written

_RECIPIENTS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Stencil:
    """The text of an assignment around its id and its recipient."""

    before: bytes
    between: bytes
    after: bytes

    @classmethod
    def of(cls, assignment: AssignmentRouted) -> Stencil:
        """The stencil of all assignments that tell other recipients the same.

        The id stands first. Quotation marks within a text are escaped, so that the field is what is found here.
        """
        before, _, rest = assignment.to_bytes().partition(assignment.assignment_id.encode())
        between, _, after = rest.partition(recipient_text(**dict(assignment.recipient)))
        return cls(before, between, after)

    def fill(self, assignment_id: str, recipient_id: str, recipient: bytes) -> Written:
        """The assignment with an id of `contracts.identity`, to the recipient of this `recipient_text`."""
        body = b"".join((self.before, assignment_id.encode(), self.between, recipient, self.after))
        return Written(AssignmentRouted, recipient_id, assignment_id, body)


@lru_cache(_RECIPIENTS_KEPT)
def recipient_text(recipient_id: str, name: str, level: str, province: str | None) -> bytes:
    """What the model writes of a recipient; kept, since the same offices get notice after notice."""
    recipient = Recipient(recipient_id=recipient_id, name=name, level=level, province=province)
    return recipient.model_dump_json().encode()
