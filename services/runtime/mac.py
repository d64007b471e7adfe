"""HMAC-SHA256 with a key that is kept ready."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

_BLOCK: Final = 64
"""Bytes of a block of SHA-256."""
_INNER: Final = bytes(each ^ 0x36 for each in range(256))
_OUTER: Final = bytes(each ^ 0x5C for each in range(256))


def mac_of(key: bytes) -> Callable[[bytes], bytes]:
    """What authenticates a message with this key: 32 bytes, as of RFC 2104.

    `hmac.digest` reads the key anew for each message and lets go of Python's lock meanwhile: with a thread that waits
    for it, getting the lock back takes longer than the digest. SHA-256 itself keeps it for messages below 2 KiB.
    """
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = hashlib.sha256(padded.translate(_INNER)), hashlib.sha256(padded.translate(_OUTER))

    def authenticate(message: bytes) -> bytes:
        within = inner.copy()
        within.update(message)
        around = outer.copy()
        around.update(within.digest())
        return around.digest()

    return authenticate
