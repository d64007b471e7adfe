"""Verify a webhook of noinhan, or of any other sender that follows Standard Webhooks 1.0.

This file stands alone: copy it into a receiver. It needs Python 3.10 and, only where a `whpk_` key is given, the
package `cryptography`. Give it the bytes of the body as they came, not JSON that was read and written again:

    message_id = verify("whsec_…", request.headers, request.body)

A retry comes with the same id, so a receiver that keeps ids does nothing twice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- the prefix is public
PUBLIC_PREFIX: Final = "whpk_"
SECRET_BYTES: Final = range(24, 65)
TOLERANCE_S: Final = 300
_PUBLIC_BYTES: Final = 32

Fault = Literal["missing_header", "bad_timestamp", "too_old", "too_new", "no_match"]


class BadSecret(ValueError):
    """The receiver's own key is not one. The message says what is wrong and never holds the key."""


class BadSignature(Exception):
    """The request is not to be trusted: answer it with 400. `reason` names the fault."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason)
        self.reason: Fault = reason


def verify(
    keys: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    tolerance_s: float = TOLERANCE_S,
) -> str:
    """Check one request and answer its `webhook-id`.

    `keys`: what the sender gave, `whsec_…` (v1) or `whpk_…` (v1a); several during a rotation, of which one must match.
    `headers`: names in any case. `now`: seconds since 1970, the present where it is not given. A signature is good
    from `tolerance_s` before its time to as long after it. Raises BadSignature, and BadSecret for a key that is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"].split()
    except KeyError:
        raise BadSignature("missing_header") from None
    _check_time(timestamp, time.time() if now is None else now, tolerance_s)
    signed = b"%b.%b.%b" % (_bytes(message_id), timestamp.encode(), body)
    checks = [_check_of(key) for key in ([keys] if isinstance(keys, str) else keys)]
    # Every pair is checked, so that the time tells nothing about which one matched.
    matches = [check(signed, each) for check in checks for each in signatures]
    if not any(matches):
        raise BadSignature("no_match")
    return message_id


def key_of(secret: str) -> bytes:
    """The bytes in a `whsec_` secret. Raises BadSecret."""
    key = decoded(secret, SECRET_PREFIX)
    if len(key) not in SECRET_BYTES:
        raise BadSecret(f"a secret has {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes, not {len(key)}")
    return key


def decoded(key: str, prefix: str) -> bytes:
    """The bytes behind a prefix. Raises BadSecret where the prefix is another or the rest is not base64."""
    if not key.startswith(prefix):
        raise BadSecret(f"the key does not start with {prefix!r}")
    try:
        return base64.b64decode(key.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret(f"what follows {prefix!r} is not base64") from None


def _bytes(header: str) -> bytes:
    """A header's bytes, whatever they are: frameworks hand over what is not UTF-8 as lone surrogates."""
    return header.encode("utf-8", "surrogatepass")


def _check_time(timestamp: str, now: float, tolerance_s: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("bad_timestamp")
    age_s = now - int(timestamp)
    if age_s > tolerance_s:
        raise BadSignature("too_old")
    if age_s < -tolerance_s:
        raise BadSignature("too_new")


def _check_of(key: str) -> Callable[[bytes, str], bool]:
    return _check_public(key) if key.startswith(PUBLIC_PREFIX) else _check_secret(key)


def _check_secret(secret: str) -> Callable[[bytes, str], bool]:
    key = key_of(secret)

    def check(signed: bytes, signature: str) -> bool:
        expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
        return hmac.compare_digest(expected, _bytes(signature))

    return check


def _check_public(key: str) -> Callable[[bytes, str], bool]:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    content = decoded(key, PUBLIC_PREFIX)
    if len(content) != _PUBLIC_BYTES:
        raise BadSecret(f"a public key has {_PUBLIC_BYTES} bytes, not {len(content)}")
    public = Ed25519PublicKey.from_public_bytes(content)

    def check(signed: bytes, signature: str) -> bool:
        version, _, encoded = signature.partition(",")
        try:
            public.verify(base64.b64decode(encoded, validate=True), signed)
        except (InvalidSignature, ValueError):
            return False
        return version == "v1a"

    return check
