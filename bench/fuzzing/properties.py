"""What must hold of every document, whatever it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic_core import to_json

from contracts.evidence import Evidence
from contracts.notices import Notice
from services.ingest.open_document import open_whole
from services.ingest.reading import Unreadable


@dataclass(frozen=True)
class Fate:
    """What became of one document.

    told: everything that was read or refused, for comparison. broken: what did not hold. seconds: of wall time.
    """

    read: bool
    told: str
    broken: tuple[str, ...]
    seconds: float


def fate_of(content: bytes, file_name: str) -> Fate:
    """Read a document and judge what came out."""
    began = time.perf_counter()
    try:
        opened = open_whole(content, file_name=file_name)
    except Unreadable as refusal:
        seconds = time.perf_counter() - began
        said = (refusal.code, refusal.reason, refusal.remedy, refusal.where)
        return Fate(False, repr(said), tuple(_refusal(refusal)), seconds)
    except Exception as error:
        return Fate(False, repr(error), (f"raised {error!r}"[:500],), time.perf_counter() - began)
    seconds = time.perf_counter() - began
    return Fate(True, repr(opened.notices), tuple(_notices(opened.notices, opened.text)), seconds)


def _refusal(refusal: Unreadable) -> Iterator[str]:
    for name in ("code", "reason", "remedy"):
        said = getattr(refusal, name)
        if not said.strip():
            yield f"a refusal without its {name}: {refusal}"
        if not _can_be_sent(said):
            yield f"a {name} that cannot be sent: {said!r}"


def _notices(notices: list[Notice], text: str) -> Iterator[str]:
    lines = text.split("\n")
    if not notices:
        yield "neither a notice nor a refusal"
    for notice in notices:
        if not _can_be_sent(notice):
            yield "a notice that cannot be sent"
        if notice.confidence is None or not 0 <= notice.confidence <= 1:
            yield f"a notice's confidence is {notice.confidence}"
        yield from (f"a warning without a message: {each.code}" for each in notice.warnings if not each.message.strip())
        for each in notice.evidence:
            yield from _misplaced(each, lines)


def _misplaced(evidence: Evidence, lines: list[str]) -> Iterator[str]:
    if not 0 <= evidence.confidence <= 1:
        yield f"{evidence.field}: confidence {evidence.confidence}"
    for place in evidence.places:
        if not 1 <= place.line <= len(lines):
            yield f"{evidence.field}: line {place.line} of {len(lines)}"
            continue
        line = lines[place.line - 1]
        there = line[place.start : place.end]
        if not 0 <= place.start < place.end <= len(line):
            yield f"{evidence.field}: {place.start}–{place.end} on a line of {len(line)} characters"
        elif there != there.strip():
            yield f"{evidence.field}: its place holds no whole words: {there!r}"[:200]


def _can_be_sent(said: object) -> bool:
    try:
        to_json(said)
    except ValueError:
        return False
    return True
