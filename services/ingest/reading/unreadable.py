"""The one way in which reading fails."""

from __future__ import annotations

from typing import Final

MOST_LINES: Final = 50_000
"""Lines of a document. 300 pages, as many as are read of a PDF, have some 15,000."""


class Unreadable(Exception):
    """The document cannot be read as a notice. Nothing will change until somebody acts on `remedy`.

    code: empty, unsupported, encoding, too_many_lines, not_a_notice or secret.
    reason: what was wrong, in a sentence. where: the line or byte it speaks of. remedy: what to do.
    """

    def __init__(self, code: str, reason: str, remedy: str, where: str | None = None) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.where = where
        self.remedy = remedy


def too_many_lines(limit: int) -> Unreadable:
    """The refusal of a document with more lines than are read."""
    return Unreadable(
        "too_many_lines",
        f"The document has more than {limit} lines.",
        "Send the notice without its long annexes, or in parts.",
    )
