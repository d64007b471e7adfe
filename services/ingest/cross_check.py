"""What an edXML envelope says of its document, held against what the document shows. Pure rules.

The sending system's header was typed into fields: it is the better reading of a scan, and it fills what a document
does not show. Where the two differ, the envelope's value stands, and a person is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from contracts.evidence import Evidence
from contracts.notices import Notice, ReadingWarning
from services.ingest.formats import Envelope
from services.ingest.reading import WEIGHTS

_BY_ENVELOPE, _DIFFERS = "by_envelope", "envelope_differs"
_FIELDS = ("number", "issuer", "issued_on", "place", "subject", "doc_type")
_COMMITTEE = re.compile(r"\bubnd\b")
_MARKS = re.compile(r"[\W_]+")
_OPENING = re.compile(r"^(?:v v|về việc|về) ")


def cross_checked(notice: Notice, envelope: Envelope) -> Notice:
    """The notice with its header as the envelope states it; what differed is in its warnings and its confidence."""
    values = dict(_stated(envelope))
    filled = [name for name in values if getattr(notice, name) is None]
    wrong = [name for name in values if name not in filled and not _agree(values[name], getattr(notice, name))]
    stated = {name: values[name] for name in (*filled, *wrong)}
    evidence = [_lessened(each) if each.field in wrong else each for each in notice.evidence]
    evidence += [Evidence(field=name, confidence=WEIGHTS[_BY_ENVELOPE], reasons=(_BY_ENVELOPE,)) for name in filled]
    settled = {f"{name}_{how}" for name in filled for how in ("missing", "blank")}
    settled |= {f"date_{how}" for how in ("missing", "blank") if "issued_on" in filled}
    warnings = [each for each in notice.warnings if each.code not in settled]
    warnings += [_warning(name, values[name], getattr(notice, name)) for name in _FIELDS if name in wrong]
    return notice.model_copy(update={**stated, "evidence": tuple(evidence), "warnings": tuple(warnings)})


def _stated(envelope: Envelope) -> Iterator[tuple[str, str | date]]:
    said: dict[str, str | date | None] = {
        "number": envelope.number if envelope.number[:1].isdigit() else None,
        "issuer": envelope.issuer.name,
        "issued_on": envelope.issued_on,
        "place": envelope.place,
        "subject": _without_opening(envelope.subject),
        "doc_type": envelope.doc_type.lower(),
    }
    yield from ((name, value) for name, value in said.items() if value)


def _without_opening(subject: str) -> str:
    return re.sub(r"^(?:[Vv]/v|[Vv]ề việc)\s*:?\s+", "", subject)


def _agree(said: str | date, read: str | date) -> bool:
    """Whether both say the same: one of two texts may say more than the other, in another order."""
    if isinstance(said, date) or isinstance(read, date):
        return said == read
    if any(char.isdigit() for char in said[:1]):
        return _plain(said) == _plain(read)
    one, other = set(_plain(said).split()), set(_plain(read).split())
    return one <= other or other <= one


def _plain(text: str) -> str:
    text = _MARKS.sub(" ", text.casefold()).strip()
    return _OPENING.sub("", _COMMITTEE.sub("ủy ban nhân dân", text.replace("uỷ", "ủy")))


def _lessened(evidence: Evidence) -> Evidence:
    sure = round(evidence.confidence * WEIGHTS[_DIFFERS], 3)
    return evidence.model_copy(update={"confidence": sure, "reasons": (*evidence.reasons, _DIFFERS)})


def _warning(name: str, said: str | date, read: str | date) -> ReadingWarning:
    return ReadingWarning(code=_DIFFERS, message=f"{name}: the envelope says {said!s}, the document {read!s}")
