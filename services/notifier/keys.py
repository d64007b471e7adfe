"""API keys: who may do what. A key is shown once; what is kept of it opens nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal, NamedTuple, get_args

Scope = Literal["submit", "read", "receipts", "endpoints", "operate"]
"""`receipts`: what comes back, receipts and mail; `operate`: repair, keys and the audit trail."""
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
PREFIX: Final = "nnk_"
USED_EVERY: Final = timedelta(minutes=1)
"""`last_used` is written no more often."""
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class Caller:
    """Whose key a request carries."""

    key_id: str
    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether the key has the scope."""
        return scope in self.scopes


OPERATOR: Final = Caller("operator", "NOINHAN_API_KEY", frozenset(SCOPES))
"""Whoever holds the key of the settings: every scope, no limit, no end."""


@dataclass(frozen=True)
class ApiKey:
    """A key as the ledger keeps it. `digest`: SHA-256 of its text, in hex; per_minute: requests, None: any number."""

    key_id: str
    name: str
    digest: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    per_minute: int | None = None
    last_used: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who sends it."""
        return Caller(self.key_id, self.name, self.scopes)

    def fits(self, shown: Shown) -> bool:
        """Whether it is this key; takes as long where it is not."""
        return hmac.compare_digest(_digest(shown.text), self.digest)

    def fault(self, now: datetime) -> str | None:
        """Why it opens nothing any more; None where it does."""
        if self.revoked_at is not None:
            return "the API key was revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "the API key has expired"
        return None

    def is_use_worth_writing(self, now: datetime) -> bool:
        """Whether the last use that was written down is long enough ago."""
        return self.last_used is None or now - self.last_used >= USED_EVERY


class Shown(NamedTuple):
    """A key as its holder keeps it: nnk_<id>_<secret>."""

    key_id: str
    secret: str

    @property
    def text(self) -> str:
        """What is sent as `Authorization: Bearer …`."""
        return f"{PREFIX}{self.key_id}_{self.secret}"


def new_key(random: Callable[[int], bytes]) -> tuple[Shown, str]:
    """A new key, and the digest to keep of it. `random` gives that many bytes."""
    shown = Shown(random(_ID_BYTES).hex(), random(_SECRET_BYTES).hex())
    return shown, _digest(shown.text)


def read_key(text: str) -> Shown | None:
    """The parts of a key; None where the text is not one."""
    if not text.startswith(PREFIX) or not text.isascii():
        return None
    key_id, _, secret = text.removeprefix(PREFIX).partition("_")
    if len(key_id) != 2 * _ID_BYTES or len(secret) != 2 * _SECRET_BYTES:
        return None
    return Shown(key_id, secret)


def _digest(text: str) -> str:
    # A key with 32 random bytes cannot be guessed, so a slow hash would add nothing.
    return hashlib.sha256(text.encode()).hexdigest()


class Meter:
    """Counts the requests of keys, each key's minute from its first request on; in this process only."""

    def __init__(self) -> None:
        self._minutes: dict[str, tuple[datetime, int]] = {}

    def wait_s(self, key: ApiKey, now: datetime) -> int:
        """0 and one request counted, or the seconds until the key has another minute."""
        if key.per_minute is None:
            return 0
        begun, count = self._minutes.get(key.key_id, (now, 0))
        left = (begun + timedelta(minutes=1) - now).total_seconds()
        if left <= 0:
            begun, count = now, 0
        elif count >= key.per_minute:
            return ceil(left)
        self._minutes[key.key_id] = (begun, count + 1)
        return 0
