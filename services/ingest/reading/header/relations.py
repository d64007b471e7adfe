"""What a notice does to other documents: replaces, repeals, amends, corrects, recalls or extends them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, cast

from contracts.notices import Relation
from services.ingest.reading.header.references import CITED, plain_number
from services.ingest.reading.text.folding import alternatives, holds_any
from services.ingest.reading.vocabulary import column, rows

Kind = Literal["replaces", "repeals", "amends", "corrects", "recalls", "extends"]
_KINDS = {row["verb"]: cast("Kind", row["kind"]) for row in rows("relation_verbs")}
_VERBS = alternatives(_KINDS)
_TYPES = alternatives([*column("doc_types", "name"), "văn bản"])
_PART = r"(?:(?!(?<!kèm)\s(?:theo|đã|được|để)\s)[^.;:]){0,160}?"
"""Which part of the other document is meant: "điểm 4 mục II", "tên dự án tại Phụ lục I ban hành kèm theo"."""
_WHOLE = frozenset(column("whole_document", "words"))
"""What may stand before the other document's name and still mean all of it."""
_CALLED = (
    rf"(?:số\s*:?\s*)?(?P<number>{CITED.pattern})"
    r"(?:\s*,?\s*(?:ký\s+)?(?:ngày\s+)?(?P<day>\d{1,2})\s*(?:/|-|tháng)\s*(?P<month>\d{1,2})\s*(?:/|-|năm)\s*(?P<year>\d{4}))?"
)
_ACT = re.compile(
    rf"(?<!\w)(?P<verb>{_VERBS})(?!\w)\s+(?:(?P<part>{_PART})\s)??(?:{_TYPES})\s+{_CALLED}", re.IGNORECASE
)
_ALSO = re.compile(rf"\s*(?:,|;|và|,\s*và)\s*(?:các\s+)?(?:(?:{_TYPES})\s+)?{_CALLED}", re.IGNORECASE)
"""A further document of the same act: ", Công văn số 8/STC-NS ngày 2/3/2024 và số 9/STC-NS"."""
_TAILS = tuple({verb[1:] for verb in (*_KINDS, "huỷ bỏ")})
"""The verbs without their first letter, small or capital: looked for first, because few paragraphs hold one."""
_SENTENCE = re.compile(r"\s(?:(?<=[.;!?]\s)\s*|(?<=\n))")
_THIS = re.compile(rf"(?:{_TYPES})\s+này(?!\w)", re.IGNORECASE)
_SUBJECT = re.compile(r"^\W*(?:(?:v/v|về việc|về)\s+)?(?:nay\s+)?$", re.IGNORECASE)
_DONE = re.compile(r"(?<!\w)(?:đã|được|bị|chưa|đề nghị|kiến nghị|trình|không)(?:\s+\w+){0,2}\s*$", re.IGNORECASE)

_LONGEST_DONE = 80
"""Characters before a verb in which the words stand that make it another's."""


def read_relations(subject: str | None, paragraphs: Iterable[str], own: str | None) -> tuple[Relation, ...]:
    """What the notice says it does to other documents, in its subject and its body, each document once a kind.

    What it says of other documents' acts, "đã được thay thế bởi …", is none of its own.
    """
    told = (text for text in paragraphs if "/" in text and holds_any(text, _TAILS))
    sentences = [subject or "", *(sentence for text in told for sentence in _SENTENCE.split(text))]
    found: dict[tuple[str, str | None], Relation] = {}
    for relation in (relation for sentence in sentences for relation in _acts(sentence)):
        if relation.number != own:
            known = found.get((relation.kind, relation.number))
            if known is None or (known.issued_on is None and relation.issued_on):
                found[relation.kind, relation.number] = relation
    return tuple(found.values())


def _acts(sentence: str) -> Iterator[Relation]:
    this = _THIS.search(sentence)
    for match in _ACT.finditer(sentence):
        start = match.start()
        own = (this is not None and this.end() <= start) or _SUBJECT.match(sentence, 0, start)
        if not own or _DONE.search(sentence, max(0, start - _LONGEST_DONE), start):
            continue
        kind = _KINDS[" ".join(match["verb"].lower().split()).replace("huỷ", "hủy")]
        also: re.Match[str] | None = match
        while also:
            yield Relation(
                kind=kind,
                number=plain_number(also["number"]),
                issued_on=_day(also),
                part=_part(match),
                text=sentence[match.start() : also.end()].strip(),
            )
            also = _ALSO.match(sentence, also.end())


def _part(match: re.Match[str]) -> str | None:
    """The words between the verb and the other document, unless they mean all of it."""
    words = " ".join((match["part"] or "").split())
    return words if words and words.lower() not in _WHOLE else None


def _day(match: re.Match[str]) -> date | None:
    if match["day"] is None:
        return None
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
