"""'(trừ Sở Y tế)', 'trừ huyện Ba Vì': who is taken out of what the line names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.router.directory.model import Unit
from services.router.resolving.context import Context
from services.router.resolving.found import CONDITION, Found, Hit, miss


def take_out(found: Found, text: str, excepted: Found, context: Context) -> Found:
    """What is left of `found` without the offices that `text` excepts, which were read as `excepted`.

    An exception that names somebody who is not on the line, or that is not read whole, leaves the whole line open:
    who is meant is then not known, and a copy too many is worse than a question.
    """
    units = _units_named(text, context)
    if units:
        taken = [[hit for hit in found.found if hit.office.unit in alike] for alike in units]
    elif excepted.missed or not excepted.found:
        return miss(text, CONDITION)
    else:
        taken = [_taken(hit, found.found) for hit in excepted.found]
    if not all(taken):
        return miss(text, CONDITION)
    out = {hit.office.recipient_id for hits in taken for hit in hits}
    return Found(tuple(hit for hit in found.found if hit.office.recipient_id not in out), found.missed)


def _taken(excepted: Hit, found: Iterable[Hit]) -> list[Hit]:
    """The excepted office on the line, or its post; 'huyện Ba Vì' excepts whatever the line names of that unit."""
    office, found = excepted.office, tuple(found)
    same = [hit for hit in found if office.recipient_id in (hit.office.recipient_id, hit.office.heads)]
    if same or excepted.rule != "group:localities":
        return same
    return [hit for hit in found if hit.office.unit == office.unit]


def _units_named(text: str, context: Context) -> list[tuple[Unit, ...]]:
    """Units called by their bare names alone: 'Hà Nội, Hải Phòng'; none where other words stand beside them."""
    return list(_names(text, context)) if all(_names(text, context)) else []


def _names(text: str, context: Context) -> Iterator[tuple[Unit, ...]]:
    directory = context.directory
    tokens, at = directory.spelling.read(text), 0
    while at < len(tokens):
        if tokens[at].is_mark or tokens[at].key == "và":
            at += 1
            continue
        length, units = directory.names.longest(tokens, at)
        yield tuple(unit for unit in units if unit.holds(context.as_of))
        at += length or len(tokens)
