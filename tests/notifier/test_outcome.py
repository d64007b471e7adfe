"""What an answer means."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from services.notifier.outcome import Answer, Verdict, given_up, judge, of_http, settle
from tests.notifier.samples import NOW, endpoint

SCHEDULE = (5.0, 10.0)


def verdict(status: int, attempt: int = 1, retry_after: str | None = None) -> Verdict:
    return judge(of_http(status, retry_after, None, NOW), attempt, SCHEDULE, NOW, chance=0)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_delivered(status: int) -> None:
    """Every 2xx is success."""
    assert verdict(status).status == "delivered"


@pytest.mark.parametrize("status", [100, 301, 302, 307, 308, 400, 401, 404, 422, 500, 503])
def test_anything_else_is_tried_again_under_its_own_name(status: int) -> None:
    """Redirects, client errors and server errors are failures that may pass."""
    made = verdict(status)
    assert (made.status, made.reason) == ("retrying", f"http_{status}")
    assert made.next_attempt_at == NOW + timedelta(seconds=5)


def test_410_fails_and_disables_the_endpoint() -> None:
    """Gone is for good."""
    made = verdict(410)
    assert (made.status, made.reason, made.disable) == ("failed", "http_410", True)


def test_an_exhausted_schedule_fails_with_the_last_reason() -> None:
    """After the last retry the delivery has failed."""
    made = verdict(503, attempt=3)
    assert (made.status, made.reason, made.next_attempt_at) == ("failed", "http_503", None)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_retry_after_slows_the_whole_endpoint(status: int) -> None:
    """A floor moves this delivery and holds back the endpoint."""
    made = verdict(status, retry_after="60")
    assert made.next_attempt_at == made.not_before == NOW + timedelta(seconds=60)


def test_retry_after_of_other_answers_is_ignored() -> None:
    """A redirect's Retry-After sets no floor."""
    assert verdict(302, retry_after="60").not_before is None


def test_what_was_said_is_kept_legible() -> None:
    """Lone surrogates and control characters never reach the ledger, whatever channel they came over."""
    assert Answer("accepted", "accepted", "a\udcff\x00b\n\x85").body == "a?b\n"


def test_a_refusal_is_not_tried_again() -> None:
    """A permanent refusal fails at the first attempt, with what was said."""
    made = judge(Answer("refused", "smtp_550", "550 no such user"), 1, SCHEDULE, NOW, 0)
    assert (made.status, made.reason, made.detail) == ("failed", "smtp_550", "550 no such user")


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ("active", "retrying", "timeout"),
        ("paused", "held", "paused"),
        ("disabled", "held", "endpoint_disabled"),
        ("removed", "cancelled", "endpoint_removed"),
    ],
)
def test_a_retry_follows_the_state_of_its_endpoint(state: str, status: str, reason: str) -> None:
    """A retry to an endpoint that takes none now is held or cancelled."""
    settled = settle(Verdict("retrying", "timeout", None, NOW), state)  # type: ignore[arg-type]
    assert (settled.status, settled.reason) == (status, reason)


def test_a_success_stands_whatever_became_of_the_endpoint() -> None:
    """What the other side accepted is delivered, even if the endpoint was removed meanwhile."""
    assert settle(Verdict("delivered", "accepted"), "removed").status == "delivered"


@pytest.mark.parametrize(
    ("failures", "days", "status", "disabled"),
    [
        (3, 5.0, "retrying", True),
        (3, 5.0, "failed", True),
        (3, 4.99, "retrying", False),
        (2, 5.0, "retrying", False),
        (3, 5.0, "delivered", False),
        (3, None, "retrying", False),
    ],
)
def test_an_endpoint_is_given_up_after_days_without_any_success(
    failures: int, days: float | None, status: Literal["retrying", "failed", "delivered"], disabled: bool
) -> None:
    """Only where it fails in a row, alone, since so long; a success at the last moment keeps it."""
    since = None if days is None else NOW - timedelta(days=days)
    at = endpoint(failures=failures, failing_since=since)
    assert given_up(Verdict(status, "x"), at, NOW, timedelta(days=5)).disable is disabled
