"""The status message of edXML (QCVN 102:2016/BTTTT): what an office's document system says of a notice it received.

Tags are matched by their local names: systems differ in the namespace they write.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

from services.notifier.calendar.working_days import HANOI

_NAMESPACE: Final = re.compile(r"^\{.*\}")
_DAY: Final = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


class NotAStatus(Exception):
    """The bytes are no edXML status message. The message says what is wrong."""


class EdxmlStatus(NamedTuple):
    """What the message says; empty or None where it says nothing. `at` is in Vietnam's time."""

    document_id: str
    number: str
    issued_on: date | None
    office_id: str
    office_name: str
    code: str
    description: str
    staff: str
    at: datetime | None


def read_status(content: bytes) -> EdxmlStatus:
    """Read a status message. Raises NotAStatus."""
    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise NotAStatus("it is not valid XML, or declares entities") from error
    elements = list(root.iter())
    for element in elements:
        element.tag = _NAMESPACE.sub("", element.tag) if isinstance(element.tag, str) else ""
    status = next((each for each in elements if each.tag == "Status"), None)
    if status is None:
        raise NotAStatus("it has no Status element")
    return EdxmlStatus(
        document_id=_text(status, "ResponseFor/DocumentId"),
        number=_text(status, "ResponseFor/Code"),
        issued_on=_day(_text(status, "ResponseFor/PromulgationDate")),
        office_id=_text(status, "From/OrganId"),
        office_name=_text(status, "From/OrganName"),
        code=_text(status, "StatusCode"),
        description=_text(status, "Description"),
        staff=_text(status, "StaffInfo/Staff"),
        at=_moment(_text(status, "Timestamp")),
    )


def _text(parent: Any, path: str) -> str:
    return " ".join((parent.findtext(path) or "").split())


def _day(text: str) -> date | None:
    found = _DAY.search(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    day, clock = _day(text), _CLOCK.search(text)
    if day is None or clock is None:
        return None
    hour, minute, second = (int(each or 0) for each in clock.groups())
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=HANOI)
    except ValueError:
        return None
