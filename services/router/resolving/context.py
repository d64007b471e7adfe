"""From whose mouth and on which day a line is read: 'tỉnh' is the issuer's own, 'các bộ' those of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.notices import Notice, NoticeParsed
from services.router.directory.model import Office, Unit
from services.router.directory.offices import Directory
from services.router.reading.fold import Key
from services.router.reading.line import read_line
from services.router.reading.syntax import Clause


@dataclass(frozen=True, slots=True)
class Context:
    """`issuer` is None where the text does not tell; `unit` is None for the centre and for an unknown issuer."""

    directory: Directory
    as_of: date
    issuer: Office | None
    unit: Unit | None
    subject: Key
    is_central: bool

    @property
    def chain(self) -> tuple[Unit, ...]:
        """The issuer's unit and those it lies in, nearest first."""
        return self.directory.chain(self.unit) if self.unit else ()

    def unit_at(self, level: str) -> Unit | None:
        return next((unit for unit in self.chain if unit.level == level), None)


def day_of(notice: NoticeParsed) -> date:
    """The day whose offices are meant: of issue, else of the meeting reported, else of receipt."""
    if notice.issued_on is not None:
        return notice.issued_on
    meeting = notice.inferred.get("meeting_date")
    return date.fromisoformat(meeting) if meeting else notice.received_at.date()


def context_of(notice: Notice, directory: Directory, as_of: date) -> Context:
    """Find the issuer among the offices; its parent and place help where its name is short."""
    blank = Context(directory, as_of, None, None, directory.spelling.key(notice.subject or ""), False)
    for name in _issuer_names(notice):
        issuer = _issuer(name, notice, blank)
        if issuer is not None:
            return Context(directory, as_of, issuer, issuer.unit, blank.subject, issuer.unit is None)
    unit = _place(notice, blank)
    return Context(directory, as_of, None, unit, blank.subject, False)


def _issuer_names(notice: Notice) -> list[str]:
    name = notice.issuer or notice.inferred.get("issuer") or ""
    parent = notice.issuer_parent or notice.inferred.get("issuer_parent") or ""
    return [text for text in (name, f"{name} {parent}".strip() if parent else "", parent) if text]


def _issuer(name: str, notice: Notice, blank: Context) -> Office | None:
    """One office of that name, on the day; if none, the body of the place it was issued at."""
    from services.router.resolving.resolve import resolve

    place = _place(notice, blank)
    for unit in (None, place):
        context = Context(blank.directory, blank.as_of, None, unit, blank.subject, False)
        clauses = [item for item in read_line(name, blank.directory) if isinstance(item, Clause)]
        found = [hit.office for clause in clauses[:1] for hit in resolve(clause, context).found]
        if len(found) == 1 and len(clauses) == 1:
            return found[0]
    return None


def _place(notice: Notice, blank: Context) -> Unit | None:
    """The unit in the place line, unless it is Hà Nội, where the centre writes from."""
    text = notice.place or ""
    tokens = blank.directory.spelling.read(text)
    for at in range(len(tokens)):
        _, units = blank.directory.names.longest(tokens, at)
        valid = [unit for unit in units if unit.holds(blank.as_of) and unit.level != "commune"]
        if valid and valid[0].level == "province" and valid[0].name != "Hà Nội":
            return valid[0]
    return None
