"""The notice's lines in order, and who each of them means; references are followed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from contracts.assignments import Box, Role
from contracts.notices import Channel, NoticeParsed
from services.router.reading.line import read_line
from services.router.reading.syntax import Clause, Excepted, Reference, Unread
from services.router.resolving.context import Context
from services.router.resolving.exceptions import take_out
from services.router.resolving.found import EMPTY_REFERENCE, UNKNOWN_NAME, Found, Hit, miss, union
from services.router.resolving.resolve import resolve
from services.router.resolving.respell import respell
from services.router.resolving.suggest import settle_unread

PURPOSES = (
    ("báo cáo", ("báo cáo", "b/c", "b/e")),
    ("phối hợp", ("phối hợp", "p/h", "ph/h")),
    ("thực hiện", ("thực hiện", "t/h", "th/h", "triển khai")),
)
"""Purpose and the words that tell it, the weightier to the reader first (abbreviations.csv)."""
ROLES: dict[str, Role] = {"báo cáo": "báo cáo", "phối hợp": "phối hợp", "thực hiện": "thực hiện"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line that names recipients, and where it stands; in the body it speaks of passing the notice on."""

    text: str
    box: Box
    purpose: str | None
    channel: Channel | None
    role: Role


@dataclass(frozen=True, slots=True)
class Policy:
    """How far a notice goes beyond its list of recipients; by default nowhere, and what was left out is reported.

    disseminate: to those that it says it is to be passed on to ('phổ biến đến cấp xã, phường'), else the provinces do.
    tasked: to bodies that have a task and stand in no line. implied: to those that its closing formula speaks of
    ('thông báo để các bộ … biết, thực hiện'), where the list was cut.
    """

    disseminate: bool = False
    tasked: bool = False
    implied: bool = False


def closing_line(notice: NoticeParsed) -> Line | None:
    """The audience that the closing formula implies."""
    return Line(notice.closing_recipients, "body", None, None, "thực hiện") if notice.closing_recipients else None


def lines_of(notice: NoticeParsed, policy: Policy) -> Iterator[Line]:
    """Kính gửi first (they act), then Nơi nhận in order, then whom the policy adds."""
    for addressee in notice.addressees:
        yield Line(addressee.text, "addressees", None, None, "thực hiện")
    for recipient in notice.recipients:
        purpose = recipient.purpose or _purpose_in(recipient.text)
        role = ROLES.get(_plain(purpose) or "", "biết")
        yield Line(recipient.text, "recipients", purpose, recipient.channel, role)
    closing = closing_line(notice) if policy.implied and not notice.recipients_complete else None
    if closing is not None:
        yield closing
    if policy.disseminate and notice.disseminate_to:
        yield Line(notice.disseminate_to, "body", None, None, "thực hiện")


def _plain(purpose: str | None) -> str | None:
    """'phối hợp chỉ đạo' is phối hợp."""
    folded = (purpose or "").casefold()
    return next((plain for plain, words in PURPOSES if any(word in folded for word in words)), None)


def _purpose_in(text: str) -> str | None:
    """The purpose that a line still carries in brackets."""
    _, bracket, inside = text.rpartition("(")
    return _plain(inside) if bracket else None


def resolve_line(line: Line, notice: NoticeParsed, context: Context) -> Found:
    """Everybody on the line; an office that several of its parts name counts once."""
    found = resolve_text(line.text, notice, context)
    if line.box != "body":
        return found
    rule = "implied" if line.text == notice.closing_recipients else "dissemination"
    return Found(_renamed(found.found, rule), found.missed)


def resolve_text(text: str, notice: NoticeParsed, context: Context, *, follow: bool = True) -> Found:
    """Everybody that a text names. With `follow`, 'Như trên' leads to the addressees and so on.

    A text that is not read whole is tried again with its misspelt words put right; only if it then is read whole
    does that count, and the rule says so.
    """
    found = _resolve_text(text, notice, context, follow=follow)
    if all(missed.reason != UNKNOWN_NAME for missed in found.missed):
        return found
    respelt = respell(text, context.directory)
    again = _resolve_text(respelt, notice, context, follow=follow) if respelt else found
    if not again.found or again.missed:
        return found
    return Found(tuple(Hit(hit.office, f"respelt:{hit.rule}") for hit in again.found))


def _resolve_text(text: str, notice: NoticeParsed, context: Context, *, follow: bool) -> Found:
    parts: list[Found] = []
    read = read_line(text, context.directory)
    for unread, items in groupby(read, lambda item: isinstance(item, Unread)):
        if unread:
            parts.append(settle_unread([item for item in items if isinstance(item, Unread)], text, context))
            continue
        for item in items:
            if isinstance(item, Clause):
                parts.append(resolve(item, context))
            elif isinstance(item, Reference) and follow:
                parts.append(_referred(item, notice, context))
    found = union(parts)
    for excepted in (item for item in read if isinstance(item, Excepted)):
        meant = resolve_text(excepted.text, notice, context, follow=False)
        found = take_out(found, excepted.text, meant, context)
    return found


def _referred(reference: Reference, notice: NoticeParsed, context: Context) -> Found:
    rule, texts = {
        "addressees": ("reference:kính gửi", [addressee.text for addressee in notice.addressees]),
        "clause": ("reference:điều", [notice.implementing_clause] if notice.implementing_clause else []),
        "assignees": ("reference:assignees", _assignees(notice)),
    }[reference.to]
    if not texts:
        return miss(reference.text, EMPTY_REFERENCE)
    found = union(resolve_text(text, notice, context, follow=False) for text in texts)
    missed = () if reference.to == "addressees" else found.missed
    return Found(_renamed(found.found, rule), missed)


def _assignees(notice: NoticeParsed) -> list[str]:
    return list(dict.fromkeys(assignee for task in notice.tasks for assignee in task.assignees))


def _renamed(found: Iterable[Hit], rule: str) -> tuple[Hit, ...]:
    return tuple(Hit(hit.office, rule) for hit in found)
