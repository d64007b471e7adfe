"""What an issuer is told of its notice: which offices owe it what, since when."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from contracts.assignments import AssignmentRouted, Recipient
from services.notifier.owed import Track


class Office(BaseModel):
    """An office, as an issuer's digest names it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    recipient_id: str
    name: str


class Owing(BaseModel):
    """Offices that owe the same thing since the same moment; one that says a notice is misaddressed stands alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    owes: Track
    since: datetime
    offices: tuple[Office, ...]
    line: str | None = None
    reason: str | None = None


def as_issuers(copy: AssignmentRouted, issuer_id: str, digest_id: str) -> AssignmentRouted:
    """The notice of this copy as its issuer's, who has no task in it."""
    return copy.model_copy(
        update={
            "assignment_id": digest_id,
            "recipient": Recipient(recipient_id=issuer_id, name=copy.issuer or issuer_id, level="issuer"),
            "role": "biết",
            "because": (),
            "tasks": (),
            "deadline": None,
        }
    )
