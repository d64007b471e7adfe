"""What a key is, and how often it may be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from secrets import token_bytes

import pytest

from services.notifier.keys import ApiKey, Meter, new_key, read_key
from tests.notifier.samples import NOW

KEY = ApiKey("k1", "a", sha256(b"s").hexdigest(), frozenset({"read"}), NOW, per_minute=2)


def test_a_key_is_read_as_it_is_shown() -> None:
    """Its secret fits what is kept of it, no other does, and what is kept does not hold it."""
    shown, digest = new_key(token_bytes)
    kept = replace(KEY, digest=digest)
    read = read_key(shown.text)
    assert read == shown
    assert kept.fits(shown)
    assert not kept.fits(shown._replace(secret=new_key(token_bytes)[0].secret))
    assert not kept.fits(shown._replace(secret=digest))
    assert shown.secret not in repr(kept)


@pytest.mark.parametrize(
    "text", ["", "nnk_", "nnk_a_b", "nnk_" + "0" * 12 + "_" + "0" * 63, "nnx_" + "0" * 12 + "_" + "0" * 64, "nnk_é_a"]
)
def test_what_is_no_key_is_not_read(text: str) -> None:
    """It never reaches the ledger."""
    assert read_key(text) is None


def test_a_key_ends() -> None:
    """On the moment of its end, or once it was revoked."""
    until = replace(KEY, expires_at=NOW)
    assert until.fault(NOW - timedelta(seconds=1)) is None
    assert until.fault(NOW) == "the API key has expired"
    assert replace(KEY, revoked_at=NOW).fault(NOW) == "the API key was revoked"


def test_requests_are_counted_for_a_minute() -> None:
    """What is too much waits for the rest of the minute that its first request began, each key for itself."""
    meter, second = Meter(), timedelta(seconds=1)
    assert [meter.wait_s(KEY, NOW + n * second) for n in (0, 10, 20, 59)] == [0, 0, 40, 1]
    assert meter.wait_s(replace(KEY, key_id="k2"), NOW) == 0
    assert [meter.wait_s(KEY, NOW + n * second) for n in (60, 61, 62)] == [0, 0, 58]
    assert [meter.wait_s(replace(KEY, per_minute=None), NOW) for _ in range(9)] == [0] * 9
