"""Signed links that expire: whoever holds one may do one thing, until a moment, without a login."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal

from services.runtime.mac import mac_of

_KEYS: Final = 16
_mac_of = lru_cache(maxsize=_KEYS)(mac_of)


class BadLink(Exception):
    """The link does not work. `fault` says why, for pages in another language; the message says it in English."""

    def __init__(self, fault: Literal["incomplete", "changed", "expired"], message: str) -> None:
        super().__init__(message)
        self.fault = fault


def sign(key: str, purpose: str, subject: str, expires_at: datetime) -> str:
    """A token for `subject`, good for `purpose` until `expires_at` (aware). URL-safe, no dots in its parts."""
    expiry = str(int(expires_at.timestamp()))
    return f"{_encoded(subject.encode())}.{expiry}.{_mac(key, purpose, subject, expiry)}"


def verify(key: str, purpose: str, token: str, now: datetime) -> str:
    """The subject of a good token. Raises BadLink where it is not one."""
    try:
        encoded, expiry, mac = token.split(".")
        subject = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        expires_at = datetime.fromtimestamp(int(expiry), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadLink("incomplete", "the link is incomplete: open it exactly as it was sent") from None
    if not hmac.compare_digest(mac.encode(), _mac(key, purpose, subject, expiry).encode()):
        raise BadLink("changed", "the link was changed: open it exactly as it was sent")
    if now > expires_at:
        raise BadLink("expired", f"the link expired on {expires_at:%Y-%m-%d}: ask the issuing office for a new one")
    return subject


def _mac(key: str, purpose: str, subject: str, expiry: str) -> str:
    if not key:
        raise ValueError("no link key is set: set NOINHAN_LINK_KEY to at least 32 random characters")
    content = f"{purpose}\x1f{subject}\x1f{expiry}".encode()
    return _encoded(_mac_of(key.encode())(content))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
