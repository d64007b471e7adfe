"""Signatures of webhooks."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
import standardwebhooks

from services.notifier import signing
from services.notifier.signing import BadSecret, BadSignature
from tests.notifier.samples import NOW, SECRET

BODY = '{"số": "129/TB-VPCP"}'.encode()
HANOI = timezone(timedelta(hours=7))


def secret(length: int) -> str:
    return "whsec_" + base64.b64encode(b"k" * length).decode()


def test_the_signature_is_that_of_the_reference_library() -> None:
    """For the same id, second, body and secret the published library makes the same v1 signature."""
    made = signing.headers([SECRET], "msg_1", NOW, BODY)
    assert made["webhook-signature"] == standardwebhooks.Webhook(SECRET).sign("msg_1", NOW, BODY.decode())


def test_the_reference_library_accepts_a_request() -> None:
    """A receiver that uses the published library verifies what is sent."""
    made = signing.headers([SECRET], "msg_1", datetime.now(UTC), BODY)
    assert standardwebhooks.Webhook(SECRET).verify(BODY, made) == {"số": "129/TB-VPCP"}


def test_a_moment_in_vietnam_is_signed_as_the_second_that_it_is() -> None:
    """The same moment told in UTC+7 gives the same headers as in UTC."""
    assert signing.headers([SECRET], "m", NOW.astimezone(HANOI), BODY) == signing.headers([SECRET], "m", NOW, BODY)
    assert signing.headers([SECRET], "m", NOW, BODY)["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_a_moment_without_zone_is_not_signed() -> None:
    """A naive datetime is an error, never a guess."""
    with pytest.raises(ValueError, match="time zone"):
        signing.headers([SECRET], "m", NOW.replace(tzinfo=None), BODY)


def test_any_of_several_secrets_verifies() -> None:
    """During a rotation the old and the new secret both sign, and each verifies alone."""
    both = signing.headers([SECRET, secret(32)], "m", NOW, BODY)
    assert both["webhook-signature"].count("v1,") == 2
    for each in (SECRET, secret(32)):
        signing.verify([each], both, BODY, NOW)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"webhook-id": "other"}, "no_match"),
        ({"webhook-signature": "v1,AAAA"}, "no_match"),
        ({"webhook-signature": "v1,é"}, "no_match"),
        ({"webhook-timestamp": "soon"}, "bad_timestamp"),
        ({"webhook-timestamp": "²"}, "bad_timestamp"),
        ({"webhook-timestamp": str(int(NOW.timestamp()) - 301)}, "too_old"),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 301)}, "too_new"),
    ],
)
def test_a_changed_request_is_refused_with_a_reason(change: dict[str, str], reason: str) -> None:
    """Every tampering has its named reason."""
    headers = {**signing.headers([SECRET], "m", NOW, BODY), **change}
    with pytest.raises(BadSignature) as refusal:
        signing.verify([SECRET], headers, BODY, NOW)
    assert refusal.value.reason == reason


def test_a_changed_body_is_refused() -> None:
    """One more byte breaks the signature."""
    with pytest.raises(BadSignature, match="no_match"):
        signing.verify([SECRET], signing.headers([SECRET], "m", NOW, BODY), BODY + b" ", NOW)


def test_a_missing_header_is_refused() -> None:
    """Without all three headers nothing is verified."""
    with pytest.raises(BadSignature, match="missing_header"):
        signing.verify([SECRET], {"webhook-id": "m"}, BODY, NOW)


@pytest.mark.parametrize("length", [24, 64])
def test_secrets_of_24_to_64_bytes_are_taken(length: int) -> None:
    """The shortest and the longest secret give back their bytes."""
    assert signing.key_of(signing.secret_of(b"k" * length)) == b"k" * length


@pytest.mark.parametrize("bad", [secret(23), secret(65), "whsec_", "whsec_***", "plain"])
def test_other_secrets_are_refused(bad: str) -> None:
    """Too short, too long, not base64 and without its prefix: each is a BadSecret."""
    with pytest.raises(BadSecret):
        signing.key_of(bad)
