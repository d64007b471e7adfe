"""What lessens the confidence in a field."""

from __future__ import annotations

from services.ingest.reading import read_text
from services.ingest.reading.evidence import WEIGHTS
from tests.ingest.doubles import NOTICE


def _reasons(text: str) -> dict[str, tuple[tuple[str, ...], float]]:
    (notice,) = read_text(text)
    return {each.field: (each.reasons, each.confidence) for each in notice.evidence}


def test_a_clean_notice_is_sure() -> None:
    """Nothing lessens the confidence in what stands as it should."""
    assert {confidence for _, confidence in _reasons(NOTICE).values()} == {1.0}


def test_a_word_that_cannot_be_vietnamese_makes_a_line_doubtful() -> None:
    """A garbled word in a line says so, and the other lines stay as sure as they were."""
    found = _reasons(NOTICE.replace("thành phố;", "thànnh phố;"))
    assert found["recipients.1"] == (("misspelt",), WEIGHTS["misspelt"])
    assert found["recipients.0"] == ((), 1.0)


def test_a_garbled_place_is_doubtful() -> None:
    """A place whose name cannot be Vietnamese is less sure."""
    assert _reasons(NOTICE.replace("Bến Tre, ngày", "Bến Trre, ngày"))["place"][0] == ("misspelt",)
