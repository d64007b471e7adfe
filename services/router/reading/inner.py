"""Reads parts of an office: codes behind 'phòng', names in a list that an office owns, 'X của Y'."""

from __future__ import annotations

from dataclasses import replace

from services.router.directory.lexicon import Sense
from services.router.reading.state import State
from services.router.reading.syntax import Head

SHARED_HEADS = frozenset({"bộ", "sở", "ban", "phòng", "vụ", "cục"})
"""First words that a following name may leave out: 'Sở Y tế, Tài chính'."""
SHORTEST_NAME = 3
"""Words from which the name of an inner unit cannot be a code of something else."""
LONGEST_CODE = 8
"""Words that a name of an inner unit may have."""


def read_member(state: State) -> bool:
    """In a list that an office owns, one of its inner units by name: 'VPCP: …, Trợ lý TTg'."""
    cursor = state.cursor
    if state.lists.owner is None or state.lists.codes:
        return False
    match, plain = cursor.peek_member(), cursor.peek()
    if match is None or (plain and plain.length > match.length) or not cursor.ends_at(cursor.at + match.length):
        return False
    state.close()
    text = cursor.take(match.length)
    state.draft = replace(state.draft, heads=(Head(match.key, Sense(), False, text, (text,)),))
    return True


def read_own_member(state: State) -> bool:
    """An inner unit by its whole name, of the issuer if it has one: 'Ban Quản lý quy hoạch'."""
    cursor = state.cursor
    match = cursor.peek_member()
    if match is None or match.length < SHORTEST_NAME or not _ends(state, match.length):
        return False
    if state.draft.heads or state.draft.places:
        state.close()
    text = cursor.take(match.length)
    state.draft = replace(state.draft, heads=(Head(match.key, Sense(), False, text, (text,)),))
    return True


def read_code(state: State) -> bool:
    """A code or name of an inner unit behind 'phòng', 'các Vụ:'; a known name may hold commas."""
    cursor = state.cursor
    if not state.lists.codes or not state.draft.heads:
        return False
    known, plain = cursor.peek_member(), cursor.peek()
    if known and plain and plain.sense.names_somebody and plain.length >= known.length:
        return False
    length = known.length if known and _ends(state, known.length) else _length_of_code(state)
    if not length:
        return False
    head = state.draft.heads[-1]
    state.amend(replace(head, codes=(*head.codes, cursor.take(length))))
    return True


def _length_of_code(state: State) -> int:
    """Words up to the separator, if none of them begins something else."""
    cursor = state.cursor
    match = cursor.peek()
    if match and (match.sense.position or match.sense.names_somebody or match.sense.kind or match.sense.particle):
        return 0
    end = cursor.at
    while not cursor.ends_at(end) and cursor.tokens[end].key not in "()":
        end += 1
    length = end - cursor.at
    return length if length <= LONGEST_CODE else 0


def read_owner(state: State) -> bool:
    """'Các đơn vị trực thuộc' + 'Bộ Y tế'; 'Cục Kiểm tra văn bản' + 'Bộ Tư pháp'; 'phòng' + its code."""
    cursor = state.cursor
    if not state.draft.heads:
        return False
    head = state.draft.heads[-1]
    shared = head.key[-1:] if len(head.key) > 1 and head.key[-1] in SHARED_HEADS and head.is_inner else ()
    match = cursor.peek(prefix=shared)
    if match is None or not match.sense.names_somebody or not _ends(state, match.length):
        return head.is_inner and not head.codes and read_code(state)
    owned = {office.parent for office in head.sense.offices} & {o.recipient_id for o in match.sense.offices}
    if not head.is_inner and not owned:
        return False
    text = cursor.take(match.length)
    state.amend(replace(head, owner=Head(match.key, match.sense, False, text)))
    return True


def _ends(state: State, length: int) -> bool:
    """A part or its owner stands at the end of a chunk, or before a place, a note or an office at the end."""
    cursor = state.cursor
    at = cursor.at + length
    if cursor.ends_at(at) or cursor.tokens[at].key in "()":
        return True
    match = cursor.peek(at)
    if match is None:
        return False
    sense = match.sense
    return (
        sense.kind is not None
        or sense.particle == "note"
        or (bool(sense.offices) and cursor.ends_at(at + match.length))
    )
