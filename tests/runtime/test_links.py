"""Signed links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.links import BadLink, sign, verify

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_link_gives_back_its_subject(subject: str) -> None:
    """Whatever was signed comes back."""
    assert verify("key", "read", sign("key", "read", subject, LATER), NOW) == subject


@pytest.mark.parametrize(
    ("key", "purpose", "now", "says"),
    [
        ("other", "read", NOW, "changed"),
        ("key", "write", NOW, "changed"),
        ("key", "read", LATER + timedelta(1), "expired"),
    ],
)
def test_a_link_is_good_for_one_key_one_purpose_and_a_time(key: str, purpose: str, now: datetime, says: str) -> None:
    """Another key, another purpose or a later time makes it useless, and the error says which."""
    with pytest.raises(BadLink, match=says):
        verify(key, purpose, sign("key", "read", "x", LATER), now)


@given(st.text(max_size=60))
def test_garbage_is_a_bad_link(token: str) -> None:
    """No text whatever makes verification fail in another way."""
    with pytest.raises(BadLink):
        verify("key", "read", token, NOW)


def test_a_changed_expiry_is_found() -> None:
    """The expiry is part of what is signed."""
    subject, expiry, mac = sign("key", "read", "x", LATER).split(".")
    with pytest.raises(BadLink, match="changed"):
        verify("key", "read", f"{subject}.{int(expiry) + 1}.{mac}", NOW)


def test_signing_without_a_key_is_refused() -> None:
    """An empty key would sign for everybody."""
    with pytest.raises(ValueError, match="NOINHAN_LINK_KEY"):
        sign("", "read", "x", LATER)
