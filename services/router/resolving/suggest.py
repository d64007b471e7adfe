"""What to say of words that no rule reads: nearly an office's name, or names to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

from services.router.directory.model import Office
from services.router.reading.syntax import Unread
from services.router.resolving.context import Context
from services.router.resolving.found import UNKNOWN_NAME, Found, Hit, Miss, union
from services.router.resolving.respell import bare

SURE = 97.0
"""Similarity (0-100), tone and vowel marks put aside, from which a misread name counts as read."""
CLEAR = 4.0
"""By how much the best must beat the second."""
LIKELY = 75.0
"""Similarity from which a name is worth showing."""
SHORTEST = 12
"""Letters below which one wrong letter may be another name."""


def settle_unread(parts: Sequence[Unread], line: str, context: Context) -> Found:
    """The office that parts side by side misspell together, or each of them; else misses with the nearest names."""
    names = [part for part in parts if part.reason == UNKNOWN_NAME]
    if len(names) == len(parts) > 1:
        start = line.find(parts[0].text)
        whole = line[start : line.find(parts[-1].text, start + len(parts[0].text)) + len(parts[-1].text)]
        together = _settle(Unread(whole, UNKNOWN_NAME), context)
        if together.found:
            return together
    return union(_settle(part, context) for part in parts)


def _settle(unread: Unread, context: Context) -> Found:
    if unread.reason != UNKNOWN_NAME:
        return Found((), (Miss(unread.text, unread.reason),))
    words = bare(" ".join(context.directory.spelling.key(unread.text)))
    offices = {bare(" ".join(context.directory.spelling.key(o.name))): o for o in _within_reach(context)}
    best = process.extract(words, list(offices), scorer=fuzz.ratio, limit=3, score_cutoff=LIKELY)
    is_clear = len(best) == 1 or (len(best) > 1 and best[0][1] - best[1][1] >= CLEAR)
    if is_clear and len(words) >= SHORTEST and best[0][1] >= SURE:
        return Found((Hit(offices[best[0][0]], f"fuzzy:{best[0][1]:.0f}"),))
    return Found((), (Miss(unread.text, unread.reason, tuple(offices[name].name for name, _, _ in best)),))


def _within_reach(context: Context) -> Iterator[Office]:
    """Offices of the centre, bodies of the issuer's own units, committees of the districts or communes beside it."""
    directory, on = context.directory, context.as_of
    yield from (office for office in directory.offices.values() if office.parent is None and office.holds(on))
    for unit in context.chain:
        yield from directory.bodies((t for t in directory.templates if not t.parent), unit, on)
    province = context.unit_at("province")
    levels = ("district", "commune") if province else ("province",)
    pools = (directory.units_below(province, level, on) for level in levels)
    for unit in next((units for units in pools if units), ()):
        bodies = (directory.body(family, unit, on) for family in ("ubnd", "cap-uy"))
        yield from (body for body in bodies if body is not None)
