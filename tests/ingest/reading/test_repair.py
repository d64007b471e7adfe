"""Letters are repaired once and for all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.reading.text.repair import repair


def test_what_stands_between_a_letter_and_its_mark_does_not_part_them() -> None:
    """A control character or a mark without width is gone before letters are composed."""
    assert repair("vi\u1eb9\x1b\u0302c k\xea\u200b\u0301t") == "vi\u1ec7c k\u1ebft"


@settings(max_examples=200, derandomize=True)
@given(st.text(st.sampled_from("aeouơƠÕA \u0301\u0323\u0302\u031b\x00\x7f\x85\u200b\r\n\x0c\ufb01")))
def test_repairing_twice_is_repairing_once(text: str) -> None:
    """What was repaired needs no repair, so that columns found in it hold."""
    assert repair(repair(text)) == repair(text)
