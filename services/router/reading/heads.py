"""Reads posts and heads: who is spoken of, before where."""

from __future__ import annotations

from dataclasses import replace

from services.router.directory.lexicon import Match
from services.router.directory.model import Position
from services.router.reading.inner import SHARED_HEADS
from services.router.reading.state import State
from services.router.reading.syntax import Head, Post

SHORTEST_PERSON, LONGEST_PERSON = 2, 5
"""Words in a person's name."""


def read_posts(state: State) -> bool:
    """Posts here, with the names of the persons who hold them skipped."""
    cursor, posts = state.cursor, []
    while (match := cursor.peek()) and (position := match.sense.position) and not match.sense.names_somebody:
        posts.append(_take_post(state, match, position))
        skip_person(state)
        cursor.at += _is_field(state)
        if cursor.particle() == "link":
            cursor.skip_phrase()
        if cursor.particle() in ("each", "drop"):
            break
    if posts and (state.draft.heads or state.draft.places):
        state.close()
    state.draft = replace(state.draft, posts=(*state.draft.posts, *posts))
    return bool(posts)


def _take_post(state: State, match: Match, position: Position) -> Post:
    """The post; in 'Trưởng Ban Chỉ đạo' the word Ban is the committee's, not the post's."""
    cursor = state.cursor
    shorter = cursor.directory.lexicon.get(match.key[:-1]) if match.length > 1 else None
    last = cursor.at + match.length - 1
    following = cursor.peek(last) or cursor.peek_member(last)
    if shorter and shorter.position and following and following.length > 1:
        return Post(shorter.position, cursor.take(match.length - 1))
    return Post(position, cursor.take(match.length))


def skip_person(state: State) -> None:
    """Skip a person's name behind a post: the post is what counts."""
    cursor = state.cursor
    end = cursor.at
    while end < len(cursor.tokens) and cursor.tokens[end].is_capitalised and not cursor.tokens[end].is_mark:
        match = cursor.peek(end)
        if end > cursor.at and match and (match.sense.names_somebody or match.sense.kind):
            break
        end += 1
    if not SHORTEST_PERSON <= end - cursor.at <= LONGEST_PERSON:
        return
    match, first = cursor.peek(), cursor.tokens[cursor.at]
    is_phrase = match and match.length > 1 and (match.sense.names_somebody or match.sense.position or match.sense.kind)
    if not is_phrase and (len(first.text) == 1 or first.key in cursor.directory.family_names):
        cursor.at = end


def _is_field(state: State) -> bool:
    """'PCVP NC': the code of a division behind a post tells which of the deputies."""
    cursor = state.cursor
    if cursor.is_done or not (cursor.tokens[cursor.at].text.isupper() and cursor.ends_at(cursor.at + 1)):
        return False
    match = cursor.peek()
    is_phrase = match is not None and (match.sense.names_somebody or match.sense.position or match.sense.kind)
    return not is_phrase and cursor.peek_member() is not None


def read_head(state: State, plural: bool, has_posts: bool) -> bool:
    """An office, body or group, by its own name or by one that shares its first word with the name before."""
    cursor, lists = state.cursor, state.lists
    shared = cursor.peek(prefix=lists.prefix) if lists.prefix else None
    plain = cursor.peek()
    shared = shared if shared and shared.sense.names_somebody and not _is_place(state, plain, shared) else None
    plain = plain if plain and plain.sense.names_somebody else None
    match = _prefer(state, shared, plain)
    if match is None or _continues_places(state, match):
        return False
    if lists.listing and match is plain and state.draft.heads:
        state.close()
    state.lists = replace(lists, listing=lists.listing and match is shared)
    _add_head(state, match, plural, has_posts)
    return True


def _is_place(state: State, plain: Match | None, shared: Match) -> bool:
    """'TP' behind 'Các Bộ:' may be Tư pháp; behind 'Bộ Chỉ huy' and before a name it is thành phố."""
    if plain is None or plain.sense.kind is None:
        return False
    return not (state.lists.listing and state.cursor.ends_at(state.cursor.at + shared.length))


def _prefer(state: State, shared: Match | None, plain: Match | None) -> Match | None:
    """In 'Các Bộ: Công an, …' the ministry; in 'Sở Y tế, Công an tỉnh' the police."""
    if shared is None or plain is None:
        return shared or plain
    if plain.length > shared.length:
        return plain
    ends = state.cursor.ends_at(state.cursor.at + shared.length)
    return shared if state.lists.listing or (ends and state.lists.prefix == ("bộ",)) else plain


def _continues_places(state: State, match: Match) -> bool:
    """'thành ủy' in 'Ban Tuyên giáo các tỉnh ủy, thành ủy' is a place."""
    heads, places = state.draft.heads, state.draft.places
    families = heads[-1].families if heads else frozenset()
    is_committee = bool(match.sense.templates) and all(t.family == "cap-uy" for t in match.sense.templates)
    over_committees = bool(families) and all(f.endswith("-cap-uy") for f in families)
    return bool(places) and not places[-1].units and is_committee and over_committees


def _add_head(state: State, match: Match, plural: bool, has_posts: bool) -> None:
    if _begins_clause(state, match, has_posts):
        state.close()
    head = Head(match.key, match.sense, plural, state.cursor.take(match.length))
    state.draft = replace(state.draft, heads=(*state.draft.heads, head))
    group = match.sense.group
    keeps = match.key[0] in SHARED_HEADS and not state.lists.listing
    prefix = match.key[:1] if keeps else state.lists.prefix
    state.lists = replace(state.lists, codes=group is not None and group.level == "own", prefix=prefix)
    if any(office.level == "position" for office in match.sense.offices):
        skip_person(state)


def _begins_clause(state: State, match: Match, has_posts: bool) -> bool:
    """Whether this head shares neither posts nor places with what stands before it."""
    draft, listing = state.draft, state.lists.listing
    if draft.places:
        return True
    if not draft.heads:
        return bool(draft.posts) and not (has_posts or listing or _behind_colon(state))
    if listing or _is_sibling(state, match):
        return False
    group = draft.heads[-1].sense.group
    behind_group = group is not None and match.sense.group is None
    shares_posts = all(post.position.reach == "office" for post in draft.posts)
    return draft.apart or behind_group or not shares_posts


def _is_sibling(state: State, match: Match) -> bool:
    """'Bí thư các tỉnh ủy, thành ủy': the second name is of the family of the first."""
    heads = state.draft.heads
    return bool(heads) and bool(heads[-1].families & {template.family for template in match.sense.templates})


def _behind_colon(state: State) -> bool:
    at = state.cursor.at
    return at > 0 and state.cursor.tokens[at - 1].key == ":"
