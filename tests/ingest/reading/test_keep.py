"""What is asked again and again is worked out once: of short texts."""

from __future__ import annotations

from services.ingest.reading.text.keep import kept

_LONGER_THAN_ANY_NAME = 1_000


def test_the_answer_for_a_short_text_is_kept() -> None:
    """A function is asked of a short text once, and says the same for ever."""
    asked: list[str] = []

    @kept
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    assert [length("Bộ Y tế"), length("Bộ Y tế"), length("Bộ Công an")] == [7, 7, 10]
    assert asked == ["Bộ Y tế", "Bộ Công an"]


def test_a_long_text_is_not_kept() -> None:
    """However often a long text comes, no memory is spent on it."""
    asked: list[str] = []

    @kept
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    long = "a" * _LONGER_THAN_ANY_NAME
    assert length(long) == length(long) == _LONGER_THAN_ANY_NAME
    assert len(asked) == 2
