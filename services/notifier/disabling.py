"""What an office is told, by its other endpoints, of one that was disabled."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from contracts.assignments import AssignmentRouted, Recipient
from contracts.deliveries import EndpointKind
from contracts.notices import Original

_NOTHING: Final = Original(url="", file_name="", media_type="", size_bytes=0)


class Disabling(BaseModel):
    """Which endpoint was disabled at what moment, and why. `target` is masked; `failures`: attempts in a row."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    endpoint_id: str
    kind: EndpointKind
    target: str
    name: str | None
    failing_since: datetime
    failures: int
    cause: str
    disabled_at: datetime


def as_item(disabling_id: str, office: Recipient) -> AssignmentRouted:
    """What the ledger keeps such a message as: it is of no notice, goes to this office, and is not left out."""
    return AssignmentRouted(
        assignment_id=disabling_id,
        notice_id=disabling_id,
        revision=1,
        document_id="",
        number=None,
        doc_type=None,
        issuer=None,
        issued_on=None,
        subject=None,
        urgency="thường",
        recipient=office,
        role="thực hiện",
        because=(),
        tasks=(),
        original=_NOTHING,
        directory_version="",
    )
