"""PDF of notices: in one column, as simple programs print them, and laid out as Decree 30/2020 says."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bench.rendering.boxes import Boxes, Item
from bench.rendering.look import Look, banner, look_of, stamp
from bench.rendering.paper import FOOT, LEFT, RIGHT, TOP, Paper
from bench.rendering.render_table import BAR, LEAST_BARS, put_table

_SMALL_PRINT = 8.0
_ADDRESSED_AT, _LISTED_AT = 160.0, 220.0


def pdf_of_text(text: str) -> bytes:
    """A text as it stands, line by line; what it sets apart by wide spaces stands at proportional places."""
    paper = Paper()
    for line in text.split("\n"):
        edge = LEFT
        for piece in re.finditer(r"\S+(?: {1,2}\S+)*", line):
            edge = max(edge, LEFT + piece.start() * 5.4)
            for at, wrapped in enumerate(paper.wrap(piece[0], RIGHT - LEFT, 11, first=edge - LEFT)):
                paper.y_now += 14 if at else 0
                edge = paper.say(wrapped, LEFT if at else edge, paper.y_now, 11) + 18
        paper.y_now += 14
        _room(paper, 0)
    return bytes(paper.output())


def pdf_one_column(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """Box below box, the header in the middle, nothing side by side."""
    paper, look = Paper(), look_of(chance)
    for place, boxes in enumerate(notices):
        if place:
            paper.next_page()
        _stacked_header(paper, boxes)
        _title(paper, boxes, look)
        _body(paper, boxes.body, look)
        for line in closing_lines(boxes):
            _room(paper, 14)
            paper.paragraph(line, indent=0, size=look.small)
        for line in (*boxes.titles, "", boxes.signer):
            paper.centred(line, 300, RIGHT, bold=True)
        _body(paper, boxes.annex, look)
    paper.number_pages()
    return bytes(paper.output())


def closing_lines(boxes: Boxes) -> list[str]:
    """The list of recipients with its heading, each purpose on its own line of the list."""
    items = [f"- {item.text} {item.purpose}".rstrip() + ";" for item in boxes.recipients]
    return ["Nơi nhận:", *items, *([f"- {boxes.archive}"] if boxes.archive else [])]


def _stacked_header(paper: Paper, boxes: Boxes) -> None:
    subject = f"V/v {boxes.subject}" if not boxes.title and boxes.subject else ""
    for group in (boxes.letterhead, boxes.motto, (boxes.number, boxes.dated), (subject, boxes.urgency)):
        for line in filter(None, group):
            paper.centred(line, LEFT, RIGHT)
        paper.y_now += 8 if any(group) else 0


def pdf_two_columns(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """Pages as Decree 30 lays them out: header in two columns, the signature beside the recipients, page numbers."""
    paper = Paper()
    for place, boxes in enumerate(notices):
        if place:
            paper.next_page()
        _Page(paper, boxes, look_of(chance), chance).put()
    paper.number_pages()
    return bytes(paper.output())


@dataclass(frozen=True)
class _Page:
    """One notice on its way to paper."""

    paper: Paper
    boxes: Boxes
    look: Look
    chance: random.Random

    def put(self) -> None:
        """Every box, top to bottom."""
        if self.boxes.letterhead or self.boxes.motto:
            self._header()
        _title(self.paper, self.boxes, self.look)
        _body(self.paper, self.boxes.body, self.look, footnote=self.look.footnote)
        self._closing()
        if self.boxes.annex:
            self.paper.next_page()
            _body(self.paper, self.boxes.annex, self.look)

    def _header(self) -> None:
        paper, boxes, middle = self.paper, self.boxes, self.look.middle
        self._mishap("left", LEFT - 40, 18)
        self._mishap("right", 400, 18)
        paper.y_now = TOP
        for at, line in enumerate(boxes.letterhead):
            paper.centred(line, LEFT - 40, middle, 12, bold=at == len(boxes.letterhead) - 1)
        left, paper.y_now = paper.y_now, TOP
        for line in boxes.motto:
            paper.centred(line, middle, RIGHT + 20, 12, bold=True)
        top = paper.y_now = max(left, paper.y_now) + 12
        paper.centre(boxes.dated, middle, RIGHT + 10, top, 13)
        subject = f"V/v {boxes.subject}" if not boxes.title and boxes.subject else ""
        for line, size in ((boxes.number, 13.0), (subject, 12.0)):
            paper.centred(line, LEFT - 30, middle - 10, size)
        if boxes.urgency:
            paper.y_now += 8
            paper.centred(boxes.urgency, LEFT - 30, middle - 10, 13, bold=True)
        paper.y_now = max(paper.y_now, top + 13) + 18
        self._mishap("margin", 36, paper.y_now - 2)

    def _mishap(self, place: str, x: float, y: float) -> None:
        """The arrival stamp and the digital signature's words, where this page has them."""
        if self.look.stamp == place:
            for at, line in enumerate(stamp(self.boxes, self.chance, narrow=place == "margin")):
                self.paper.say(line, x, y + at * 10, 9)
        elif self.look.banner == place:
            for at, line in enumerate(banner(self.boxes, self.chance)):
                self.paper.say(line, x, y + at * 9, _SMALL_PRINT)

    def _closing(self) -> None:
        """Recipients at the left, the signature in the middle of what is left of the page's width."""
        paper, look = self.paper, self.look
        lines = self._listed()
        _room(paper, look.small * 1.15 * len(lines) + 20)
        top, edge = paper.y_now + 10, LEFT
        for at, (x, line) in enumerate(lines):
            y = top + at * look.small * 1.15
            edge = max(edge, paper.say(line, x, y, look.small + (at == 0), bold=at == 0))
        edge = self._braces(lines, top, edge)
        paper.y_now = top
        for line in self.boxes.titles:
            paper.centred(line, edge + look.gutter, RIGHT + 25, bold=True)
        self._mishap("signature", edge + look.gutter + 20, paper.y_now)
        paper.y_now += 52 if look.banner == "signature" else look.levels * 14
        paper.centred(self.boxes.signer, edge + look.gutter, RIGHT + 25, bold=True)
        paper.y_now = max(paper.y_now, top + len(lines) * look.small * 1.15) + 20

    def _listed(self) -> list[tuple[float, str]]:
        """The lines of "Nơi nhận" with where they begin."""
        found = [(LEFT, "Nơi nhận:")]
        archive = [Item(self.boxes.archive)] if self.boxes.archive else []
        for item in (*self.boxes.recipients, *archive):
            end = "" if item in archive else ";"
            for at, line in enumerate(self.paper.wrap(f"- {item.text}{end}", 200, self.look.small)):
                found.append((LEFT + (6 if at and self.look.hanging else 0), line))
        return found

    def _braces(self, lines: Sequence[tuple[float, str]], top: float, edge: float) -> float:
        """Draw each brace and say its purpose beside its middle; returns the right edge of it all."""
        pitch, widest = self.look.small * 1.15, edge
        for purpose, group in groupby(self.boxes.recipients, key=lambda item: item.purpose):
            texts = [item.text for item in group]
            if not purpose:
                continue
            first = next(at for at, (_, line) in enumerate(lines) if line.startswith(f"- {texts[0][:12]}"))
            last = next(at for at, (_, line) in enumerate(lines) if line.startswith(f"- {texts[-1][:12]}"))
            y0, y1 = top + (first - 0.7) * pitch, top + last * pitch
            self.paper.line(edge + 5, y0, edge + 5, y1)
            y = (y0 + y1) / 2 + 0.35 * self.look.small
            widest = max(widest, self.paper.say(purpose, edge + 10, y, self.look.small))
        return widest


def _title(paper: Paper, boxes: Boxes, look: Look) -> None:
    """Type and subject in the middle, then the addressees: one on the line, several below it."""
    if boxes.title:
        paper.centred(boxes.title, LEFT, RIGHT, 14, bold=True)
        paper.centred(boxes.subject, LEFT + 40, RIGHT - 40, 14, bold=True)
        paper.y_now += 10
    single = len(boxes.addressed) == 1
    if not boxes.addressed:
        return
    opening = f"{boxes.addressed_by} {boxes.addressed[0]}." if single else boxes.addressed_by
    for at, line in enumerate(paper.wrap(opening, RIGHT - _ADDRESSED_AT, look.body)):
        paper.say(line, _ADDRESSED_AT + (55 if at else 0), paper.y_now, look.body)
        paper.y_now += look.body * 1.3
    for place, each in enumerate(() if single else boxes.addressed, start=1):
        for line in paper.wrap(
            f"- {each}{'.' if place == len(boxes.addressed) else ';'}", RIGHT - _LISTED_AT, look.body
        ):
            paper.say(line, _LISTED_AT, paper.y_now, look.body)
            paper.y_now += look.body * 1.3
    paper.y_now += 12


def _body(paper: Paper, paragraphs: Sequence[str], look: Look, *, footnote: bool = False) -> None:
    for is_table, group in groupby(enumerate(paragraphs), key=lambda pair: pair[1].count(BAR) >= LEAST_BARS):
        if is_table:
            put_table(paper, [line for _, line in group])
        else:
            _paragraphs(paper, list(group), look, footnote=footnote)


def _paragraphs(paper: Paper, numbered: Sequence[tuple[int, str]], look: Look, *, footnote: bool) -> None:
    for at, paragraph in numbered:
        left, _, right = paragraph.partition("\t")
        if right:
            _room(paper, 20)
            paper.centre(left, LEFT - 30, look.middle, paper.y_now, 12)
            paper.centre(right, look.middle, RIGHT + 20, paper.y_now, 12)
            paper.y_now += 16
        elif paragraph.isupper() and len(paragraph) < 90 and not re.match(r"[IVX]+\b", paragraph):
            _room(paper, 30)
            paper.centred(paragraph, LEFT, RIGHT, look.body, bold=True)
            paper.y_now += 6
        else:
            edge = paper.paragraph(paragraph, size=look.body)
            if footnote and at == 0:
                _footnote(paper, edge, paper.y_now - 6 - look.body * 1.3)


def _footnote(paper: Paper, x: float, y: float) -> None:
    """A raised number at a paragraph's end, and what it stands for at the foot of the page."""
    paper.say("1", x, y - 5, 7)
    paper.line(LEFT, FOOT + 8, LEFT + 140, FOOT + 8)
    edge = paper.say("1", LEFT, FOOT + 18, 6)
    paper.say("Theo Báo cáo số 77/BC-VP ngày 02/01/2012 của Văn phòng về nội dung này.", edge + 3, FOOT + 21, 9)


def _room(paper: Paper, height: float) -> None:
    """Go to the next page where less than a height is left of this one."""
    if paper.y_now + height > FOOT + 30:
        paper.next_page()
