"""The one way in which reading fails."""

from __future__ import annotations


class Unreadable(Exception):
    """The document cannot be read as a notice. Nothing will change until somebody acts on `remedy`.

    code: empty, unsupported, encoding, not_a_notice or secret.
    reason: what was wrong, in a sentence. where: the line or byte it speaks of. remedy: what to do.
    """

    def __init__(self, code: str, reason: str, remedy: str, where: str | None = None) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.where = where
        self.remedy = remedy
