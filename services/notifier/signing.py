"""Standard Webhooks 1.0, symmetric signatures (`v1`): HMAC-SHA256 over `{id}.{timestamp}.{raw body}`.

Source: https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. Own code, because
the published Python library signs the wrong second for a moment in UTC+7.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105
SECRET_BYTES: Final = range(24, 65)
TOLERANCE_S: Final = 300


class BadSecret(Exception):
    """The text is not a `whsec_` secret of 24 to 64 bytes."""


class BadSignature(Exception):
    """The request is not to be trusted. `reason` is missing_header, bad_timestamp, too_old, too_new or no_match."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def secret_of(key: bytes) -> str:
    """The secret as it is shown to an integrator, once. Raises BadSecret where the key has a wrong length."""
    if len(key) not in SECRET_BYTES:
        raise BadSecret(f"a secret has {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes, not {len(key)}")
    return SECRET_PREFIX + base64.b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret. Raises BadSecret."""
    if not secret.startswith(SECRET_PREFIX):
        raise BadSecret(f"a secret starts with {SECRET_PREFIX!r}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise BadSecret(f"the secret is not base64: {error}") from None
    if len(key) not in SECRET_BYTES:
        raise BadSecret(f"a secret has {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes, not {len(key)}")
    return key


def headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one attempt made `at` an aware moment, signed with every secret in use."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be signed")
    timestamp = str(int(at.timestamp()))
    signatures = (_signature(key_of(secret), message_id, timestamp, body) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def verify(secrets: Sequence[str], received: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Check a request's headers (names in lower case) against its raw body. Raises BadSignature."""
    try:
        message_id, timestamp = received["webhook-id"], received["webhook-timestamp"]
        signatures = received["webhook-signature"].split(" ")
    except KeyError:
        raise BadSignature("missing_header") from None
    _check_time(timestamp, now)
    expected = [_signature(key_of(secret), message_id, timestamp, body).encode() for secret in secrets]
    if not any(hmac.compare_digest(each, given.encode()) for each in expected for given in signatures):
        raise BadSignature("no_match")


def _check_time(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise BadSignature("bad_timestamp")
    age_s = now.timestamp() - int(timestamp)
    if age_s > TOLERANCE_S:
        raise BadSignature("too_old")
    if age_s < -TOLERANCE_S:
        raise BadSignature("too_new")


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
