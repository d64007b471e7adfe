"""What an answer means: delivered, tried again, given up, and whether the endpoint goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from contracts.deliveries import Status
from services.notifier.endpoints import HELD_BECAUSE, Endpoint, State
from services.notifier.redact import legible
from services.notifier.schedule import STRUGGLING, next_attempt, retry_after_s

Result = Literal["accepted", "try_again", "refused", "gone"]
ACCEPTED: Final = "accepted"
GONE: Final = 410
_SUCCESS: Final = range(200, 300)
_SLOW_DOWN: Final = frozenset({429, 502, 503, 504})
_DETAIL_LENGTH: Final = 200


class Unreachable(Exception):
    """Nobody answered, or only for now not: try again. `reason` is a name, the message is for people."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class Refused(Exception):
    """The other side will never take it: give up. `reason` is a name, the message is for people."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class Said(NamedTuple):
    """The receipt that an answer carries, as the other side wrote it; empty where it says nothing."""

    code: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """What the other side did with one attempt. `floor_s`: it asked us to wait that long; `body` ≤ 4 kB, redacted.

    `said`: the receipt that its answer carries.
    """

    result: Result
    reason: str
    body: str | None = None
    floor_s: float | None = None
    said: Said | None = None

    def __post_init__(self) -> None:
        """Whatever channel it came over, what the other side said can be written down."""
        if self.body is not None:
            object.__setattr__(self, "body", legible(self.body))


class Verdict(NamedTuple):
    """What becomes of the delivery, and of its endpoint, after one attempt.

    `not_before` holds the whole endpoint back; `disable` stops it until an operator resumes it.
    """

    status: Literal["delivered", "retrying", "failed"]
    reason: str
    detail: str | None = None
    next_attempt_at: datetime | None = None
    not_before: datetime | None = None
    disable: bool = False


class Settled(NamedTuple):
    """A delivery's row after an attempt, given what became of its endpoint meanwhile."""

    status: Status
    reason: str
    next_attempt_at: datetime | None


_TAKEN: Final = Answer("accepted", ACCEPTED)
"""The answer of most: a success that says nothing."""
_DELIVERED: Final = Verdict("delivered", ACCEPTED)


def of_http(status: int, retry_after: str | None, body: str | None, now: datetime) -> Answer:
    """Read an HTTP answer: only 2xx is success, 410 is for good, all others are worth another try."""
    if status in _SUCCESS:
        return _TAKEN if body is None else Answer("accepted", ACCEPTED, body)
    if status == GONE:
        return Answer("gone", f"http_{status}", body)
    floor_s = retry_after_s(retry_after, now) if status in _SLOW_DOWN else None
    return Answer("try_again", f"http_{status}", body, floor_s)


def judge(answer: Answer, attempt: int, schedule_s: Sequence[float], now: datetime, chance: float) -> Verdict:
    """Decide after try number `attempt` (from 1) of the schedule; `chance` in [0, 1) is the jitter."""
    if answer is _TAKEN:
        return _DELIVERED
    detail = answer.body[:_DETAIL_LENGTH] if answer.body else None
    if answer.result == "accepted":
        return Verdict("delivered", answer.reason, detail)
    if answer.result == "gone":
        return Verdict("failed", answer.reason, detail, disable=True)
    again = next_attempt(schedule_s, attempt, now, chance, answer.floor_s)
    if answer.result == "refused" or again is None:
        return Verdict("failed", answer.reason, detail)
    not_before = now + timedelta(seconds=answer.floor_s) if answer.floor_s else None
    return Verdict("retrying", answer.reason, detail, again, not_before)


def given_up(verdict: Verdict, endpoint: Endpoint, now: datetime, after: timedelta) -> Verdict:
    """The verdict, which disables an endpoint that has taken nothing for so long.

    Decided only where it fails so often that it gets one attempt at a time: then no other attempt has just succeeded.
    """
    since = endpoint.failing_since
    if verdict.status == "delivered" or endpoint.failures < STRUGGLING or since is None or now - since < after:
        return verdict
    return verdict._replace(disable=True)


def settle(verdict: Verdict, endpoint: State, cancelled: str | None = None) -> Settled:
    """Let a verdict stand, unless another try would go to an endpoint that takes none now.

    `cancelled`: why the delivery was cancelled during the attempt; then there is no other try either.
    """
    if verdict.status == "retrying" and cancelled:
        return Settled("cancelled", cancelled, None)
    if verdict.status != "retrying" or endpoint == "active":
        return Settled(verdict.status, verdict.reason, verdict.next_attempt_at)
    if endpoint == "removed":
        return Settled("cancelled", "endpoint_removed", None)
    return Settled("held", HELD_BECAUSE[endpoint], None)
