"""Reads places: a kind of units, with or without a name, or a bare name where one can stand."""

from __future__ import annotations

from dataclasses import replace

from services.router.directory.lexicon import Match
from services.router.directory.model import Unit
from services.router.reading.state import State
from services.router.reading.syntax import Head, Place

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
    "địa phương": ("province", "district", "commune"),
}
TIER = "cấp"
PROVINCES = frozenset({"tỉnh", "thành phố"})
"""Kinds of units that a province can be."""
NUMBERS = {"hai": 2, "ba": 3, "bốn": 4, "năm": 5}
LEVELS_OF_GROUP = {"province": frozenset({"province"}), "below": frozenset({"province", "district"})}


def read_place(state: State, plural: bool) -> bool:
    """A place here, added to the clause; 'huyện B' behind 'xã A' says where A lies."""
    place = take_place(state, plural)
    if place is None:
        return False
    draft = state.draft
    if draft.places and _holds(state, place, draft.places[-1]):
        state.draft = replace(draft, within=(*draft.within, place))
    else:
        state.draft = replace(draft, places=(*draft.places, place))
    return True


def read_region(state: State) -> bool:
    """'vùng Đồng bằng sông Cửu Long' behind 'các tỉnh, thành phố': the provinces of the region, and no others."""
    cursor, draft = state.cursor, state.draft
    length, units = cursor.directory.regions.longest(cursor.tokens, cursor.at)
    if not length or not draft.places or any(place.units or place.kind not in PROVINCES for place in draft.places):
        return False
    region = Place(None, units, True, cursor.take(length), every=True)
    state.draft = replace(draft, places=(region,))
    return True


def read_tier(state: State) -> bool:
    """'UBND cấp huyện'."""
    following = state.cursor.peek(state.cursor.at + 1)
    is_tier = state.cursor.key == TIER and following is not None and following.sense.kind is not None
    return is_tier and read_place(state, False)


def take_place(state: State, plural: bool) -> Place | None:
    """The place here, not yet added."""
    cursor, start = state.cursor, state.cursor.at
    tier = _take_tier(state)
    count = _take_count(state)
    match = cursor.peek()
    kind = _party_kind(state, match, plural) or (match.sense.kind if match and not match.sense.names_somebody else None)
    if match and kind:
        cursor.at += match.length
        units = _take_name(state, kind, frozenset(LEVELS_OF_KIND[kind]))
        return Place(kind, units, plural, cursor.quote(start, cursor.at), tier=tier, count=count)
    if match and match.sense.group and match.sense.group.level == "below" and state.draft.heads:
        return Place("địa phương", (), True, cursor.take(match.length))
    levels = _levels_of_bare_name(state)
    if not levels or (match and match.sense.names_somebody):
        return None
    units = _of_listed_kinds(state, _take_name(state, None, levels))
    return Place(None, units, plural, cursor.quote(start, cursor.at)) if units else None


def _of_listed_kinds(state: State, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Behind 'các huyện:' the name Duyên Hải is the huyện's, not the thị xã's."""
    kinds = {place.kind for place in state.lists.named}
    return tuple(unit for unit in units if unit.kind in kinds) or units


def _take_tier(state: State) -> bool:
    """'cấp' before a kind of units."""
    cursor = state.cursor
    match = cursor.peek(cursor.at + 1)
    if cursor.key != TIER or match is None or match.sense.kind is None:
        return False
    cursor.at += 1
    return True


def _take_count(state: State) -> int:
    """The number in '2 tỉnh', if a kind of units follows it; else 0."""
    cursor = state.cursor
    count = int(cursor.key) if cursor.key.isdecimal() else NUMBERS.get(cursor.key, 0)
    match = cursor.peek(cursor.at + 1)
    if not count or match is None or match.sense.kind is None:
        return 0
    cursor.at += 1
    return count


def _party_kind(state: State, match: Match | None, plural: bool) -> str | None:
    """'Ban Tuyên giáo các tỉnh ủy, thành ủy': the committees say which units are meant."""
    heads, places = state.draft.heads, state.draft.places
    if not heads or not match or not (plural or places):
        return None
    head = heads[-1]
    if not all(family.endswith("-cap-uy") for family in head.families) or not head.families:
        return None
    kinds = {kind for t in match.sense.templates if t.family == "cap-uy" for kind in t.kinds}
    return kinds.pop() if len(kinds) == 1 else None


def _take_name(state: State, kind: str | None, levels: frozenset[str]) -> tuple[Unit, ...]:
    """Units of that name, of the kind if any are; a district keeps its name when its kind changes."""
    cursor = state.cursor
    length, units = cursor.peek_units()
    match = cursor.peek()
    if not length or (match and match.length > length):
        return ()
    of_kind = tuple(unit for unit in units if unit.kind == kind)
    of_level = tuple(unit for unit in units if unit.level in levels and (kind is None or unit.level == "district"))
    chosen = of_kind or of_level
    cursor.at += length if chosen else 0
    return chosen


def _levels_of_bare_name(state: State) -> frozenset[str]:
    """Levels at which a bare name can stand: those of the list or the last place, else of the head."""
    draft = state.draft
    if not draft.places and state.lists.named:
        return frozenset(level for place in state.lists.named for level in LEVELS_OF_KIND[place.kind or "tỉnh"])
    if draft.places:
        last = draft.places[-1]
        return frozenset(unit.level for unit in last.units) or frozenset(LEVELS_OF_KIND[last.kind or "tỉnh"])
    return _levels_of_head(draft.heads[-1]) if draft.heads else frozenset()


def _levels_of_head(head: Head) -> frozenset[str]:
    """Communes are not called by a bare name: too many share it with something else."""
    levels = frozenset(template.level for template in head.sense.templates)
    group = head.sense.group
    return levels - {"commune"} or (LEVELS_OF_GROUP.get(group.level, frozenset()) if group else frozenset())


def _holds(state: State, place: Place, last: Place) -> bool:
    directory = state.cursor.directory
    return any(directory.lies_in(low, high) and low.level != high.level for low in last.units for high in place.units)
