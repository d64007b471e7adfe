"""A notice put together from its boxes."""

from __future__ import annotations

import re

from contracts.notices import Notice
from services.ingest.reading.boxes import Boxes, find_boxes
from services.ingest.reading.decode import decode
from services.ingest.reading.drafts import Doubts
from services.ingest.reading.issuer import read_issuer
from services.ingest.reading.legacy import from_mojibake
from services.ingest.reading.lines import Line, read_lines
from services.ingest.reading.numbers import read_date, read_number
from services.ingest.reading.repair import repair
from services.ingest.reading.split import split_notices
from services.ingest.reading.paragraphs import read_paragraphs
from services.ingest.reading.tasks import *

def read_document(content: bytes, *, file_name: str = "", media_type: str | None = None) -> list[Notice]:
    text, encoding = decode(content)
    return read_text(text)


def read_text(text: str) -> list[Notice]:
    converted = from_mojibake(text)
    if converted:
        text = converted[0]
    lines = read_lines(repair(text))
    return [_notice(part) for part in split_notices(lines)]


def _notice(lines: list[Line]) -> Notice:
    doubts = Doubts()
    b = find_boxes(lines, doubts)
    issuer = read_issuer(b.header)
    number = next((n for l in b.header if (n := read_number(l.text))), None)
    dated = next((d for l in b.header for c in l.cells if (d := read_date(c.text)) and d.place), None)
    tasks=[]
    pb=read_paragraphs(b.body); pa=read_paragraphs(b.annexes)
    own=frozenset()
    tasks=read_tasks(pb,Scope(dated.on if dated else None,own,False))+read_tasks(pa,Scope(None,own,has_organising_part(pa)))
    return Notice(number=number.number if number else None, doc_type=b.doc_type or "công văn", issuer=issuer.name, issuer_parent=issuer.parent,
      place=dated.place if dated else None, issued_on=dated.on if dated else None, subject=b.subject, addressees=b.addressees,
      recipients=b.listed.recipients if b.listed else (), recipients_complete=b.listed.complete if b.listed else False,
      archive=b.listed.archive if b.listed else None, signatory=b.signatory, warnings=tuple(doubts.found),tasks=tuple(tasks))
