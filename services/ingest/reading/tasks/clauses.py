"""Clauses that say for whom a notice is: who carries it out, whom it is to inform, how far down it is to be spread."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contracts.notices import RecipientLine
from services.ingest.reading.tasks.bodies import HEAD
from services.ingest.reading.tasks.directives import closing_address
from services.ingest.reading.text.folding import UPPER, fold
from services.ingest.reading.text.paragraphs import Paragraph

_AS_ARTICLE = re.compile(r"^nhu\s+(?:tai\s+)?dieu\s+(\d{1,2})")
_ARTICLE = re.compile(r"^Điều\s+(\d{1,2})")
_CARRIES_OUT = re.compile(
    r"c(?:hịu trách nhiệm|ó trách nhiệm|ăn cứ Quyết định)\s+(?:tổ chức\s+|triển khai\s+|hướng dẫn\s+)?"
    r"(?:thi hành|thực hiện|triển khai)(?!\w)"
    r"|thi hành\s+(?:Quyết định|Nghị quyết|Chỉ thị) này"
)
"""Each alternative opens with a letter of its own: elsewhere it is not tried at all."""
_SENTENCE_START = re.compile(rf"(?<=[.;/])\s+(?=[{UPPER}])")
_TO_INFORM = re.compile(
    r"(?<!\w)(?:thông báo|truyền đạt)(?!\w)[^.]{0,220}?\s(?:để|đề|đến|tới|cho)\s+"
    rf"(?P<who>(?=[Cc]ác |[Cc]ấp |[Tt]oàn |[Qq]uý |[Nn]hân dân |[{UPPER}])"
    r"(?:(?!\s(?:để|đề|đến|tới|cho)\s)[^.]){3,300}?)"
    r"\s*,?\s+(?:được\s+|cùng\s+)?(?:để\s+)?"
    r"(?:biết|triển khai|thực hiện|tổ chức thực hiện|nắm)(?!\w)"
)
_SPREAD = re.compile(r"phổ biến\s+(?:rộng rãi\s+)?(?:đến|tới)\s+(?P<who>[^.;/]{3,160})")
_ARTICLE_WITHIN = 30
LAST_PARAGRAPHS = 8
"""Of a body, in which it says whom it is to inform."""


def read_implementing_clause(paragraphs: Sequence[Paragraph], recipients: Sequence[RecipientLine]) -> str | None:
    """Who carries out a decision: the article that "Như Điều n" means, else the last that makes anybody responsible."""
    meant = next(
        (
            match[1]
            for line in recipients
            if line.text[:1] in "Nn" and (match := _AS_ARTICLE.match(fold(line.text[:_ARTICLE_WITHIN])))
        ),
        None,
    )
    inside = _inside_article(meant, paragraphs) if meant is not None else []
    for paragraph in [*inside, *reversed(paragraphs)]:
        if clause := _responsible(paragraph.text, inside_article=paragraph in inside):
            return clause
    return None


def _inside_article(number: str, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """The paragraphs of the article with a number, its heading first."""
    inside: list[Paragraph] = []
    current = None
    for paragraph in paragraphs:
        if article := _ARTICLE.match(paragraph.mark):
            current = article[1]
        if current == number:
            inside.append(paragraph)
    return inside


def _responsible(text: str, inside_article: bool) -> str | None:
    match = _CARRIES_OUT.search(text) if "trách nhiệm" in text or "thi hành" in text else None
    if match is None or (not inside_article and "này" not in text[match.end() : match.end() + 40] + match[0]):
        return None
    before = text[: match.start()]
    start = 0
    for boundary in _SENTENCE_START.finditer(before):
        if before[boundary.start() - 1] == "." and HEAD.match(before, boundary.end()):
            start = boundary.end()
    return re.sub(r"^Giao\s+", "", before[start:].strip(" ,;:")) or None


def read_closing_recipients(paragraphs: Sequence[Paragraph]) -> str | None:
    """X of the closing words "… thông báo để X biết, thực hiện", or of "… X triển khai thực hiện./."."""
    for paragraph in reversed(paragraphs[-LAST_PARAGRAPHS:]):
        text = paragraph.text
        may_inform = len(text) < 1500 and ("thông báo" in text or "truyền đạt" in text)
        if may_inform and (match := _TO_INFORM.search(text)):
            return match["who"].strip(" ,;:")
    return closing_address(paragraphs[-1].text) if paragraphs else None


def read_spread(paragraphs: Sequence[Paragraph]) -> str | None:
    """X of "Văn bản này được phổ biến đến X"."""
    for paragraph in reversed(paragraphs[-LAST_PARAGRAPHS:]):
        if len(paragraph.text) < 400 and (match := _SPREAD.search(paragraph.text)):
            return match["who"].strip(" ,;:")
    return None
