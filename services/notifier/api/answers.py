"""What the routes answer, as models: the OpenAPI document is made of them, and the tests hold real answers to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.deliveries import EndpointKind
from services.notifier.audit import AuditRow
from services.notifier.endpoints import State
from services.notifier.keys import Scope
from services.notifier.ports import AttemptRow, BounceOutcome, DeliveryRow, OverdueRow, Pending
from services.notifier.retention import Hold


class Answer(BaseModel):
    """An answer has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Why a request was refused: a name for programs, what was wrong, and what to do."""

    error: str
    reason: str
    remedy: str


class EndpointAdded(Answer):
    """An endpoint that was asked for; `created` is false where the office had it. Secrets are told once, here."""

    endpoint_id: str
    recipient_id: str
    kind: EndpointKind
    state: State
    created: bool
    secret: str | None = None
    public_key: str | None = None


class EndpointListed(Answer):
    """An endpoint; what gives access is masked in its target."""

    endpoint_id: str
    recipient_id: str
    kind: EndpointKind
    url: str | None = None
    address: str | None = None
    name: str | None
    state: State
    place: int
    verified: bool
    information: bool
    options: dict[str, Any]
    failures: int
    failing_since: datetime | None
    created_at: datetime


class EndpointList(Answer):
    """Endpoints, oldest first."""

    endpoints: list[EndpointListed]


class EndpointShown(EndpointListed):
    """An endpoint with its public key, and which credentials it has."""

    old_secret_until: datetime | None
    verification: Pending | None
    readable: bool
    public_key: str | None = None
    headers: list[str] = []
    basic: bool = False
    client_certificate: bool = False
    own_ca: bool = False


class EndpointChanged(Answer):
    """Which fields were given."""

    endpoint_id: str
    changed: list[str]


class EndpointRotated(Answer):
    """The new secret, told once, and until when the old one signs as well."""

    endpoint_id: str
    secret: str | None = None
    public_key: str | None = None
    old_until: datetime | None


class EndpointState(Answer):
    """The state that it has now."""

    endpoint_id: str
    state: State


class EndpointAsked(Answer):
    """What came of a challenge: `ok` where a webhook answered it, or a mail server took the mail."""

    endpoint_id: str
    state: State
    ok: bool
    reason: str
    detail: str | None


class EndpointInformation(Answer):
    """Whether it takes copies for information only."""

    endpoint_id: str
    information: bool


class EndpointTested(Answer):
    """How the test went."""

    endpoint_id: str
    ok: bool
    reason: str
    detail: str | None


class LastAttemptTold(Answer):
    """The last attempt at an endpoint."""

    at: datetime
    result: Literal["delivered", "retrying", "failed"]
    reason: str


class EndpointFaring(Answer):
    """How an endpoint fares; `delivered`, `failed` and the durations are of attempts, `oldest_at` of what is open."""

    endpoint_id: str
    recipient_id: str
    kind: EndpointKind
    url: str | None = None
    address: str | None = None
    name: str | None
    state: State
    place: int
    failures: int
    failing_since: datetime | None
    left_alone_until: datetime | None
    last_success_at: datetime | None
    last_attempt: LastAttemptTold | None
    open: int
    oldest_at: datetime | None
    delivered: int
    failed: int
    median_ms: float | None
    p95_ms: float | None


class EndpointsHealth(Answer):
    """How endpoints fare, the worst first; attempts are counted since that moment, a day ago at most."""

    since: datetime
    endpoints: list[EndpointFaring]


class EndpointsResealed(Answer):
    """How many were sealed anew, and which cannot be opened."""

    resealed: int
    unreadable: list[str]


class ReceiptMade(Answer):
    """The receipt that stands."""

    receipt_id: str
    at: datetime


class OverdueList(Answer):
    """Offices that are late."""

    overdue: list[OverdueRow]


class DeliveryList(Answer):
    """Deliveries, newest change first."""

    deliveries: list[DeliveryRow]


class DeliveryShown(Answer):
    """A delivery with every attempt, oldest first."""

    delivery_id: str
    assignment_id: str
    notice_id: str
    recipient_id: str
    endpoint_id: str | None
    status: str
    reason: str
    detail: str | None
    attempt: int
    next_attempt_at: datetime | None
    changed_at: datetime
    recall_id: str | None
    about: str | None
    purged_at: datetime | None
    attempts: list[AttemptRow]


class DeadReplayed(Answer):
    """How many fitted and are tried again; `left`: those that cannot be; `deliveries`: in a trial run, those found."""

    found: int
    replayed: int
    left: list[DeliveryRow] = []
    deliveries: list[DeliveryRow] = []


class BalanceTold(Answer):
    """Assignments by state."""

    assignments: int
    delivered: int
    failed: int
    held: int
    in_flight: int
    cancelled: int
    balanced: bool


class BounceTaken(Answer):
    """What the mail did."""

    outcome: BounceOutcome


class KeyListed(Answer):
    """A key without what opens anything."""

    key_id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    last_used: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    per_minute: int | None


class KeyMade(KeyListed):
    """A new key, told once, here."""

    key: str


class KeyList(Answer):
    """Keys, oldest first."""

    keys: list[KeyListed]


class KeyRevoked(Answer):
    """Since when it opens nothing."""

    key_id: str
    revoked_at: datetime


class AuditList(Answer):
    """Changes, newest first."""

    audit: list[AuditRow]


class Purged(Answer):
    """How many of each kind: answers, bodies, names, addresses in the audit trail."""

    answers: int
    bodies: int
    names: int
    audit: int


class KeepDays(Answer):
    """For how many days each is kept; null: for good."""

    answers: float | None
    bodies: float | None
    names: float | None
    audit: float | None


class RetentionTold(Answer):
    """Periods, what would go now (`more`: at least so many), and notices that are held back."""

    keep_days: KeepDays
    due: Purged
    more: bool
    holds: list[Hold]


class RetentionRun(Answer):
    """What was purged, or would be; `more`: call again."""

    purged: Purged
    more: bool
    dry_run: bool


class HoldReleased(Answer):
    """Since when it may be purged again."""

    notice_id: str
    released_at: datetime
