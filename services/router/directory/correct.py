"""The directory with what operators added, renamed and ended: an id's last entry counts, a withdrawn one does not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from contracts.directory import DirectoryEntry
from services.router.directory.fold import Key
from services.router.directory.model import Group, Office
from services.router.directory.offices import Directory


class UnknownOffice(Exception):
    """An entry speaks of an office that the directory does not have, and does not add it."""


def corrected(base: Directory, entries: Iterable[DirectoryEntry]) -> Directory:
    """The shipped directory with the entries laid over it, in the order of their times; its version tells them too.

    An entry that speaks of an unknown office is left out: `check` tells an operator so before it is published.
    """
    known = {entry.entry_id: entry for entry in sorted(entries, key=lambda each: each.at)}
    holding = [entry for entry in known.values() if not entry.withdrawn and _is_whole(entry)]
    changed = [_office(entry, base) for entry in holding if entry.kind == "office"]
    added = {office.recipient_id: office for office in changed}
    lexicon, corrections = base.lexicon.copy(added), dict[tuple[str | None, Key], DirectoryEntry]()
    for entry in holding:
        key = base.spelling.key(entry.name)
        if not key:
            continue
        if entry.kind == "group":
            lexicon.add(key, group=_group(entry))
        elif entry.kind == "alias":
            corrections[entry.notice_id, key] = entry
        if entry.kind != "group" and entry.notice_id is None:
            meant = (added.get(target) or base.find(target) for target in entry.recipient_ids)
            lexicon.add(key, offices=tuple(each for each in meant if each is not None))
    return base.remade(
        version=_version(base, holding),
        lexicon=lexicon,
        offices={**base.offices, **{key: office for key, office in added.items() if office.unit is None}},
        changed={key: office for key, office in added.items() if office.unit is not None},
        corrections=corrections,
    )


def check(entry: DirectoryEntry, directory: Directory) -> None:
    """Raise UnknownOffice where an entry names a recipient_id that is not there; an office's entry may add its own."""
    if not _is_whole(entry):
        raise UnknownOffice("(none)")
    for recipient_id in entry.recipient_ids if entry.kind != "office" else ():
        if directory.find(recipient_id) is None:
            raise UnknownOffice(recipient_id)


def _is_whole(entry: DirectoryEntry) -> bool:
    """Whether an office's entry says which office it speaks of."""
    return entry.kind != "office" or len(entry.recipient_ids) == 1


def _office(entry: DirectoryEntry, base: Directory) -> Office:
    """The office as the entry has it: a known one with other dates or another name, else a new one."""
    recipient_id = entry.recipient_ids[0]
    known = base.find(recipient_id)
    if known is None:
        return Office(
            recipient_id=recipient_id,
            name=entry.name,
            level=entry.level or "central",
            family="operator",
            province=entry.province,
            valid_from=entry.valid_from,
            valid_to=entry.valid_to,
        )
    aliases = known.aliases if entry.name == known.name else (*known.aliases, known.name)
    return replace(
        known,
        name=entry.name,
        aliases=aliases,
        valid_from=entry.valid_from or known.valid_from,
        valid_to=_earlier(entry.valid_to, known.valid_to),
    )


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((each for each in (one, other) if each), default=None)


def _group(entry: DirectoryEntry) -> Group:
    return Group(
        entry.entry_id.removeprefix("group:"), (entry.name,), frozenset(), "members", entry.name, entry.recipient_ids
    )


def _version(base: Directory, entries: Iterable[DirectoryEntry]) -> str:
    told = sorted(entry.model_dump_json() for entry in entries)
    if not told:
        return base.version
    return hashlib.sha256("\n".join([base.version, *told]).encode()).hexdigest()[:16]
