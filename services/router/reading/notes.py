"""Reads what stands in brackets or behind 'để': a purpose, the places meant, the office a unit is of."""

from __future__ import annotations

from dataclasses import replace

from services.router.reading.state import State
from services.router.reading.syntax import Place, Unread


def read_note(state: State) -> bool:
    """Skip '(để b/c)', '(02 bản)'; read '(Hà Nội, Hải Phòng)' as places; keep other words as unread."""
    cursor = state.cursor
    if cursor.is_done:
        return False
    if cursor.key != "(":
        return _skip_purpose(state)
    start = cursor.at
    end = next((at for at in range(start, len(cursor.tokens)) if cursor.tokens[at].key == ")"), len(cursor.tokens))
    if not (_is_purpose(state, start + 1, end) or _read_places(state, start + 1, end) or _is_owner(state, end)):
        state.items.append(Unread(cursor.quote(start, end + 1), "note"))
    cursor.at = min(end + 1, len(cursor.tokens))
    return True


def _skip_purpose(state: State) -> bool:
    cursor = state.cursor
    if cursor.particle() != "note":
        return False
    while not cursor.at_boundary:
        cursor.at += 1
    return True


def _is_purpose(state: State, start: int, end: int) -> bool:
    cursor = state.cursor
    if end <= start or cursor.particle(start) in ("note", "drop"):
        return True
    matches = [match for at in range(start, end) if (match := cursor.peek(at)) is not None]
    tells = any(match.sense.particle == "note" for match in matches)
    return tells and not any(match.sense.names_somebody for match in matches)


def _is_owner(state: State, end: int) -> bool:
    """'Cục Kiểm tra văn bản (Bộ Tư pháp)', 'Bộ Tư pháp (Cục Kiểm tra văn bản)'."""
    cursor = state.cursor
    match = cursor.peek(cursor.at + 1)
    if match is None or cursor.at + 1 + match.length != end or not state.draft.heads:
        return False
    outer, inner = state.draft.heads[-1].sense.offices, match.sense.offices
    return any(one.parent == other.recipient_id or other.parent == one.recipient_id for one in outer for other in inner)


def _read_places(state: State, start: int, end: int) -> bool:
    """A list of provinces says which ones the group before it means."""
    cursor, places, at = state.cursor, [], start
    while at < end:
        if cursor.tokens[at].is_mark or cursor.particle(at) == "and":
            at += 1
            continue
        length, units = cursor.directory.names.longest(cursor.tokens, at)
        provinces = tuple(unit for unit in units if unit.level == "province")
        if not provinces:
            return False
        places.append(Place(None, provinces, False, cursor.quote(at, at + length)))
        at += length
    state.draft = replace(state.draft, places=tuple(places))
    return bool(places)
