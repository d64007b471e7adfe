"""HMAC-SHA256 with a key that is kept ready."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.mac import mac_of


@given(st.binary(max_size=200), st.lists(st.binary(max_size=5_000), min_size=1, max_size=3))
def test_it_is_what_the_standard_library_makes(key: bytes, messages: list[bytes]) -> None:
    """Keys below and above a block of SHA-256, and several messages with one key."""
    authenticate = mac_of(key)
    for message in messages:
        assert authenticate(message) == hmac.digest(key, message, hashlib.sha256)
