"""Ids that everybody makes alike."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from contracts.identity import NOINHAN, assignment_id, bundle_id, delivery_id, disabling_id, recall_message_id


@given(st.text(max_size=20), st.integers(1, 9), st.text(max_size=20))
def test_an_id_is_the_uuid5_of_its_parts(notice: str, revision: int, recipient: str) -> None:
    """Written in one go, it is what the standard library's uuid5 says."""
    named = "\x1f".join(("assignment", notice, str(revision), recipient))
    assert assignment_id(notice, revision, recipient) == str(uuid5(NOINHAN, named))


@given(st.text(max_size=20), st.text(max_size=20))
def test_what_travels_as_an_id_holds_no_word_of_what_it_is_made_of(one: str, other: str) -> None:
    """A webhook-id is hexadecimal digits and hyphens: no dot, which would end it in what is signed."""
    ids = (
        delivery_id(one, other),
        recall_message_id(one, other),
        disabling_id(one, other, 1),
        bundle_id(one, datetime(2026, 11, 27, tzinfo=UTC), 1),
    )
    assert [str(UUID(each)) for each in ids] == list(ids)
