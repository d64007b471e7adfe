"""Whom a person means by an office's name, why a notice does not reach it, and what the rules' names say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.notices import NoticeParsed, NoticeRouted
from services.router.directory.heirs import ended
from services.router.directory.model import Office
from services.router.directory.offices import Directory
from services.router.expand import expand
from services.router.read_lines import resolve_text
from services.router.resolving.context import Context, day_of
from services.router.resolving.find_issuer import context_of

_RULES = {
    "office": "named by its name",
    "office:own": "the issuer itself",
    "body": "that body of the units named",
    "body:own": "that body of the issuer's own unit",
    "member": "an inner unit of the office named",
    "position": "the post named",
    "collective": "those whose list only the office has:",
    "reference:kính gửi": "whoever Kính gửi names",
    "reference:điều": "whoever the implementing clause names",
    "reference:assignees": "whoever has a task",
    "chosen": "an operator said so",
    "tasked": "it has a task and stands in no line;",
    "implied": "the closing formula speaks of it",
    "dissemination": "the notice says how far down it is to be spread",
    "fuzzy": "a misspelt name; alike, of 100:",
}


@dataclass(frozen=True)
class Named:
    """The offices that a name may mean, else names that come near it."""

    offices: tuple[Office, ...]
    candidates: tuple[str, ...] = ()


def offices_called(text: str, notice: NoticeParsed, directory: Directory) -> Named:
    """Whom a name means in the mouth of the notice's issuer, on its day."""
    found = resolve_text(text, notice, _context(notice, directory), follow=False)
    offices = {hit.office.recipient_id: hit.office for hit in found.found}
    return Named(tuple(offices.values()), tuple(name for missed in found.missed for name in missed.candidates))


def reasons_against(
    office: Office, notice: NoticeParsed, routed: NoticeRouted, directory: Directory
) -> tuple[str, ...]:
    """Why the office is not among the recipients, each reason a sentence; the most telling first."""
    lost = _lost(office, notice, directory)
    return (lost,) if lost else tuple(_reasons(office, routed, _context(notice, directory)))


def _lost(office: Office, notice: NoticeParsed, directory: Directory) -> str | None:
    """Whether a line means the office, but it was abolished before the notice came, and has no successor."""
    meant = {each.key: each.because[0].line for each in expand(notice, directory).assignments}
    if office.recipient_id not in meant:
        return None
    return (
        f"line '{meant[office.recipient_id]}' means it, but it ended on {ended(office, directory)} "
        "and nobody is known to stand in its place"
    )


def _context(notice: NoticeParsed, directory: Directory) -> Context:
    return context_of(notice, directory, day_of(notice))


def _reasons(office: Office, routed: NoticeRouted, context: Context) -> Iterator[str]:
    if lived := _did_not_exist(office, context.as_of, context.directory):
        yield lived
    for each in routed.unresolved:
        if each.reason == "tasked_not_listed" and office.name in each.candidates:
            yield f"it has task {each.line} ({each.part}), but no line of the list names it"
        elif office.name in each.candidates:
            yield f"line '{each.line}' may mean it, but was left open ({each.reason}): an operator must choose"
    if elsewhere := _elsewhere(office, context):
        yield elsewhere
    yield "no line of the notice means it"


def rule_in_words(rule: str) -> str:
    """What the name of a rule says to a person: 'fuzzy:98' is 'a misspelt name, 98 of 100 alike'."""
    name, _, of = rule.partition(":")
    if name == "group":
        return f"the group '{of.replace('-', ' ')}'"
    if name == "respelt":
        return f"{rule_in_words(of)}, once lost accents were put back"
    words = _RULES.get(rule) or _RULES.get(name)
    return f"{words} {of}".strip() if words and rule not in _RULES else words or rule


def _did_not_exist(office: Office, day: date, directory: Directory) -> str | None:
    begun = max((each for each in (office.valid_from, office.unit and office.unit.valid_from) if each), default=None)
    if begun and day < begun:
        return f"it did not exist on {day}, the notice's day: it begins on {begun}"
    end = ended(office, directory)
    return f"it did not exist any more on {day}, the notice's day: it ended on {end}" if end and end < day else None


def _elsewhere(office: Office, context: Context) -> str | None:
    """Whether it lies outside the units that the issuer's own words, 'tỉnh', 'các sở', speak of."""
    if context.issuer is None or context.unit is None or office.unit is None:
        return None
    root = context.chain[-1]
    if context.directory.lies_in(office.unit, root):
        return None
    place = context.directory.province_of(office.unit)
    return (
        f"it lies in {place.kind} {place.name}; the notice is of {context.issuer.name}, "
        f"and what it calls its own lies in {root.kind} {root.name}"
    )
