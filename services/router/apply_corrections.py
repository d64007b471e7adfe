"""What an operator said of the parts of a line that no rule could read, and of offices that sent their copy back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contracts.directory import DirectoryEntry
from contracts.notices import Settled
from services.router.directory.offices import Directory
from services.router.resolving.found import Found, Hit, Miss

CHOSEN = "chosen"
"""The rule's name where an operator chose the office."""


def apply_corrections(line: str, found: Found, notice_id: str, directory: Directory) -> tuple[Found, list[Settled]]:
    """The line's offices with those that an operator chose for its open parts, and the parts that were settled.

    Who was chosen beside an office that sent its copy back stands behind it.
    """
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
    hits += _beside(found.found, notice_id, directory)
    return Found(tuple(hits), tuple(missed)), settled


def _beside(hits: Iterable[Hit], notice_id: str, directory: Directory) -> Iterator[Hit]:
    """Whom an operator named, for this notice, in place of an office that the line reaches by its own name."""
    named = {key: each for (scope, key), each in directory.corrections.items() if scope == notice_id}
    for hit in hits if named else ():
        entry = named.get(directory.spelling.key(hit.office.name))
        for target in entry.recipient_ids if entry else ():
            office = directory.find(target)
            if office is not None:
                yield Hit(office, CHOSEN)


def _entry(miss: Miss, line: str, notice_id: str, directory: Directory) -> DirectoryEntry | None:
    """The entry for this part, or for the whole line; one for this notice goes before one for all."""
    for text in (miss.part, line):
        key = directory.spelling.key(text)
        for scope in (notice_id, None):
            if entry := directory.corrections.get((scope, key)):
                return entry
    return None
