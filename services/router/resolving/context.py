"""From whose mouth and on which day a line is read: 'tỉnh' is the issuer's own, 'các bộ' those of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.notices import NoticeParsed
from services.router.directory.fold import Key
from services.router.directory.model import Office, Unit
from services.router.directory.offices import Directory


@dataclass(frozen=True, slots=True)
class Context:
    """`issuer` is None where the text does not tell; `unit` is None for the centre and for an unknown issuer."""

    directory: Directory
    as_of: date
    issuer: Office | None
    unit: Unit | None
    subject: Key = ()
    subject_units: tuple[Unit, ...] = ()
    """provinces and districts that the notice's subject names with their kind"""

    @property
    def is_central(self) -> bool:
        """Whether an office of the centre speaks."""
        return self.issuer is not None and self.unit is None

    @property
    def chain(self) -> tuple[Unit, ...]:
        """The issuer's unit and those it lies in, nearest first."""
        chain = self.directory.chain(self.unit) if self.unit else ()
        return tuple(self.directory.called_on(unit, self.as_of) for unit in chain)

    def unit_at(self, level: str) -> Unit | None:
        """The issuer's own unit of that level."""
        return next((unit for unit in self.chain if unit.level == level), None)


def day_of(notice: NoticeParsed) -> date:
    """The day whose offices are meant: of issue, else of the meeting, else in the month of issue, else of receipt."""
    if notice.issued_on is not None:
        return notice.issued_on
    meeting = notice.inferred.get("meeting_date")
    if meeting:
        return date.fromisoformat(meeting)
    month = notice.inferred.get("issued_month")
    return date.fromisoformat(f"{month}-01") if month else notice.received_at.date()
