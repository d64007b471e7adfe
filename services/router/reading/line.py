"""Reads one line into clauses, chunk by chunk.

A chunk stands between separators (',', ';', 'và'). It is

    [các] post* [các] head qualifier* place*   or   [các] place   or   a code of an inner unit

and a chunk that is anything else is left whole as unread: half of a name may be another office's name.
Chunks join: 'Tỉnh ủy, UBND các tỉnh, TP' is two heads sharing two places, 'CT, các PCT UBND tỉnh' two posts of
one head, 'Các Bộ: Công an, Tư pháp' two names sharing their first word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.router.directory.lexicon import Match, Sense
from services.router.directory.model import Unit
from services.router.directory.offices import Directory
from services.router.reading.fold import Key, Token
from services.router.reading.syntax import Clause, Head, Item, Place, Post, Reference, Unread

SHARED_HEADS = frozenset({"bộ", "sở", "ban", "phòng", "vụ", "cục"})
"""First words that a following name may leave out: 'Sở Y tế, Tài chính'."""
MARKS = frozenset({",", ";", ":", "/", "..", "…"})
LONGEST_CODE = 8
"""Words that a name of an inner unit may have."""


class Stuck(Exception):
    """The chunk is not one that the grammar knows."""


@dataclass
class Draft:
    """The clause being built."""

    posts: list[Post] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    within: list[Place] = field(default_factory=list)
    whole: bool = False
    vague: bool = False
    start: int = -1
    end: int = -1

    def copy(self) -> Draft:
        return Draft(
            list(self.posts),
            list(self.heads),
            list(self.places),
            list(self.within),
            self.whole,
            self.vague,
            self.start,
            self.end,
        )


def read_line(text: str, directory: Directory) -> tuple[Item, ...]:
    """The clauses, references and unread parts of a line, in order. Every word is in one of them."""
    tokens = directory.spelling.read(text)
    return tuple(LineReader(text, tokens, directory).read())


class LineReader:
    """One pass over the tokens of one line."""

    def __init__(self, text: str, tokens: Sequence[Token], directory: Directory) -> None:
        self._text, self._tokens, self._directory = text, tokens, directory
        self._lexicon = directory.lexicon
        self._at = 0
        self._draft = Draft()
        self._items: list[Item] = []
        self._owner: Clause | None = None
        self._prefix: Key = ()
        self._listing = False
        self._codes = False
        self._listed: Place | None = None

    def read(self) -> list[Item]:
        if self._is_condition():
            return [Unread(self._text.strip(), "condition")]
        while self._skip_marks():
            self._chunk()
        self._close()
        return self._items

    def _is_condition(self) -> bool:
        return any(self._particle(at) == "condition" for at in range(len(self._tokens)))

    # -- tokens

    def _peek(self, at: int | None = None) -> Match | None:
        at = self._at if at is None else at
        return self._lexicon.longest(self._tokens, at) if at < len(self._tokens) else None

    def _particle(self, at: int | None = None) -> str | None:
        match = self._peek(at)
        return match.sense.particle if match and not match.sense.names_somebody else None

    def _at_boundary(self) -> bool:
        return self._ends_at(self._at)

    def _ends_at(self, at: int) -> bool:
        """Whether a separator stands here; one that an abbreviation brought with it ('VHTTDL') separates nothing."""
        if at >= len(self._tokens):
            return True
        if at and self._tokens[at].start == self._tokens[at - 1].start:
            return False
        return self._tokens[at].key in MARKS or self._particle(at) == "and"

    def _skip_marks(self) -> bool:
        while self._at < len(self._tokens):
            key = self._tokens[self._at].key
            if key == "(":
                self._note()
            elif key in MARKS or key == ")":
                self._at += 1
            elif self._particle() == "and":
                self._skip_phrase()
            else:
                return True
        return False

    def _skip_phrase(self) -> None:
        match = self._peek()
        self._at += match.length if match else 1

    def _quantifiers(self) -> bool:
        """Skip 'các', 'đồng chí'; whether a word of plurality was among them."""
        plural = False
        while self._particle() in ("each", "drop"):
            plural = plural or self._particle() == "each"
            self._skip_phrase()
        return plural

    def _quote(self, start: int, end: int) -> str:
        if start >= end:
            return ""
        return self._text[self._tokens[start].start : self._tokens[end - 1].end].strip()

    # -- chunks

    def _chunk(self) -> None:
        start, before, items = self._at, self._draft.copy(), len(self._items)
        state = (self._owner, self._prefix, self._listing, self._codes)
        try:
            if not self._reference():
                self._read_chunk()
                self._after_chunk(start)
        except Stuck:
            self._draft = before
            del self._items[items:]
            self._owner, self._prefix, self._listing, self._codes = state
            self._leave_unread(start)

    def _leave_unread(self, start: int) -> None:
        self._at = start
        depth = 0
        while self._at < len(self._tokens):
            key = self._tokens[self._at].key
            depth += (key == "(") - (key == ")")
            if depth <= 0 and self._at > start and self._at_boundary():
                break
            match = self._peek()
            self._at += match.length if match and match.sense.names_somebody else 1
        self._items.append(Unread(self._quote(start, self._at), "unknown_name"))

    def _reference(self) -> bool:
        match = self._peek()
        if match is None or not (match.sense.particle or "").startswith("refer:"):
            return False
        self._close()
        start = self._at
        self._at += match.length
        while self._at < len(self._tokens) and self._tokens[self._at].key not in (";", "("):
            self._at += 1
        to = (match.sense.particle or "").partition(":")[2]
        self._items.append(Reference(self._quote(start, self._at), to))
        self._note()
        return True

    def _read_chunk(self) -> None:
        start = self._at
        plural = self._quantifiers()
        if self._member() or self._code():
            return
        posts = self._posts(plural)
        plural = self._quantifiers() or (plural and not posts)
        if posts:
            self._begin_posts(posts)
        if self._at_boundary() or self._note():
            if not posts:
                raise Stuck
            return
        if not self._head(plural, bool(posts)) and not self._place(plural, posts=bool(posts)):
            raise Stuck
        if self._draft.start < 0:
            self._draft.start = start
        self._tail()

    def _after_chunk(self, start: int) -> None:
        if not self._at_boundary():
            raise Stuck
        if self._draft.start < 0:
            self._draft.start = start
        self._draft.end = self._at
        if self._at < len(self._tokens) and self._tokens[self._at].key == ":":
            self._open_list()

    def _open_list(self) -> None:
        """What stands before a colon: the owner of a list, or the word that the listed names share."""
        self._at += 1
        draft = self._draft
        if draft.places and not draft.places[-1].units and draft.places[-1].plural:
            self._listed = draft.places.pop()
            return
        if not draft.heads:
            return
        head = draft.heads[-1]
        if head.sense.group is None or head.sense.offices:
            self._close_as_owner(head)
        elif head.sense.group.level == "own":
            self._codes = True
        else:
            draft.heads.pop()
            self._prefix, self._listing = (head.key[0],), True

    def _close_as_owner(self, head: Head) -> None:
        draft = self._draft
        owner = Clause(head.text, (), (head,), tuple(draft.places), tuple(draft.within))
        draft.heads.pop()
        draft.places.clear()
        self._close()
        self._owner = owner

    # -- posts

    def _posts(self, plural: bool) -> list[Post]:
        posts: list[Post] = []
        while (match := self._peek()) and match.sense.position and not self._is_longer_office(match):
            text = self._quote(self._at, self._at + match.length)
            self._at += match.length
            posts.append(Post(match.sense.position, plural, text))
            self._person()
            if self._particle() == "link":
                self._skip_phrase()
            if self._particle() in ("each", "drop"):
                break
        return posts

    def _is_longer_office(self, match: Match) -> bool:
        return match.sense.names_somebody

    def _begin_posts(self, posts: list[Post]) -> None:
        if self._draft.heads or self._draft.places:
            self._close()
        self._draft.posts.extend(posts)

    def _person(self) -> None:
        """Skip a person's name behind a post: the post is what counts."""
        end = self._at
        while end < len(self._tokens) and self._tokens[end].is_capitalised and not self._tokens[end].is_mark:
            match = self._peek(end)
            if match and (match.sense.names_somebody or match.sense.kind) and end > self._at:
                break
            end += 1
        first = self._tokens[self._at] if end > self._at else None
        if first is None or not 2 <= end - self._at <= 5:
            return
        match = self._peek()
        if match and (match.sense.names_somebody or match.sense.position or match.sense.kind) and match.length > 1:
            return
        if len(first.text) == 1 or first.key in self._directory.family_names:
            self._at = end

    # -- heads

    def _head(self, plural: bool, has_posts: bool) -> bool:
        shared = self._lexicon.longest(self._tokens, self._at, self._prefix) if self._prefix else None
        plain = self._peek()
        shared = shared if shared and shared.sense.names_somebody else None
        plain = plain if plain and plain.sense.names_somebody else None
        match = self._prefer(shared, plain)
        if match is None:
            return False
        if match is plain:
            self._listing = False
        self._add_head(match, plural, has_posts)
        return True

    def _prefer(self, shared: Match | None, plain: Match | None) -> Match | None:
        """In 'Các Bộ: Công an, …' the ministry; in 'Sở Y tế, Công an tỉnh' the police."""
        if shared is None or plain is None:
            return shared or plain
        if plain.length > shared.length:
            return plain
        if self._listing:
            return shared
        return shared if self._ends_at(self._at + shared.length) and self._prefix == ("bộ",) else plain

    def _add_head(self, match: Match, plural: bool, has_posts: bool) -> None:
        draft = self._draft
        pending = draft.posts and not draft.heads and not has_posts and not self._listing
        if draft.places or (draft.heads and draft.posts and not self._posts_share()) or (pending and not self._colon()):
            self._close()
        text = self._quote(self._at, self._at + match.length)
        self._at += match.length
        self._draft.heads.append(Head(match.key, match.sense, plural or self._listing, text))
        self._codes = match.sense.group is not None and match.sense.group.level == "own"
        if match.key[0] in SHARED_HEADS and not self._listing:
            self._prefix = (match.key[0],)
        if match.sense.offices and match.sense.offices[0].level == "position":
            self._person()

    def _posts_share(self) -> bool:
        return all(post.position.reach == "office" for post in self._draft.posts) or self._listing

    def _colon(self) -> bool:
        return self._at > 0 and self._tokens[self._at - 1].key == ":"

    def _member(self) -> bool:
        """In a list that an office owns, one of its inner units by name: 'VPCP: …, Trợ lý TTg'."""
        if self._owner is None or self._codes:
            return False
        match = self._directory.members_lexicon.longest(self._tokens, self._at)
        plain = self._peek()
        if match is None or (plain and plain.length > match.length) or not self._ends_at(self._at + match.length):
            return False
        self._close()
        text = self._quote(self._at, self._at + match.length)
        self._at += match.length
        self._draft.heads.append(Head(match.key, Sense(), False, text, (text,)))
        return True

    def _code(self) -> bool:
        """A code or name of an inner unit: behind 'phòng', 'các Vụ:'; a known name may hold commas."""
        if not self._codes or not self._draft.heads:
            return False
        known, plain = self._directory.members_lexicon.longest(self._tokens, self._at), self._peek()
        if known and plain and plain.sense.names_somebody and plain.length >= known.length:
            return False
        end = self._at + known.length if known and self._ends_at(self._at + known.length) else self._code_end()
        if end is None:
            return False
        head = self._draft.heads[-1]
        self._draft.heads[-1] = replace(head, codes=(*head.codes, self._quote(self._at, end)))
        self._at = end
        self._note()
        return True

    def _code_end(self) -> int | None:
        match = self._peek()
        if match and (match.sense.position or match.sense.names_somebody or match.sense.kind or match.sense.particle):
            return None
        end = self._at
        while not self._ends_at(end) and self._tokens[end].key not in "()":
            end += 1
        return end if 0 < end - self._at <= LONGEST_CODE else None

    # -- places

    def _place(self, plural: bool, posts: bool = False) -> bool:
        place = self._read_place(plural)
        if place is None:
            return False
        draft = self._draft
        if draft.places and self._contains(place, draft.places[-1]):
            draft.within.append(place)
        else:
            draft.places.append(place)
        return True

    def _read_place(self, plural: bool) -> Place | None:
        match = self._peek()
        if match and match.sense.kind and not match.sense.names_somebody:
            self._at += match.length
            units = self._named(frozenset({match.sense.kind}), None)
            return Place(match.sense.kind, units, plural)
        levels = self._expected_levels()
        units = self._named(None, levels) if levels and not (match and match.sense.names_somebody) else ()
        return Place(None, units, plural) if units else None

    def _named(self, kinds: frozenset[str] | None, levels: frozenset[str] | None) -> tuple[Unit, ...]:
        if self._at < len(self._tokens) and self._tokens[self._at].key == ":":
            return ()
        length, units = self._directory.names.longest(self._tokens, self._at)
        match = self._peek()
        if not length or (match and match.length > length):
            return ()
        chosen = tuple(u for u in units if (not kinds or u.kind in kinds) and (not levels or u.level in levels))
        if chosen:
            self._at += length
        return chosen

    def _expected_levels(self) -> frozenset[str]:
        """Levels at which a bare name can stand: those of the last place, else of the head."""
        if self._listed is not None and not self._draft.places:
            return frozenset(LEVELS_OF_KIND[self._listed.kind or ""])
        if self._draft.places:
            last = self._draft.places[-1]
            if last.units:
                return frozenset(unit.level for unit in last.units)
            return frozenset(LEVELS_OF_KIND[last.kind or ""])
        if not self._draft.heads:
            return frozenset()
        head = self._draft.heads[-1]
        return frozenset(t.level for t in head.sense.templates) - {"commune"} or GROUP_LEVELS.get(
            head.sense.group.level if head.sense.group else "", frozenset()
        )

    def _contains(self, place: Place, last: Place) -> bool:
        """Whether `place` says where `last` lies: 'xã A, huyện B', 'các xã, phường trên địa bàn tỉnh'."""
        if place.units:
            return any(
                self._directory.lies_in(low, high) and low is not high and low.level != high.level
                for low in last.units
                for high in place.units
            )
        return False

    # -- what follows a head

    def _tail(self) -> None:
        while not self._at_boundary():
            if not (self._note() or self._qualifier() or self._owner_of_inner() or self._placed()):
                raise Stuck

    def _qualifier(self) -> bool:
        role = self._particle()
        if role == "vague":
            self._draft.vague = True
        elif role == "whole":
            self._draft.whole = True
        elif role == "run" and self._draft.places:
            last = self._draft.places.pop()
            self._draft.places.append(replace(last, run=True))
        elif role != "tail":
            return False
        self._skip_phrase()
        return True

    def _placed(self) -> bool:
        """[link] place; behind generic places a linked place is where they lie."""
        linked = self._particle() == "link"
        if linked:
            self._skip_phrase()
        plural = self._quantifiers()
        if linked and self._owner_of_inner():
            return True
        if linked and self._draft.places and not self._draft.places[-1].units:
            place = self._read_place(plural)
            if place is not None:
                self._draft.within.append(place)
            return place is not None
        return self._takes_place() and self._place(plural)

    def _takes_place(self) -> bool:
        if not self._draft.heads:
            return True
        sense = self._draft.heads[-1].sense
        return bool(sense.templates) or (sense.group is not None and sense.group.level not in ("central", "own"))

    def _owner_of_inner(self) -> bool:
        """'Các đơn vị trực thuộc' + 'Bộ Y tế'; 'phòng' + the code behind it."""
        if not self._draft.heads:
            return False
        head = self._draft.heads[-1]
        if head.sense.group is None or head.sense.group.level != "own":
            return False
        shared = head.key[-1:] if head.key[-1] in SHARED_HEADS and len(head.key) > 1 else ()
        match = self._lexicon.longest(self._tokens, self._at, shared)
        if match and match.sense.names_somebody and self._ends_at(self._at + match.length):
            self._at += match.length
            self._draft.heads[-1] = replace(head, owner=match.sense)
            return True
        return not head.codes and self._code()

    def _note(self) -> bool:
        """Skip '(để b/c)', '(02 bản)'; read '(Hà Nội, Hải Phòng)' as the places meant."""
        if self._at >= len(self._tokens):
            return False
        if self._tokens[self._at].key != "(":
            if self._particle() != "note":
                return False
            while not self._at_boundary():
                self._at += 1
            return True
        end = self._at
        while end < len(self._tokens) and self._tokens[end].key != ")":
            end += 1
        if not self._is_note(self._at + 1, end) and not self._apposition(self._at + 1, end):
            self._items.append(Unread(self._quote(self._at, min(end + 1, len(self._tokens))), "note"))
        self._at = min(end + 1, len(self._tokens))
        return True

    def _is_note(self, start: int, end: int) -> bool:
        return any(self._particle(at) == "note" for at in range(start, end)) or end - start <= 1

    def _apposition(self, start: int, end: int) -> bool:
        places: list[Place] = []
        at = start
        while at < end:
            if self._tokens[at].is_mark or self._particle(at) == "and":
                at += 1
                continue
            length, units = self._directory.names.longest(self._tokens, at)
            provinces = tuple(unit for unit in units if unit.level == "province")
            if not provinces:
                return False
            places.append(Place(None, provinces, False))
            at += length
        self._draft.places, self._draft.vague = places, False
        return True

    # -- clauses

    def _close(self) -> None:
        draft, self._draft = self._draft, Draft()
        if not (draft.posts or draft.heads or draft.places):
            return
        text = self._quote(max(draft.start, 0), draft.end if draft.end > 0 else self._at)
        self._items.append(
            Clause(
                text,
                tuple(draft.posts),
                tuple(draft.heads),
                tuple(draft.places),
                tuple(draft.within),
                self._owner,
                draft.whole,
                draft.vague,
            )
        )


LEVELS_OF_KIND = {
    "tỉnh": ("province",),
    "thành phố": ("province", "district"),
    "huyện": ("district",),
    "quận": ("district",),
    "thị xã": ("district",),
    "xã": ("commune",),
    "phường": ("commune",),
    "thị trấn": ("commune",),
    "đặc khu": ("commune",),
    "": ("province",),
}
GROUP_LEVELS = {"province": frozenset({"province"}), "below": frozenset({"province", "district"})}
