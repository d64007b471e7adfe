"""What an operator said of the parts of a line that no rule could read."""

from __future__ import annotations

from contracts.directory import DirectoryEntry
from contracts.notices import Settled
from services.router.directory.offices import Directory
from services.router.resolving.found import Found, Hit, Miss

CHOSEN = "chosen"
"""The rule's name where an operator chose the office."""


def apply_corrections(line: str, found: Found, notice_id: str, directory: Directory) -> tuple[Found, list[Settled]]:
    """The line's offices with those that an operator chose for its open parts, and the parts that were settled."""
    hits, missed, settled = list(found.found), [], []
    for each in found.missed:
        entry = _entry(each, line, notice_id, directory)
        chosen = [office for target in entry.recipient_ids if (office := directory.find(target))] if entry else []
        if entry is not None and entry.settled is not None:
            settled.append(
                Settled(line=line, part=each.part, how=entry.settled, author=entry.author, reason=entry.reason)
            )
        elif chosen:
            hits += (Hit(office, CHOSEN) for office in chosen)
        else:
            missed.append(each)
    return Found(tuple(hits), tuple(missed)), settled


def _entry(miss: Miss, line: str, notice_id: str, directory: Directory) -> DirectoryEntry | None:
    """The entry for this part, or for the whole line; one for this notice goes before one for all."""
    for text in (miss.part, line):
        key = directory.spelling.key(text)
        for scope in (notice_id, None):
            if entry := directory.corrections.get((scope, key)):
                return entry
    return None
