"""Reads one line into clauses, chunk by chunk.

A chunk stands between separators (',', ';', 'và'). It is

    [các] post* [các] head qualifier* place*   or   [các] place   or   a code of an inner unit

and a chunk that is anything else is left whole as unread: half of a name may be another office's name.
Chunks join: 'Tỉnh ủy, UBND các tỉnh, TP' is two heads sharing two places, 'CT, các PCT UBND tỉnh' two posts of
one head, 'Các Bộ: Công an, Tư pháp' two names sharing their first word.
"""

from __future__ import annotations

from dataclasses import replace

from services.router.directory.lexicon import Match
from services.router.directory.offices import Directory
from services.router.reading.cursor import MARKS, Cursor
from services.router.reading.heads import read_head, read_posts, skip_person
from services.router.reading.inner import read_code, read_member, read_own_member, read_owner
from services.router.reading.notes import read_exception, read_note
from services.router.reading.places import read_place, read_region, read_tier, take_place
from services.router.reading.state import Draft, Lists, State
from services.router.reading.syntax import Clause, Head, Item, Reference, Unread

LONGEST_SHARED = 3
"""Words before a colon that listed names may share: 'Thường trực: Tỉnh ủy, HĐND'."""


class StuckError(Exception):
    """The chunk is not one that the grammar knows."""


def read_line(text: str, directory: Directory) -> tuple[Item, ...]:
    """The clauses, references and unread parts of a line, in order. Every word is in one of them."""
    cursor = Cursor(text, directory.spelling.read(text), directory)
    if any(cursor.particle(at) == "condition" for at in range(len(cursor.tokens))):
        return (Unread(text.strip(), "condition"),)
    state = State(cursor)
    while _skip_marks(state):
        _read_or_leave(state)
    state.close()
    return tuple(state.items)


def _skip_marks(state: State) -> bool:
    cursor = state.cursor
    while not cursor.is_done:
        if cursor.key == "(":
            read_note(state)
        elif cursor.key in MARKS or cursor.key == ")":
            state.draft = replace(state.draft, apart=state.draft.apart or cursor.key == ";")
            cursor.at += 1
        elif cursor.particle() == "and":
            cursor.skip_phrase()
        elif not _skip_salutation(state):
            return True
    return False


def _skip_salutation(state: State) -> bool:
    """'Các Ông (Bà):' names nobody."""
    cursor, start = state.cursor, state.cursor.at
    cursor.skip_quantifiers()
    if cursor.at > start and (cursor.is_done or cursor.key in "(:"):
        return True
    cursor.at = start
    return False


def _read_or_leave(state: State) -> None:
    start, draft, lists, items = state.cursor.at, state.draft, state.lists, len(state.items)
    try:
        if not (read_exception(state) or _read_reference(state) or _read_shared_words(state)):
            _read_chunk(state)
            _end_chunk(state, start)
    except StuckError:
        state.draft, state.lists = draft, lists
        del state.items[items:]
        state.cursor.at = start
        if _qualifies_places(state):
            start, state.draft = draft.start, Draft()
        _leave_unread(state, start, state.cursor.at)


def _qualifies_places(state: State) -> bool:
    """'các tỉnh, thành phố ven biển …': words that narrow 'thành phố' narrow 'các tỉnh' too."""
    state.cursor.skip_quantifiers()
    match = state.cursor.peek()
    generic = any(not place.units for place in state.draft.places)
    return generic and match is not None and match.sense.kind is not None


def _leave_unread(state: State, start: int, chunk: int) -> None:
    """Pass the chunk by; what follows too, where it may be a list whose first words are in the chunk.

    That is so behind a colon, and where the chunk ends in a name: 'Y tế các Bộ, ngành' means no Bộ and no ngành.
    """
    cursor, depth, holds_name = state.cursor, 0, False
    while not cursor.is_done:
        depth += (cursor.key == "(") - (cursor.key == ")")
        if cursor.key == ":" or (holds_name and cursor.at_boundary):
            _skip_to_semicolon(state)
            break
        if depth <= 0 and cursor.at > chunk and cursor.at_boundary:
            break
        match = cursor.peek()
        names = match is not None and match.sense.names_somebody
        holds_name = holds_name or (names and cursor.at > chunk)
        cursor.at += match.length if match and names else 1
    state.items.append(Unread(cursor.quote(start, cursor.at), "unknown_name"))


def _skip_to_semicolon(state: State) -> None:
    while not state.cursor.is_done and state.cursor.key != ";":
        state.cursor.at += 1


def _read_reference(state: State) -> bool:
    cursor, start = state.cursor, state.cursor.at
    cursor.skip_quantifiers()
    match = cursor.peek()
    role, _, to = ((match.sense.particle if match else None) or "").partition(":")
    if match is None or role != "refer":
        cursor.at = start
        return False
    state.close()
    cursor.at += match.length
    while not cursor.is_done and cursor.key not in (";", "("):
        cursor.at += 1
    state.items.append(Reference(cursor.quote(start, cursor.at), to))
    read_note(state)
    return True


def _read_shared_words(state: State) -> bool:
    """'Thường trực: Tỉnh ủy, HĐND tỉnh'; 'Văn phòng: Quốc hội, Chính phủ': words that begin the names behind them."""
    cursor = state.cursor
    ends = range(cursor.at + 1, min(cursor.at + LONGEST_SHARED + 1, len(cursor.tokens) - 1))
    colon = next((at for at in ends if cursor.tokens[at].key == ":"), None)
    match = cursor.peek()
    if colon is None or (match and (_is_outer_group(match) or match.sense.position or match.sense.particle)):
        return False
    words = tuple(token.key for token in cursor.tokens[cursor.at : colon])
    starts = [colon + 1, *(at + 1 for at in range(colon + 1, len(cursor.tokens)) if cursor.ends_at(at))]
    if all(cursor.peek(at, words) is None for at in starts):
        return False
    state.close()
    state.lists = replace(state.lists, prefix=words, listing=True)
    cursor.at = colon + 1
    return True


def _is_outer_group(match: Match) -> bool:
    return match.sense.group is not None and match.sense.group.level != "own"


def _read_chunk(state: State) -> None:
    cursor, start = state.cursor, state.cursor.at
    plural = cursor.skip_quantifiers()
    if _read_person(state):
        return
    if read_member(state) or read_code(state):
        if not read_note(state) and not cursor.at_boundary:
            read_owner(state)
        return
    has_posts = read_posts(state)
    plural = cursor.skip_quantifiers() or (plural and not has_posts)
    if has_posts and (cursor.at_boundary or read_note(state)):
        return
    if not (read_head(state, plural, has_posts) or _read_further_place(state, plural) or read_own_member(state)):
        raise StuckError
    if state.draft.start < 0:
        state.draft = replace(state.draft, start=start)
    while not cursor.at_boundary:
        known = read_note(state) or _read_qualifier(state) or read_owner(state) or _read_linked_place(state)
        if not known and not _read_person(state):
            raise StuckError


def _read_person(state: State) -> bool:
    """A further name behind posts: 'các PTTg: Lê Minh Khái, Trần Hồng Hà'."""
    cursor, start = state.cursor, state.cursor.at
    if not _speaks_of_people(state.draft):
        return False
    skip_person(state)
    if cursor.at > start and (cursor.at_boundary or read_note(state)):
        return True
    cursor.at = start
    return False


def _speaks_of_people(draft: Draft) -> bool:
    return bool(draft.posts) or any(o.level == "position" for head in draft.heads[-1:] for o in head.sense.offices)


def _read_qualifier(state: State) -> bool:
    role, draft = state.cursor.particle(), state.draft
    if role == "vague":
        state.draft = replace(draft, vague=True)
    elif role == "whole":
        state.draft = replace(draft, whole=True)
    elif role == "run" and draft.places:
        state.draft = replace(draft, places=(*draft.places[:-1], replace(draft.places[-1], run=True)))
    elif role == "run":
        state.draft = replace(draft, run=True)
    elif role != "tail":
        return False
    state.cursor.skip_phrase()
    return True


def _read_linked_place(state: State) -> bool:
    """[link] place; behind places without a name a linked place is where they lie."""
    cursor = state.cursor
    if read_tier(state):
        return True
    linked = cursor.particle() == "link"
    if linked:
        cursor.skip_phrase()
    if read_region(state):
        return True
    plural = cursor.skip_quantifiers()
    if linked and read_owner(state):
        return True
    if linked and state.draft.places and not state.draft.places[-1].units:
        place = take_place(state, plural)
        if place is not None:
            state.draft = replace(state.draft, within=(*state.draft.within, place))
        return place is not None
    return _takes_place(state) and read_place(state, plural)


def _read_further_place(state: State, plural: bool) -> bool:
    """A place in a chunk of its own: of the heads before it, if any of them has places."""
    return _takes_place(state) and read_place(state, plural)


def _takes_place(state: State) -> bool:
    if not state.draft.heads:
        return True
    head = state.draft.heads[-1]
    group = head.sense.group
    return bool(head.sense.templates or head.owner) or (group is not None and group.level not in ("central", "own"))


def _end_chunk(state: State, start: int) -> None:
    cursor = state.cursor
    if not cursor.at_boundary:
        raise StuckError
    begun = state.draft.start if state.draft.start >= 0 else start
    state.draft = replace(state.draft, start=begun, end=cursor.at)
    if cursor.key == ":":
        cursor.at += 1
        _open_list(state)


def _open_list(state: State) -> None:
    """What stands before a colon: the owner of a list, or what the listed names share."""
    draft, lists = state.draft, state.lists
    if any(place.plural and not place.units for place in draft.places):
        named = tuple(place for place in draft.places if place.units)
        state.draft = replace(draft, places=named)
        state.lists = replace(lists, named=tuple(place for place in draft.places if not place.units))
        return
    if draft.posts and not draft.heads and _shares_first_word(state):
        return
    if not draft.heads or (_speaks_of_people(draft) and draft.heads[-1].sense.group is None):
        return
    head = draft.heads[-1]
    group = head.sense.group
    if head.sense.templates and state.cursor.peek() is None and state.cursor.peek_units()[0]:
        return
    if group is None or head.sense.offices or "van-phong" in group.tags:
        _own_list(state, head)
    elif group.level == "own":
        state.lists = replace(lists, codes=True)
    else:
        state.draft = replace(draft, heads=draft.heads[:-1])
        state.lists = replace(lists, prefix=head.key[:1], listing=True)


def _shares_first_word(state: State) -> bool:
    """'Các Bộ trưởng: Công Thương, Tài chính': the post begins with the word that the listed names leave out."""
    first = state.cursor.directory.spelling.key(state.draft.posts[-1].text)[:1]
    if state.cursor.peek(prefix=first) is None:
        return False
    state.lists = replace(state.lists, prefix=first, listing=True)
    return True


def _own_list(state: State, head: Head) -> None:
    draft = state.draft
    owner = Clause(head.text, (), (head,), draft.places, draft.within)
    state.draft = replace(draft, heads=draft.heads[:-1], places=(), within=())
    state.close()
    state.lists = Lists(owner=owner)
