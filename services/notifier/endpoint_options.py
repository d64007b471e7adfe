"""What an office may choose for one of its endpoints: how it is signed, how much, how often, and what it gets."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Final, Literal
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.assignments import AssignmentRouted, Role
from contracts.notices import Urgency
from services.notifier.calendar.digest import Digest
from services.notifier.calendar.quiet import QuietHours

Scheme = Literal["v1", "v1a", "both"]
"""How webhooks are signed: HMAC-SHA256, ed25519, or with both."""
BodyKind = Literal["auto", "full", "thin"]
"""The whole assignment, an event with a link to it, or the whole one while it is short."""
EventType = Literal[
    "assignments.routed.v1",
    "notices.recalled.v1",
    "assignments.reminder.v1",
    "notices.overdue.v1",
    "endpoint.disabled",
]
OF_ENDPOINTS: Final[frozenset[EventType]] = frozenset({"endpoint.disabled"})
"""What is about no notice: of the filters only `event_types` asks for it."""

FILTERED: Final = "filtered"
"""The reason with which an assignment ends that every endpoint of its office filters away."""

_Word = Annotated[str, Field(min_length=1, max_length=300)]
_Seconds = Annotated[float, Field(gt=0, le=7 * 86_400, allow_inf_nan=False)]
_MOST_WORDS: Final = 100
_MOST_TRIES: Final = 50


class Filters(BaseModel):
    """What an endpoint gets: an empty list lets everything through, of several lists each must let it through.

    Words are compared whole, whatever their case. A `purpose` is that of the line which names the office.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_types: tuple[EventType, ...] = Field(default=(), max_length=_MOST_WORDS)
    issuers: tuple[_Word, ...] = Field(default=(), max_length=_MOST_WORDS)
    doc_types: tuple[_Word, ...] = Field(default=(), max_length=_MOST_WORDS)
    urgencies: tuple[Urgency, ...] = Field(default=(), max_length=_MOST_WORDS)
    purposes: tuple[_Word, ...] = Field(default=(), max_length=_MOST_WORDS)
    roles: tuple[Role, ...] = Field(default=(), max_length=_MOST_WORDS)
    provinces: tuple[_Word, ...] = Field(default=(), max_length=_MOST_WORDS)

    def let_through(self, assignment: AssignmentRouted, event_type: EventType) -> bool:
        """Whether the endpoint wants this assignment, or word of its recall, or of another endpoint."""
        if event_type in OF_ENDPOINTS:
            return not self.event_types or event_type in self.event_types
        return all(
            not wanted or not _words(wanted).isdisjoint(_words(found))
            for wanted, found in (
                (self.event_types, (event_type,)),
                (self.issuers, (assignment.issuer,)),
                (self.doc_types, (assignment.doc_type,)),
                (self.urgencies, (assignment.urgency,)),
                (self.purposes, (each.purpose for each in assignment.because)),
                (self.roles, (assignment.role,)),
                (self.provinces, (assignment.recipient.province,)),
            )
        )


NO_FILTERS: Final = Filters()


class EndpointOptions(BaseModel):
    """What differs from the defaults at one endpoint. None: as the notifier's settings say, or no limit.

    An e-mail endpoint has `filters`, `quiet`, `ordered`, `per_minute` and `digest`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    signature: Scheme = "v1"
    body: BodyKind = "auto"
    timeout_s: float | None = Field(default=None, ge=1, allow_inf_nan=False, description="of one attempt")
    schedule_s: tuple[_Seconds, ...] | None = Field(
        default=None, max_length=_MOST_TRIES, description="waits between tries; empty: there is only one"
    )
    filters: Filters = NO_FILTERS
    quiet: QuietHours | None = None
    ordered: bool = Field(default=False, description="one at a time, a later notice after the earlier one")
    digest: Digest | None = Field(default=None, description="notices but hỏa tốc wait for the end of a window")
    per_minute: int | None = Field(default=None, ge=1, le=100_000, description="messages in any minute, at most")

    def stored(self) -> str | None:
        """As the ledger keeps it: JSON without what is default; None where nothing differs."""
        return None if self == DEFAULT else self.model_dump_json(exclude_defaults=True)


DEFAULT: Final = EndpointOptions()


@lru_cache(maxsize=4_096)
def options_of(stored: str | None) -> EndpointOptions:
    """Read what `stored` wrote; fields and values that only a newer version knows are left out."""
    if stored is None:
        return DEFAULT
    try:
        return EndpointOptions.model_validate_json(stored, extra="ignore")
    except ValidationError as error:
        unknown = {each["loc"][0] for each in error.errors()}
        known = {name: value for name, value in json.loads(stored).items() if name not in unknown}
        return EndpointOptions.model_validate(known, extra="ignore")


def _words(written: Iterable[str | None]) -> frozenset[str]:
    return frozenset(normalize("NFC", each).casefold().strip() for each in written if each)
