"""What the reader has in hand: the clause being built, and the lists it is inside of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.router.directory.fold import Key
from services.router.reading.cursor import Cursor
from services.router.reading.syntax import Clause, Head, Item, Place, Post


@dataclass(frozen=True, slots=True)
class Draft:
    """The clause so far. `start` and `end` are tokens; -1 before the first."""

    posts: tuple[Post, ...] = ()
    heads: tuple[Head, ...] = ()
    places: tuple[Place, ...] = ()
    within: tuple[Place, ...] = ()
    whole: bool = False
    run: bool = False
    vague: bool = False
    apart: bool = False
    """a ';' came after the last head: the next one shares nothing with it"""
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Lists:
    """What a colon or a first name has opened.

    `owner`: 'VPCP:'; `prefix`: the word that names leave out ('Các Bộ:'), `listing` if a colon said so;
    `codes`: codes of inner units may follow ('phòng'); `named`: kinds whose names follow ('các huyện:').
    """

    owner: Clause | None = None
    prefix: Key = ()
    listing: bool = False
    codes: bool = False
    named: tuple[Place, ...] = ()


@dataclass
class State:
    """One reading of one line."""

    cursor: Cursor
    draft: Draft = field(default_factory=Draft)
    lists: Lists = field(default_factory=Lists)
    items: list[Item] = field(default_factory=list)

    def amend(self, head: Head) -> None:
        """Put `head` in the place of the last one."""
        self.draft = replace(self.draft, heads=(*self.draft.heads[:-1], head))

    def close(self) -> None:
        """End the clause; the next words begin another."""
        draft, self.draft = self.draft, Draft()
        if not (draft.posts or draft.heads or draft.places):
            return
        text = self.cursor.quote(max(draft.start, 0), draft.end if draft.end > 0 else self.cursor.at)
        self.items.append(
            Clause(
                text,
                draft.posts,
                draft.heads,
                draft.places,
                draft.within,
                self.lists.owner,
                draft.whole,
                draft.run,
                draft.vague,
            )
        )
