"""Where each field of a notice was read, and how sure that is: what it rests on, in fixed words with their weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from contracts.evidence import Evidence
from contracts.notices import Notice
from services.ingest.reading.one_notice import Reading
from services.ingest.reading.tasks.clauses import LAST_PARAGRAPHS
from services.ingest.reading.tasks.collect import ReadTask
from services.ingest.reading.text.find_words import Words
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.noise import is_dirty
from services.ingest.reading.text.syllables import is_damaged
from services.ingest.reading.vocabulary import rows

WEIGHTS = {row["reason"]: float(row["weight"]) for row in rows("reasons")}
"""By how much each reason lessens the confidence in a field, or in a notice."""
_LONGEST_LINE = 250
_DAMAGED = 0.3
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_EVIDENCE = TypeAdapter(tuple[Evidence, ...])
_DECIDING = ("issuer", "issued_on", "addressees", "recipients")
"""The fields that decide where a notice goes."""


class _Claim(NamedTuple):
    """A field's words, the lines on which they should stand, and why they may be wrong.

    Without lines it was concluded, and stands nowhere. first: no line above it counts.
    """

    field: str
    words: str | tuple[str, ...] | None
    lines: tuple[int, ...]
    reasons: tuple[str, ...] = ()
    first: int = 0


def find_evidence(reading: Reading, notice: Notice, tasks: Sequence[ReadTask], words: Words) -> tuple[Evidence, ...]:
    """The evidence for every field that the notice has, in the order of its boxes."""
    top = _numbers(reading.boxes.top)
    claims = chain(
        _header(reading, notice, top),
        _dated(reading, words),
        _lists(reading, notice, top),
        _body(reading, notice),
        _tasks(reading, notice, tasks),
    )
    found = [_judged(claim, words) for claim in claims if claim.words and claim.words != ("",)]
    return _EVIDENCE.validate_python(found)


def confidence_of(notice: Notice) -> float:
    """The least confidence of what decides where the notice goes; what was not found counts by its warning."""
    read = (each.confidence for each in notice.evidence if each.field.split(".")[0] in _DECIDING)
    return round(min(chain((1.0,), read, _missing(notice))), 3)


def _missing(notice: Notice) -> Iterator[float]:
    for warning in notice.warnings:
        if warning.code == "recipients_missing" and notice.addressees:
            continue
        if warning.code == "issuer_missing" and "issuer" in notice.inferred:
            yield WEIGHTS["issuer_inferred"]
        elif warning.code in WEIGHTS:
            yield WEIGHTS[warning.code]


def _judged(claim: _Claim, words: Words) -> dict[str, Any]:
    """What is evidence, as plain data: all of a notice is made in one go."""
    name, said, lines, reasons, first = claim
    sure = 1.0
    at: list[dict[str, int]] = []
    if lines:
        for part in (said,) if isinstance(said, str) else said or ():
            match = words.find(part, lines, first=first)
            if match is None:
                reasons = (*claim.reasons, "not_verbatim")
            else:
                at += [{"line": line, "start": start, "end": end} for line, start, end in match.places]
                sure *= match.share
    for reason in reasons:
        sure *= WEIGHTS[reason]
    return {"field": name, "confidence": round(sure, 3) if sure < 1 else sure, "reasons": reasons, "places": at}


def _numbers(lines: Iterable[Line]) -> tuple[int, ...]:
    return tuple(dict.fromkeys([line.number for line in lines]))


def _header(reading: Reading, notice: Notice, top: tuple[int, ...]) -> Iterator[_Claim]:
    boxes, number = reading.boxes, reading.number
    spoilt = _if(bool(reading.spoilt_header), "spoilt")
    yield _Claim("number", notice.number, top, () if number and number.labelled else ("unlabelled",))
    if boxes.doc_type is not None:
        yield _Claim("doc_type", (notice.doc_type or "").upper(), top, spoilt)
    elif not notice.addressees:
        yield _Claim("doc_type", notice.doc_type, (), ("by_symbol",))
    for name, body in (("issuer", notice.issuer), ("issuer_parent", notice.issuer_parent)):
        parts = _apart(body, notice.issuer_parent if name == "issuer" else None)
        yield _Claim(name, tuple(part.upper() for part in parts), top, (*spoilt, *_misspelt(body)))
    yield _Claim("subject", notice.subject, top)
    yield _Claim("urgency", notice.urgency if notice.urgency != "thường" else None, top)


def _dated(reading: Reading, words: Words) -> Iterator[_Claim]:
    """The place stands on the line of the date, not where the same name stands above it."""
    dated = reading.dated
    if dated is None:
        return
    lines = _numbers(reading.lines)
    match = words.find(dated.written, lines)
    at = (match.line,) if match else lines
    yield _Claim("place", dated.place, at, _misspelt(dated.place))
    if dated.on is not None:
        day = dated.written.partition(dated.place)[2] if dated.place else dated.written
        yield _Claim("issued_on", day, at, _if(dated.spoilt, "spoilt"))


def _apart(issuer: str | None, parent: str | None) -> tuple[str, ...]:
    """The issuer's name in the two parts in which it stands, where the parent body's line above completes it."""
    own, above = (issuer or "").split(), (parent or "").split()
    for at in range(1, len(own)):
        if own[at:] == above[-len(own) + at :]:
            return " ".join(own[:at]), " ".join(own[at:])
    return (issuer,) if issuer else ()


def _if(holds: bool, reason: str) -> tuple[str, ...]:
    return (reason,) if holds else ()


def _lists(reading: Reading, notice: Notice, top: tuple[int, ...]) -> Iterator[_Claim]:
    closing = _numbers(reading.boxes.closing)
    for at, addressee in enumerate(notice.addressees):
        yield _Claim(f"addressees.{at}", addressee.text, top, _odd(addressee.text))
    headless = any(warning.code == "recipients_heading_missing" for warning in notice.warnings)
    for at, line in enumerate(notice.recipients):
        cut = not notice.recipients_complete and at == len(notice.recipients) - 1
        yield _Claim(
            f"recipients.{at}",
            line.text,
            closing,
            (*_odd(line.text), *_if(headless, "unlabelled"), *_if(cut, "cut")),
        )
    yield _Claim("archive", notice.archive, closing)
    signed = notice.signatory
    if signed is not None:
        authority = tuple((signed.authority or "").split("; "))
        yield _Claim("signatory.authority", authority, closing, _misspelt(signed.authority))
        yield _Claim("signatory.title", signed.title, closing, _misspelt(signed.title))
        yield _Claim("signatory.name", signed.name, closing, _misspelt(signed.name))


def _odd(text: str) -> tuple[str, ...]:
    """Whether a line is longer than one office's name, dirty, or made of words that are none; or holds one of these."""
    if len(text) > _LONGEST_LINE or is_dirty(text):
        return ("odd_shape",)
    misspelt = _misspelt(text)
    if misspelt:
        words = _LONG_WORD.findall(text)
        damaged = sum(map(is_damaged, words))
        if damaged > 1 and damaged > _DAMAGED * len(words):
            return ("odd_shape",)
    return misspelt


def _misspelt(name: str | None) -> tuple[str, ...]:
    """Whether a word of a name cannot be a syllable of Vietnamese: it may then be another name."""
    return _if(name is not None and any(map(is_damaged, _LONG_WORD.findall(name))), "misspelt")


def _body(reading: Reading, notice: Notice) -> Iterator[_Claim]:
    body = _numbers(reading.boxes.body)
    yield _Claim("implementing_clause", notice.implementing_clause, body)
    end = reading.body[-LAST_PARAGRAPHS:][0].line if reading.body else 0
    yield _Claim("closing_recipients", notice.closing_recipients, body, first=end)
    yield _Claim("disseminate_to", notice.disseminate_to, body, first=end)
    everywhere = _numbers([*reading.boxes.top, *reading.boxes.body]) if notice.relations else ()
    for at, relation in enumerate(notice.relations):
        yield _Claim(f"relations.{at}", relation.text, everywhere)


def _tasks(reading: Reading, notice: Notice, tasks: Sequence[ReadTask]) -> Iterator[_Claim]:
    lines = _numbers([*reading.boxes.body, *reading.boxes.annexes]) if tasks else ()
    for task, read in zip(notice.tasks, tasks, strict=True):
        yield _Claim(f"tasks.{task.task_id}", task.text, lines, read.reasons, read.line)
