"""What is asked again and again is worked out once: of short texts, and of lines."""

from __future__ import annotations

from services.ingest.reading.text.keep import kept
from services.ingest.reading.text.lazily import lazily

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


def test_a_lazy_attribute_is_worked_out_once() -> None:
    """It is worked out for each object when it is first asked for, and found there afterwards."""
    worked: list[str] = []

    class Word:
        def __init__(self, text: str) -> None:
            self.text = text

        @lazily
        def small(self) -> str:
            worked.append(self.text)
            return self.text.lower()

    one, other = Word("MỘT"), Word("HAI")
    assert (one.small, one.small, other.small) == ("một", "một", "hai")
    assert worked == ["MỘT", "HAI"]
