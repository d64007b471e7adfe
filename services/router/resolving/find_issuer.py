"""Finds who speaks: the office behind the notice's issuer, and with it the context that its lines are read in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from contracts.notices import Notice
from services.router.directory.model import Office, Unit
from services.router.directory.offices import Directory
from services.router.reading.line import read_line
from services.router.reading.syntax import Clause
from services.router.resolving.context import Context
from services.router.resolving.resolve import resolve


def context_of(notice: Notice, directory: Directory, as_of: date) -> Context:
    """Find the issuer among the offices; its parent and the place line help where its name is short."""
    subject = directory.spelling.key(notice.subject or "")
    context = Context(directory, as_of, None, None, subject, _units_in(notice.subject or "", directory, as_of))
    place = _place(notice, context)
    for name in _issuer_names(notice):
        for unit in dict.fromkeys((None, place)):
            issuer = _issuer(name, replace(context, unit=unit))
            if issuer is not None:
                return replace(context, issuer=issuer, unit=issuer.unit)
    return replace(context, unit=place)


def _issuer_names(notice: Notice) -> list[str]:
    """The issuer's name; with its parent's behind it ('Sở Y tế' + 'UBND tỉnh Bắc Giang'), where it has one."""
    name = notice.issuer or notice.inferred.get("issuer") or ""
    parent = notice.issuer_parent or notice.inferred.get("issuer_parent") or ""
    place = " ".join(parent.split()[1:]) if parent.casefold().startswith("ubnd") else ""
    place = place or parent.casefold().partition("nhân dân")[2].strip()
    return [text for text in (name, f"{name} {place}" if name and place else "", parent) if text]


def _issuer(name: str, context: Context) -> Office | None:
    """The one office of that name on the day."""
    items = read_line(name, context.directory)
    if len(items) != 1 or not isinstance(items[0], Clause):
        return None
    found = resolve(items[0], context).found
    return found[0].office if len(found) == 1 else None


def _place(notice: Notice, context: Context) -> Unit | None:
    """The province in the place line, unless it is Hà Nội, where the centre writes from."""
    tokens = context.directory.spelling.read(notice.place or "")
    for at in range(len(tokens)):
        _, units = context.directory.names.longest(tokens, at)
        provinces = [unit for unit in units if unit.holds(context.as_of) and unit.level == "province"]
        if provinces and provinces[0].name != "Hà Nội":
            return provinces[0]
    return None


def _units_in(text: str, directory: Directory, as_of: date) -> tuple[Unit, ...]:
    """Provinces and districts named with their kind: 'tỉnh Bắc Giang và tỉnh Bắc Ninh'."""
    tokens = directory.spelling.read(text)
    found: dict[Unit, None] = {}
    for at in range(len(tokens)):
        match = directory.lexicon.longest(tokens, at)
        if match is None or match.sense.kind is None:
            continue
        _, units = directory.names.longest(tokens, at + match.length)
        found.update(dict.fromkeys(u for u in units if u.kind == match.sense.kind and u.holds(as_of)))
    return tuple(found)
