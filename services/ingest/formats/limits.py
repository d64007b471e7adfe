"""How much of a document is read before it is refused, and the refusals that every format shares."""

from __future__ import annotations

import time
from dataclasses import dataclass

from services.ingest.reading import MOST_LINES, Unreadable

_MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one document may cost.

    pages: of a PDF or TIFF. lines: of a DOCX or web page. unpacked_bytes: of a zip's members together, and of an
    image's pixels at one byte each. nesting: tables in tables, elements in elements. seconds: wall time of the whole
    reading. ocr_pages: pages that may be recognised.
    """

    pages: int = 300
    lines: int = MOST_LINES
    unpacked_bytes: int = 100 * _MB
    nesting: int = 60
    seconds: float = 60
    ocr_pages: int = 50


class Deadline:
    """The moment at which reading stops."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that remain, never below zero."""
        return max(0.0, self._end - time.monotonic())

    def check(self, where: str | None = None) -> None:
        """Raise Unreadable (timeout) once the time is up."""
        if self.left <= 0:
            raise out_of_time(self.seconds, where)


def out_of_time(seconds: float, where: str | None = None) -> Unreadable:
    """The refusal of a document that takes longer than it may."""
    return Unreadable(
        "timeout",
        f"Reading the document took more than {seconds:g} seconds.",
        "Send it in smaller parts, or as text: a PDF saved from Word reads faster than a scan.",
        where=where,
    )


def malformed(what: str, reason: str, where: str | None = None) -> Unreadable:
    """The refusal of a document that is damaged. `what` names its format, `reason` what was found."""
    return Unreadable(
        "malformed",
        f"The {what} is damaged: {reason}.",
        f"Open it, save it again as {what} or PDF, and send the new file.",
        where=where,
    )


def too_many_pages(pages: int, limit: int) -> Unreadable:
    """The refusal of a document with more pages than are read."""
    return Unreadable(
        "too_many_pages",
        f"The document has {pages} pages; at most {limit} are read.",
        "Send the notice without its long annexes, or in parts.",
    )


def too_large(what: str, limit: int) -> Unreadable:
    """The refusal of a document that unpacks to more than it may. limit: in bytes."""
    return Unreadable(
        "too_large",
        f"The {what} unpacks to more than {limit / _MB:g} MB.",
        "Send it without pictures, or at a lower resolution.",
    )


def too_deep(what: str, limit: int) -> Unreadable:
    """The refusal of a document whose elements are nested deeper than any notice needs."""
    return malformed(what, f"its elements are nested more than {limit} deep")
