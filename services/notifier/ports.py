"""What the notifier asks of its ledger and of its channels, in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple, Protocol

from contracts.assignments import AssignmentRouted
from contracts.deliveries import EndpointKind, Status
from contracts.identity import recall_message_id, reminder_id
from contracts.message import Message, Written
from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptRecorded
from services.notifier.audit import AuditQuery, AuditRow, Deed
from services.notifier.balance import Balance
from services.notifier.endpoint_health import EndpointHealth
from services.notifier.endpoint_options import EventType
from services.notifier.endpoints import Endpoint, State
from services.notifier.evidence import EvidencePage
from services.notifier.keys import ApiKey
from services.notifier.outcome import Answer, Verdict
from services.notifier.owed import DIGEST, DISABLED, OF_THEIR_OWN, Terms, Track
from services.notifier.parcel import ASSIGNMENT_TYPE, DIGEST_TYPE, DISABLED_TYPE, RECALL_TYPE, REMINDER_TYPE, Parcel
from services.notifier.retention import Due, Hold, Mark, What


def item_id(assignment_id: str, recall_id: str | None, about: str | None = None) -> str:
    """The id under which the ledger keeps what an office is to get."""
    if about is not None and about not in OF_THEIR_OWN:
        return reminder_id(assignment_id, about)
    return recall_message_id(assignment_id, recall_id) if recall_id else assignment_id


_TYPES_OF_THEIR_OWN: Final[Mapping[str, EventType]] = {DIGEST: DIGEST_TYPE, DISABLED: DISABLED_TYPE}
BOUNCED: Final = "bounced"
"""The reason with which a delivery fails that a mail server had taken."""
BounceEffect = Literal["failed", "repeated", "over", "unknown"]
BounceOutcome = Literal["failed", "repeated", "over", "unknown", "delayed", "ignored"]
"""`delayed`: the report tells of no end yet; `ignored`: the mail is no report."""
LARGEST_MAIL: Final = 1_048_576
"""Bytes of a returned mail that are read: its report stands before the letter."""


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

    @property
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


class Claim(NamedTuple):
    """The right to make one attempt, until its lease ends or `fence` is outdated.

    `attempt` counts from 1 and is the number of the attempt to make; `tries` does so since the schedule was begun.
    `reclaimed`: an earlier claim's lease ran out or its attempt was cut off, so the other side may have seen this
    parcel already. `recall_id`: the recall that the parcel tells of; `about`: the reminder that it carries, or that it
    is a digest, or word of a disabled endpoint; both None where it carries the assignment itself. `bundle`: the id of
    the message that it shares with others; `members`: the claims that a claim on a whole bundle stands for.
    """

    parcel: Parcel
    assignment_id: str
    notice_id: str
    revision: int
    recipient_name: str
    attempt: int
    tries: int
    fence: int
    taken_at: datetime
    reclaimed: bool
    recall_id: str | None = None
    about: str | None = None
    bundle: str | None = None
    members: tuple[Claim, ...] = ()

    @property
    def item_id(self) -> str:
        """The id of what the parcel carries: the assignment's, or that of the message about it."""
        return item_id(self.assignment_id, self.recall_id, self.about)

    @property
    def is_copy(self) -> bool:
        """Whether the parcel carries the assignment itself."""
        return self.recall_id is None and self.about is None


@dataclass(frozen=True)
class Room:
    """What a delivery loop can take at once: so many claims, so many of them of one endpoint, for so long."""

    want: int
    per_endpoint: int
    lease: timedelta


@dataclass(frozen=True)
class TakenIn:
    """How many assignments were new, claims on those of their deliveries that need not wait, how many others do."""

    new: int
    claims: Sequence[Claim] = ()
    waiting: int = 0


class Outcome(NamedTuple):
    """How one attempt ended: what was decided `at` which moment, the other side's answer, and the receipt in it."""

    claim: Claim
    verdict: Verdict
    body: str | None
    at: datetime
    duration_ms: float
    receipt: ReceiptRecorded | None = None


@dataclass(frozen=True)
class Waiting:
    """A message of the outbox, not yet on Kafka, as it will travel."""

    outbox_id: int
    written: Written
    traceparent: str | None

    @property
    def message(self) -> Message:
        """The message, read back."""
        return self.written.kind.from_bytes(self.written.body)


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery as the ledger holds it. `purged_at`: what it carries is not kept any more, since then."""

    delivery_id: str
    assignment_id: str
    notice_id: str
    recipient_id: str
    endpoint_id: str | None
    status: Status
    reason: str
    detail: str | None
    attempt: int
    next_attempt_at: datetime | None
    changed_at: datetime
    recall_id: str | None = None
    about: str | None = None
    purged_at: datetime | None = None


@dataclass(frozen=True)
class DeliveryQuery:
    """Which deliveries to list, newest change first; None means any. since: of the last change."""

    delivery_id: str | None = None
    assignment_id: str | None = None
    notice_id: str | None = None
    recipient_id: str | None = None
    status: Status | None = None
    reason: str | None = None
    since: datetime | None = None
    limit: int = 100


@dataclass(frozen=True)
class AttemptRow:
    """One attempt as the ledger holds it; `body` is what the other side answered, at most 4 kB, redacted."""

    attempt: int
    result: str
    reason: str
    body: str | None
    duration_ms: float
    at: datetime


class Inbox(Protocol):
    """Assignments come in."""

    async def take(
        self, arrived: Sequence[Taken], now: datetime, room: Mapping[EndpointKind, Room] | None = None
    ) -> TakenIn:
        """Store assignments and one delivery per endpoint. Durable on return.

        The deliveries of a notice that was recalled or replaced before are cancelled from the start. Where nothing
        of a kind waits to be claimed, new deliveries are claimed at once as far as there is `room`; they are told of
        when their attempt has ended, not as queued.
        """
        ...

    async def body(self, item_id: str) -> bytes | None:
        """What the deliveries of an item carry, an assignment or a message about one; None where it is not kept."""
        ...

    async def taken(self, assignment_id: str) -> Taken | None:
        """An assignment that came in; None where it never did."""
        ...

    async def copy_of(self, recipient_id: str, number: str, issued_on: date) -> Taken | None:
        """The last copy of the notice of this number and date that came in for an office; None where none did."""
        ...


class Recalls(Protocol):
    """Issuers take back, replace or update what they sent."""

    async def recall(self, said: Sequence[Recalled], now: datetime) -> int:
        """Carry out recalls; answer how many were new. Durable on return.

        Of what was recalled or replaced, every delivery that is not over is cancelled. Every office that has its
        copy is told, whichever of the three it is; one whose attempt is in flight, or that is served later (updated),
        once it has it.
        """
        ...

    async def recalls(self, notice_id: str, revision: int) -> Sequence[NoticeRecalled]:
        """What was said of this revision of a notice, oldest first."""
        ...


class Claims(Protocol):
    """Deliveries are claimed, tried, and their outcomes written down."""

    async def claim(
        self, kind: EndpointKind, want: int, per_endpoint: int, lease: timedelta, now: datetime
    ) -> Sequence[Claim]:
        """Lease at most `want` due deliveries: hỏa tốc first, then endpoints in turn, few at a time each.

        Of a bundle all members that are due are leased, or none.
        """
        ...

    async def record(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Write outcomes down in one transaction; answer those that were ignored because their claim was stale.

        What an office said in its answer is written down either way.
        """
        ...

    async def release(self, claims: Sequence[Claim], now: datetime, *, begun: bool) -> None:
        """Give claims back. `begun`: their attempts were cut off, so the next claims are `reclaimed`."""
        ...

    async def postpone(self, claims: Sequence[tuple[Claim, datetime]], now: datetime) -> None:
        """Give claims back untried, each due at its own moment; no attempt is counted."""
        ...


class EndpointBook(Protocol):
    """Where offices take their copies. A `deed` is written into the audit trail with the change, or not at all."""

    async def add(self, endpoints: Sequence[Endpoint], now: datetime, deed: Deed | None = None) -> Sequence[Endpoint]:
        """Add endpoints and queue what was held for want of one.

        Answers, place by place, the endpoint that stands: the given one, or the one that the office
        already had with this kind and target.
        """
        ...

    async def endpoints(self, recipient_id: str | None, limit: int) -> Sequence[Endpoint]:
        """Endpoints that are not removed, oldest first."""
        ...

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """One endpoint; None where there is none or it was removed."""
        ...

    async def amend(self, changes: Sequence[tuple[Endpoint, Endpoint]], deed: Deed | None = None) -> Sequence[str]:
        """Write what differs in name, options, secrets, credentials or place, of pairs: as it was, as it is to be.

        Answers the ids of those that were written: not where somebody else changed the same meanwhile.
        """
        ...

    async def set_state(
        self, endpoint_id: str, state: State, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        """Change an endpoint's state and hold, queue or cancel its open deliveries; None where there is none.

        Where it is to be active and was never verified, it is `unverified`.
        """
        ...

    async def set_information(
        self, endpoint_id: str, now: datetime, *, takes: bool, deed: Deed | None = None
    ) -> Endpoint | None:
        """Whether an endpoint takes copies for information only (`can_be_left_out`); None where there is none.

        Where it does not, those that wait and those that come are cancelled as `unsubscribed`. One in flight, and
        word of a recall, still goes.
        """
        ...


class Ask(NamedTuple):
    """A challenge to be sent to an endpoint that has to prove itself, which is try number `tries` (from 1)."""

    endpoint: Endpoint
    challenge: str
    until: datetime
    tries: int


@dataclass(frozen=True)
class Pending:
    """How far the verification of an endpoint is: tries made, the last one and what came of it, when the next is."""

    tries: int
    tried_at: datetime | None
    reason: str | None
    next_at: datetime | None


class Proofs(Protocol):
    """Endpoints that have to prove that they want their office's copies. What is kept of a challenge is its hash."""

    async def ask(
        self, challenges: Sequence[str], lease: timedelta, now: datetime, endpoint_id: str | None = None
    ) -> Sequence[Ask]:
        """Use these challenges for endpoints that are to be asked now, the longest due first; one for each, leased.

        With `endpoint_id`: for this one, whenever it is due. Nobody else asks it while the lease runs. An earlier
        challenge is worth nothing any more.
        """
        ...

    async def unproven(self, ask: Ask, reason: str, next_at: datetime | None) -> bool:
        """Write down that this try proved nothing yet, and when the next one is; False where it is outdated."""
        ...

    async def prove(
        self, endpoint_id: str, challenge: str | None, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        """Let an endpoint count as verified; where it was `unverified` it is active.

        What was held for it is queued then, but for what its office has by another way.

        `challenge`: the one that was answered; None: an operator vouches for it. None is answered where the
        challenge is not the one that was sent last, or is over, and where nothing was to be proven.
        """
        ...

    async def pending(self, endpoint_id: str) -> Pending | None:
        """How far the verification is; None where nothing is to be proven."""
        ...


class ReceiptBook(Protocol):
    """What offices said."""

    async def receive(self, receipt: ReceiptRecorded, traceparent: str | None, deed: Deed | None = None) -> bool:
        """Write a receipt down; False where it was there already, or repeats the last one of its link."""
        ...

    async def receipts(self, assignment_id: str) -> Sequence[ReceiptRecorded]:
        """The receipts of one assignment, oldest first."""
        ...


@dataclass(frozen=True)
class Rung:
    """What came of one look at the clocks: how many were due, and what was done.

    `late`: offices that became late; `unheard`: those whose issuer is not known; `digests`: messages to issuers.
    """

    taken: int = 0
    reminded: int = 0
    late: int = 0
    unheard: int = 0
    digests: int = 0


@dataclass(frozen=True)
class OverdueQuery:
    """Which overdue words to list, longest overdue first; None means any."""

    notice_id: str | None = None
    recipient_id: str | None = None
    issuer_id: str | None = None
    limit: int = 100


@dataclass(frozen=True)
class OverdueRow:
    """One office that owes something: what, since when, and the digest that told its issuer; None: not told."""

    assignment_id: str
    notice_id: str
    number: str | None
    recipient_id: str
    recipient_name: str
    owes: Track
    since: datetime
    issuer_id: str | None
    digest_id: str | None


class Clocks(Protocol):
    """What offices owe once they have their copies."""

    async def ring(self, terms: Terms, now: datetime, most: int) -> Rung:
        """Do what is due, of at most `most` clocks, in one transaction: remind offices, tell issuers.

        Each step of each clock is taken once, whoever asks.
        """
        ...

    async def overdue(self, query: OverdueQuery, now: datetime) -> Sequence[OverdueRow]:
        """What is owed and was not given by its time, longest overdue first. Who is misaddressed owes nothing."""
        ...


class Outbox(Protocol):
    """Messages that were decided with the ledger and must reach Kafka."""

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        """The oldest messages not yet published, in order."""
        ...

    async def published(self, outbox_ids: Sequence[int]) -> None:
        """Forget messages that Kafka confirmed."""
        ...


HEALTH_WINDOW: Final = timedelta(hours=24)
"""How far back attempts are counted."""


@dataclass(frozen=True)
class HealthQuery:
    """Which endpoints to look at; None means any. failing: only those whose last attempt failed."""

    recipient_id: str | None = None
    failing: bool = False
    limit: int = 100


@dataclass(frozen=True)
class HealthReport:
    """How endpoints fare, the worst first; attempts are counted `since` that moment."""

    since: datetime
    endpoints: Sequence[EndpointHealth]


class Reports(Protocol):
    """Questions that change nothing."""

    async def deliveries(self, query: DeliveryQuery) -> Sequence[DeliveryRow]:
        """Deliveries that fit the query."""
        ...

    async def balance(self, notice_id: str | None) -> Balance:
        """The books, of one notice or of all."""
        ...

    async def counts(self) -> tuple[Mapping[Status, int], int]:
        """Deliveries by status, and messages in the outbox."""
        ...

    async def health(self, query: HealthQuery, now: datetime) -> HealthReport:
        """How endpoints that are not removed fare."""
        ...

    async def answers(self) -> str | None:
        """None where the ledger answers, else what is wrong: a readiness check."""
        ...


class Repairs(Protocol):
    """What an operator does about deliveries that did not come through."""

    async def attempts(self, delivery_id: str) -> Sequence[AttemptRow]:
        """Every attempt of one delivery, oldest first."""
        ...

    async def retry(
        self, delivery_ids: Sequence[str], now: datetime, pace_s: float = 0.0, deed: Deed | None = None
    ) -> Sequence[str]:
        """Begin the schedules of deliveries anew, one every `pace_s`; answer the ids of those that can be tried.

        Those are failed, or wait for a try that is not in flight; their endpoint stands (where it is paused they are
        held), their notice is in force and its text still kept. They keep their ids.
        """
        ...

    async def give_up(self, delivery_ids: Sequence[str], now: datetime, deed: Deed | None = None) -> Sequence[str]:
        """Cancel deliveries; answer the ids of those that were neither delivered nor cancelled before."""
        ...


class Bounces(Protocol):
    """Mail comes back."""

    async def bounce(self, delivery_id: str, words: str, now: datetime, deed: Deed | None = None) -> BounceEffect:
        """Let a delivery fail that a mail server had taken, with the words of its report.

        `unknown`: there is no such delivery by e-mail, or none was tried; `repeated`: it bounced before; `over`: it
        was given up already.
        """
        ...


class KeyBook(Protocol):
    """Who may do what over HTTP."""

    async def add_key(self, key: ApiKey, deed: Deed) -> None:
        """Keep a new key."""
        ...

    async def keys(self) -> Sequence[ApiKey]:
        """All keys, oldest first, those that were revoked or expired too."""
        ...

    async def key(self, key_id: str) -> ApiKey | None:
        """One key; None where there never was one."""
        ...

    async def key_used(self, key_id: str, at: datetime) -> None:
        """Write down when it was last used, once a minute at most."""
        ...

    async def revoke_key(self, key_id: str, deed: Deed) -> bool:
        """Let a key open nothing any more; False where there is none, or it was revoked before."""
        ...


class AuditTrail(Protocol):
    """What was changed, and by whom. Nothing in it is ever changed."""

    async def note(self, rows: Sequence[AuditRow]) -> None:
        """Add rows, of what the ledger itself does not change."""
        ...

    async def audit(self, query: AuditQuery) -> Sequence[AuditRow]:
        """Rows that fit, newest first."""
        ...


class Retention(Protocol):
    """What goes after its period, and what is held back from that."""

    async def due(self, what: What, before: datetime, after: Mark | None, most: int) -> Due:
        """One step of a walk over deliveries that were over `before`, or audit rows of then: `most` of them.

        Nothing is written; answers the ids of what can be purged.
        """
        ...

    async def purge(self, what: What, ids: Sequence[str], before: datetime, now: datetime) -> int:
        """Purge what `due` found and can still go, in one transaction; answer how many."""
        ...

    async def hold(self, hold: Hold, deed: Deed) -> bool:
        """Purge nothing of a notice until it is released; False where it is held already."""
        ...

    async def release_hold(self, notice_id: str, deed: Deed) -> bool:
        """Let a notice be purged again; False where it was not held."""
        ...

    async def holds(self) -> Sequence[Hold]:
        """What is held back, oldest first."""
        ...


class EvidenceBook(Protocol):
    """What is known of a notice's way."""

    async def evidence(self, notice_id: str, after: str | None, most: int) -> EvidencePage:
        """Copies of a notice, by assignment_id after `after`, `most` at most. What was purged is left out of them."""
        ...


class Ledger(
    Inbox,
    Recalls,
    Claims,
    EndpointBook,
    Proofs,
    ReceiptBook,
    Clocks,
    Outbox,
    Reports,
    Repairs,
    Bounces,
    KeyBook,
    AuditTrail,
    Retention,
    EvidenceBook,
    Protocol,
):
    """The whole ledger, for those who build one."""


@dataclass(frozen=True)
class ReturnedMail:
    """A mail that came back, under its name in the mailbox; at most LARGEST_MAIL bytes of it."""

    ref: str
    raw: bytes


class Mailbox(Protocol):
    """Where mail comes back to."""

    async def unread(self, most: int) -> Sequence[ReturnedMail]:
        """The oldest unread mails, which stay unread. Raises Unreachable."""
        ...

    async def mark_read(self, aside: Mapping[str, bool]) -> None:
        """Mark these as read, and as put aside for a person where that is true. Raises Unreachable."""
        ...


class Channel(Protocol):
    """Carries parcels to endpoints of one kind."""

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        """Make one attempt. Raises Unreachable (try again), Refused (give up) or NotYet (no attempt was made)."""
        ...


class Challenger(Protocol):
    """Asks endpoints of one kind to prove themselves."""

    async def challenge(self, ask: Ask, now: datetime) -> Answer:
        """Send the challenge: `accepted` where a webhook answered it rightly, or a mail server took the mail.

        Raises Unreachable (try again) or Refused (give up).
        """
        ...
