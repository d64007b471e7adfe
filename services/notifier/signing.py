"""Standard Webhooks 1.0: `v1` is HMAC-SHA256, `v1a` is ed25519, both over `{id}.{timestamp}.{raw body}`.

Source: https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. Own code, because
the published Python library signs the wrong second for a moment in UTC+7 and knows no `v1a`. What a receiver
does with it stands in `contracts.webhooks.verify`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.webhooks.verify import PUBLIC_PREFIX, SECRET_BYTES, SECRET_PREFIX, BadSecret, decoded, key_of
from services.notifier.endpoint_options import Scheme
from services.runtime.mac import mac_of

__all__ = ["SECRET_PREFIX", "BadSecret", "check_secrets", "headers", "new_secrets", "public_key_of", "secret_of"]

PRIVATE_PREFIX: Final = "whsk_"
_KEY_BYTES: Final = 32
"""Of a symmetric secret, and of each half of an ed25519 key."""
_KEPT_READY: Final = 16_384
_VERSIONS: Final[dict[Scheme, tuple[str, ...]]] = {
    "v1": (SECRET_PREFIX,),
    "v1a": (PRIVATE_PREFIX,),
    "both": (SECRET_PREFIX, PRIVATE_PREFIX),
}


def new_secrets(scheme: Scheme, random_bytes: Callable[[int], bytes]) -> tuple[str, ...]:
    """Fresh secrets for a scheme."""
    return tuple(_make(prefix, random_bytes(_KEY_BYTES)) for prefix in _VERSIONS[scheme])


def check_secrets(secrets: Iterable[str], scheme: Scheme) -> None:
    """Raise BadSecret where these are not exactly the secrets that a scheme needs."""
    given = list(secrets)
    for each in given:
        _signer(each)
    if sorted(each[: each.index("_") + 1] for each in given) != sorted(_VERSIONS[scheme]):
        raise BadSecret(f"the signature {scheme!r} needs a secret with {' and one with '.join(_VERSIONS[scheme])}")


def secret_of(key: bytes) -> str:
    """The symmetric secret of a key. Raises BadSecret where the key has a wrong length."""
    if len(key) not in SECRET_BYTES:
        raise BadSecret(f"a secret has {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes, not {len(key)}")
    return SECRET_PREFIX + base64.b64encode(key).decode()


def public_key_of(secret: str) -> str | None:
    """What a receiver verifies `v1a` with; None for a secret of `v1`, which has none."""
    if not secret.startswith(PRIVATE_PREFIX):
        return None
    return PUBLIC_PREFIX + base64.b64encode(_private(secret).public_key().public_bytes_raw()).decode()


def headers(secrets: Iterable[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one attempt made `at` an aware moment, signed with every secret in use."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be signed")
    timestamp = str(int(at.timestamp()))
    signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signer(secret)(signed) for secret in secrets),
    }


@lru_cache(maxsize=_KEPT_READY)
def _signer(secret: str) -> Callable[[bytes], str]:
    """What signs with this secret, its key read once. Raises BadSecret."""
    if secret.startswith(PRIVATE_PREFIX):
        private = _private(secret)
        return lambda signed: "v1a," + base64.b64encode(private.sign(signed)).decode()
    mac = mac_of(key_of(secret))
    return lambda signed: "v1," + base64.b64encode(mac(signed)).decode()


def _private(secret: str) -> Ed25519PrivateKey:
    """The key in a `whsk_` secret: 32 private bytes, and usually the 32 public ones after them."""
    content = decoded(secret, PRIVATE_PREFIX)
    if len(content) not in {_KEY_BYTES, 2 * _KEY_BYTES}:
        raise BadSecret(f"a private key has {_KEY_BYTES} or {2 * _KEY_BYTES} bytes, not {len(content)}")
    private = Ed25519PrivateKey.from_private_bytes(content[:_KEY_BYTES])
    if content[_KEY_BYTES:] not in {b"", private.public_key().public_bytes_raw()}:
        raise BadSecret("the public half of the private key is not its own")
    return private


def _make(prefix: str, key: bytes) -> str:
    if prefix == SECRET_PREFIX:
        return secret_of(key)
    public = Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
    return PRIVATE_PREFIX + base64.b64encode(key + public).decode()
