"""Reads what stands in brackets or behind 'để', 'trừ': a purpose, places, the office a unit is of, who is excepted."""

from __future__ import annotations

import re
from dataclasses import replace

from services.router.reading.heads import LONGEST_PERSON
from services.router.reading.places import PROVINCES
from services.router.reading.state import State
from services.router.reading.syntax import Excepted, Place, Unread

DIVISION = "phòng"
DESK = re.compile(r"[A-Z]{1,2}\d{2}")
"""The police number their departments: A03, PC06 (general knowledge, unverified)."""
EXCEPT = "except"
"""Role of 'trừ' in particles.csv."""


def read_note(state: State) -> bool:
    """Skip '(để b/c)', '(02 bản)'; read '(Hà Nội, Hải Phòng)' as places; keep other words as unread."""
    cursor = state.cursor
    if cursor.is_done:
        return False
    if cursor.key != "(":
        return read_exception(state) or _skip_purpose(state)
    start = cursor.at
    end = next((at for at in range(start, len(cursor.tokens)) if cursor.tokens[at].key == ")"), len(cursor.tokens))
    if cursor.particle(start + 1) == EXCEPT:
        cursor.at = start + 1
        return read_exception(state)
    known = _is_purpose(state, start + 1, end) or _read_places(state, start + 1, end)
    known = known or _is_owner(state, end) or _is_person(state, end) or _is_initials(state, end)
    if not (known or _is_part(state, end)):
        state.items.append(Unread(cursor.quote(start, end + 1), "note"))
    cursor.at = min(end + 1, len(cursor.tokens))
    return True


def read_exception(state: State) -> bool:
    """'trừ Sở Y tế', up to the ';' or the bracket's end: whoever the line names, but not these."""
    cursor = state.cursor
    if cursor.particle() != EXCEPT:
        return False
    cursor.skip_phrase()
    start = cursor.at
    while not cursor.is_done and cursor.key not in (";", ")"):
        cursor.at += 1
    state.items.append(Excepted(cursor.quote(start, cursor.at)))
    cursor.at += cursor.key == ")"
    return True


def _is_person(state: State, end: int) -> bool:
    """'Phó CVP (Ô. Thắng)': who holds the post."""
    cursor, draft = state.cursor, state.draft
    inside = cursor.tokens[cursor.at + 1 : end]
    named = bool(inside) and all(token.is_capitalised and not token.is_mark for token in inside)
    somebody = any((match := cursor.peek(at)) and match.sense.names_somebody for at in range(cursor.at + 1, end))
    return bool(draft.posts) and named and len(inside) <= LONGEST_PERSON and not somebody


def _is_part(state: State, end: int) -> bool:
    """'Công an tỉnh (Phòng Cảnh sát môi trường)', 'Bộ Công an (A03)': the desk in the office that is named."""
    cursor, start = state.cursor, state.cursor.at + 1
    heads = state.draft.heads
    if end - start < 1 or not heads or heads[-1].sense.group is not None:
        return False
    is_division = cursor.tokens[start].key == DIVISION and not any(t.is_mark for t in cursor.tokens[start:end])
    return is_division or (end - start == 1 and DESK.fullmatch(cursor.tokens[start].text) is not None)


def _is_initials(state: State, end: int) -> bool:
    """'Tập đoàn Điện lực Việt Nam (EVN)': the short form of the one office of the centre just named."""
    cursor, draft = state.cursor, state.draft
    if end != cursor.at + 2 or not draft.heads or draft.heads[-1].sense.group is not None:
        return False
    offices = draft.heads[-1].sense.offices
    return len(offices) == 1 and cursor.tokens[end - 1].text in offices[0].aliases


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
    """A list of provinces says which ones the group before it means; behind a named unit, where it lies."""
    cursor, places, at = state.cursor, [], start
    while at < end:
        match = cursor.peek(at)
        if match and match.sense.kind in PROVINCES and not match.sense.names_somebody:
            at += match.length
            continue
        if cursor.tokens[at].is_mark or cursor.particle(at) == "and":
            at += 1
            continue
        length, units = cursor.directory.names.longest(cursor.tokens, at)
        provinces = tuple(unit for unit in units if unit.level == "province")
        if not provinces:
            return False
        places.append(Place(None, provinces, False, cursor.quote(at, at + length)))
        at += length
    if state.draft.places and all(place.units for place in state.draft.places):
        state.draft = replace(state.draft, within=(*state.draft.within, *places))
    else:
        state.draft = replace(state.draft, places=tuple(places))
    return bool(places)
