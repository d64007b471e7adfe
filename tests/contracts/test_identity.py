"""Ids that everybody makes alike."""

from __future__ import annotations

from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from contracts.identity import NOINHAN, assignment_id


@given(st.text(max_size=20), st.integers(1, 9), st.text(max_size=20))
def test_an_id_is_the_uuid5_of_its_parts(notice: str, revision: int, recipient: str) -> None:
    """Written in one go, it is what the standard library's uuid5 says."""
    named = "\x1f".join(("assignment", notice, str(revision), recipient))
    assert assignment_id(notice, revision, recipient) == str(uuid5(NOINHAN, named))
