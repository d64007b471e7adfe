"""Headings that name bodies: what stands under such a heading is their work."""

from __future__ import annotations

import re

from services.ingest.reading.tasks.bodies import HEAD, NOT_HEAD
from services.ingest.reading.tasks.duties import Named, measure_name
from services.ingest.reading.tasks.formulas import leads_down
from services.ingest.reading.text.paragraphs import UNMARKED, Paragraph

_BEFORE = re.compile(
    r"(?:(?:Đối với|Riêng|Về phía|Trách nhiệm của|Nhiệm vụ của)\s+"
    r"|(?:Đề nghị|Giao|Yêu cầu|Phân công)(?:\s+cho)?\s*:?\s+)"
)
_LEADS = re.compile(r"(?:,?\s+(?:và\s+)?(?:lãnh đạo|chỉ đạo|chủ trì|thực hiện|tập trung))+\s*:$")
"""What a heading may say of the work under it, and what is no part of the name."""
_ENDS_SENTENCE = (".", ";", ",", "!", "?", "…")
_FIRST_MARKS = frozenset("1aiI")
_LONGEST = 220


def headed_bodies(paragraph: Paragraph, following: Paragraph | None) -> str | None:
    """The phrase that names the bodies whose work follows; None where a paragraph is no such heading.

    following: the paragraph below, by whose deeper mark a heading without a colon is known.
    """
    if paragraph.rank == UNMARKED or paragraph.text.endswith(_ENDS_SENTENCE):
        return None
    before = _BEFORE.match(paragraph.text)
    text = paragraph.text[before.end() if before else 0 :]
    if len(text) > _LONGEST or not HEAD.match(text) or NOT_HEAD.match(text):
        return None
    if leads_down(text):
        return None
    named = measure_name(text, 0, commanded=False)
    if named is not None and (named.strong or named.how in {"says", "tells"}):
        return None
    if not text.endswith(":") and not _stands_open(paragraph, text, named, following):
        return None
    return _LEADS.sub("", text)


def _stands_open(paragraph: Paragraph, text: str, named: Named | None, following: Paragraph | None) -> bool:
    """Whether a text without a colon is a heading: nothing but a name, or what deeper items follow."""
    if named is not None and named.how == "open":
        return paragraph.is_heading or text != paragraph.text
    return following is not None and is_under(following, paragraph)


def is_under(item: Paragraph, heading: Paragraph) -> bool:
    """Whether an item stands under a heading: its mark is deeper, or opens a list of another kind."""
    if item.rank in {UNMARKED, heading.rank}:
        return False
    return item.rank > heading.rank or is_first(item)


def is_first(item: Paragraph) -> bool:
    """Whether a paragraph's mark is the first of its kind: "1.", "a)"."""
    return item.mark.strip("(). ") in _FIRST_MARKS
