"""What to say of words that no rule reads: nearly an office's name, or names to choose from."""

from __future__ import annotations

from rapidfuzz import fuzz, process

from services.router.reading.syntax import Unread
from services.router.resolving.context import Context
from services.router.resolving.found import Found, Hit, Miss

SURE = 94.0
"""Similarity (0-100) from which a misread name counts as read: one wrong letter in a name of 17."""
CLEAR = 4.0
"""By how much the best must beat the second."""
LIKELY = 75.0
"""Similarity from which a name is worth showing."""
SHORTEST = 12
"""Letters below which one wrong letter may be another name."""


def settle_unread(unread: Unread, context: Context) -> Found:
    """The office that the words misspell, if that is beyond doubt; else a miss with the nearest names."""
    if unread.reason != "unknown_name":
        return Found((), (Miss(unread.text, unread.reason),))
    folded = " ".join(context.directory.spelling.key(unread.text))
    offices = {" ".join(context.directory.spelling.key(o.name)): o for o in _within_reach(context)}
    best = process.extract(folded, list(offices), scorer=fuzz.ratio, limit=3, score_cutoff=LIKELY)
    if best and len(folded) >= SHORTEST and best[0][1] >= SURE and (len(best) == 1 or best[0][1] - best[1][1] >= CLEAR):
        return Found((Hit(offices[best[0][0]], f"fuzzy:{best[0][1]:.0f}"),))
    return Found((), (Miss(unread.text, unread.reason, tuple(offices[name].name for name, _, _ in best)),))


def _within_reach(context: Context):  # type: ignore[no-untyped-def]
    """Offices of the centre and bodies of the issuer's own units."""
    directory = context.directory
    yield from (o for o in directory.offices.values() if o.parent is None and o.holds(context.as_of))
    for unit in context.chain:
        yield from (directory.make(t, unit) for t in directory.templates if not t.parent and t.fits(unit, context.as_of))
