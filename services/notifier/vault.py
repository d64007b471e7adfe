"""Secrets at rest: the ledger holds them sealed with Fernet, and the keys stand in NOINHAN_SECRETS_KEY only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

PLAIN: Final = "whsec_"
"""How a secret begins that was written down before secrets were sealed."""

_KEPT_OPEN: Final = 16_384
_MAKE: Final = "make one with: openssl rand -base64 32 | tr '+/' '-_'"


class Unopened(Exception):
    """None of our keys opens the text: it was sealed with a key that is not set any more, or it was damaged."""


class Vault:
    """Seals with the first of `keys` and opens with any of them. Raises ValueError where one is no key."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError(f"set NOINHAN_SECRETS_KEY, which seals the secrets of endpoints; {_MAKE}")
        self._keys = MultiFernet([_key(place, key) for place, key in enumerate(keys, 1)])
        self._opened = lru_cache(maxsize=_KEPT_OPEN)(self._open)

    def seal(self, text: str) -> str:
        """The text as the ledger may hold it."""
        return self._keys.encrypt(text.encode()).decode()

    def open(self, stored: str) -> str:
        """The text again. One that was opened before costs nothing. Raises Unopened."""
        return stored if stored.startswith(PLAIN) else self._opened(stored)

    def reseal(self, stored: str) -> str:
        """The same text under the newest key. Raises Unopened."""
        return self.seal(self.open(stored))

    def _open(self, stored: str) -> str:
        try:
            return self._keys.decrypt(stored).decode()
        except InvalidToken:
            raise Unopened("no key of NOINHAN_SECRETS_KEY opens it: add the key that it was sealed with") from None


def keys_in(listed: str) -> tuple[str, ...]:
    """The keys of a setting that lists them, newest first, separated by commas."""
    return tuple(each.strip() for each in listed.split(",") if each.strip())


def _key(place: int, key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        fault = f"key {place} of NOINHAN_SECRETS_KEY is not 32 bytes in URL-safe base64"
        raise ValueError(f"{fault}; {_MAKE}") from None
