"""The boxes of a notice (Decree 30/2020, annex I) from the gold of the corpus; its body from the text of the document.

The product's reader has no part in this: where the body begins and ends is told by the gold's own words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from bench.rendering.locate import Folded, fold
from bench.rendering.paragraphs import cells, paragraphs

_NATION = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
_PARTY = ("ĐẢNG CỘNG SẢN VIỆT NAM",)
_MOTTOES = ("conghoaxahoi", "dangcongsan")
_MARKS = frozenset({"HỎA TỐC", "THƯỢNG KHẨN", "KHẨN"})
_BLANK_NUMBER = re.compile(r"Số\s*:?\s+/\S+")
_BLANK_DATE = re.compile(r"ngày\s+tháng\s*\d*\s*năm \d{4}")
_LETTER = "công văn"
_DISPATCH = "công điện"
_HEAD_LINES = 14
_NEXT = 12
"""Letters between "Kính gửi" and the first addressee, at most; those of an invitation stand in its body."""
_LEAST_ANNEX = 200
"""Letters below the signature: fewer are a footnote."""


@dataclass(frozen=True)
class Item:
    """A line of "Nơi nhận". purpose: said once, by a brace, for it and its neighbours; empty where it has none."""

    text: str
    purpose: str = ""


@dataclass(frozen=True)
class Boxes:
    """A notice's boxes as lines of text, ready to be set; empty where it lacks one.

    subject: without "V/v". addressed_by: what stands before the addressees. titles: above the signer's name.
    archive: the whole line. annex: paragraphs after the signature. issued_on: for stamps, which come later.
    """

    letterhead: tuple[str, ...]
    motto: tuple[str, ...]
    number: str
    dated: str
    urgency: str
    title: str
    subject: str
    addressed_by: str
    addressed: tuple[str, ...]
    body: tuple[str, ...]
    recipients: tuple[Item, ...]
    archive: str
    titles: tuple[str, ...]
    signer: str
    annex: tuple[str, ...]
    issued_on: date | None


def boxes_of(text: str, golds: Sequence[dict[str, Any]]) -> tuple[Boxes, ...]:
    """The boxes of each notice of a document, in order."""
    folded, found, start = Folded(text), [], 0
    for gold in golds:
        heading = folded.recipients(gold["recipients"][0], start)
        end = _end(folded, gold, heading)
        rest = text[end:] if gold is golds[-1] and len(fold(text[end:])) > _LEAST_ANNEX else ""
        found.append(_boxes(folded, gold, (start, heading), rest))
        start = end
    return tuple(found)


def _end(folded: Folded, gold: dict[str, Any], heading: int) -> int:
    """Where the notice ends: after the line of the archive or of the signer's name, whichever comes later."""
    archive = folded.find(f"Lưu {gold['archive']}", heading) if gold["archive"] else None
    item = folded.find(gold["recipients"][-1], heading)
    last = archive or item
    end = last.end if last else heading
    if name := (gold["signatory"] or {}).get("name"):
        signed = folded.find(name, folded.line_start(last.start) if last else heading) or folded.find(name, heading)
        end = max(end, signed.end if signed else 0)
    return folded.line_end(end)


def _boxes(folded: Folded, gold: dict[str, Any], part: tuple[int, int], rest: str) -> Boxes:
    text = folded.text[part[0] : part[1]]
    head = "\n".join(text.strip().split("\n")[:_HEAD_LINES])
    begin, is_boxed = _begin(folded, gold, part)
    signed = gold["signatory"] or {}
    is_letter = gold["doc_type"] == _LETTER
    return Boxes(
        letterhead=_letterhead(head, gold),
        motto=_PARTY if "ĐẢNG CỘNG SẢN" in head else _NATION if fold(_NATION[0])[:12] in fold(head) else (),
        number=_number(head, gold["number"]),
        dated=_dated(head, gold),
        urgency=(gold["urgency"] or "").upper(),
        title="" if is_letter else gold["doc_type"].upper(),
        subject=gold["subject"] or "",
        addressed_by=f"{gold['issuer'].upper()} điện:" if gold["doc_type"] == _DISPATCH else "Kính gửi:",
        addressed=tuple(gold["addressees"]) if is_boxed else (),
        body=paragraphs(folded.text[begin : part[1]]),
        recipients=tuple(_items(gold)),
        archive=_archive(gold),
        titles=tuple(_titles(signed)),
        signer=signed.get("name") or "",
        annex=paragraphs(rest),
        issued_on=date.fromisoformat(gold["issued_on"]) if gold["issued_on"] else None,
    )


def _begin(folded: Folded, gold: dict[str, Any], part: tuple[int, int]) -> tuple[int, bool]:
    """Where the body begins: after the line of the header's last box; and whether the addressees are such a box."""
    start, end = part
    found = [folded.find(words, start, end) for words in (gold["number"], gold["subject"]) if words]
    begin = max((span.end for span in found if span), default=start)
    is_dispatch = gold["doc_type"] == _DISPATCH
    opener = folded.find("điện:" if is_dispatch else "Kính gửi", begin if is_dispatch else start, end, exact=True)
    if opener and gold["addressees"]:
        spans = [span for words in gold["addressees"] if (span := folded.find(words, opener.end, end))]
        if spans and len(fold(folded.text[opener.end : spans[0].start])) < _NEXT:
            return folded.line_end(max(begin, *(span.end for span in spans))), True
    return (folded.line_end(begin) if begin > start else start), False


def _letterhead(head: str, gold: dict[str, Any]) -> tuple[str, ...]:
    """The issuer under its parent as the text has them, in capitals; the gold's issuer where the text is garbled."""
    if not gold["issuer"]:
        return ()
    number = head.find("Số")
    lines: dict[str, None] = {}
    for cell in cells(head[: number if number >= 0 else None].split("\n")):
        shown = unicodedata.normalize("NFC", cell).replace("*", "").strip()
        if "ĐẾN" in shown:
            lines.clear()
        elif shown.isupper() and len(fold(shown)) > 1 and shown not in _MARKS and not fold(shown).startswith(_MOTTOES):
            lines[shown] = None
    letters = fold("".join(lines))
    words = [word for word in map(fold, gold["issuer"].split()) if word not in {"ubnd", "hdnd", "bch"}]
    known = not gold.get("fuzzy") and sum(word in letters for word in words) * 3 >= len(words) * 2
    return tuple(lines) if lines and known else (gold["issuer"].upper(),)


def _number(head: str, number: str | None) -> str:
    if number:
        return f"Số {number}" if re.match(r"\d+-", number) else f"Số: {number}"
    blank = _BLANK_NUMBER.search(head)
    return blank[0] if blank else ""


def _dated(head: str, gold: dict[str, Any]) -> str:
    if gold["issued_on"]:
        day = date.fromisoformat(gold["issued_on"])
        return f"{gold['place']}, ngày {day:%d} tháng {day.month:0{2 if day.month < 3 else 1}} năm {day.year}"
    blank = _BLANK_DATE.search(head)
    return f"{gold['place']}, {blank[0]}" if blank else ""


def _items(gold: dict[str, Any]) -> Iterator[Item]:
    """The recipients; a purpose that the gold knows and no bracket says is shared by a brace with its neighbours."""
    unsaid = [(text, "" if "(" in text else gold["purposes"].get(text, "")) for text in gold["recipients"]]
    for purpose, group in groupby(unsaid, key=lambda pair: pair[1]):
        texts = [text for text, _ in group]
        if len(texts) == 1 and purpose:
            yield Item(f"{texts[0]} (để {purpose})")
        else:
            yield from (Item(text, f"(để {purpose})" if purpose else "") for text in texts)


def _archive(gold: dict[str, Any]) -> str:
    if not gold["recipients_complete"]:
        return ""
    return f"Lưu: {gold['archive']}." if gold["archive"] else "Lưu."


def _titles(signed: dict[str, Any]) -> Iterator[str]:
    for lines in (signed.get("authority"), signed.get("title")):
        yield from (lines or "").split("; ") if lines else ()
