"""What the notice tells whom to do: its directives as tasks, one for each item or bullet under a body's heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any, NamedTuple

from services.ingest.reading.tasks.bodies import HEAD, split_bodies
from services.ingest.reading.tasks.deadlines import read_deadline
from services.ingest.reading.tasks.directives import Directive, Parties, find_directives
from services.ingest.reading.tasks.formulas import informs, leads_down, only_closes, without_formulas
from services.ingest.reading.tasks.headings import headed_bodies, is_first
from services.ingest.reading.text.folding import alternatives, fold
from services.ingest.reading.text.paragraphs import UNMARKED, Paragraph
from services.ingest.reading.vocabulary import column

_BACKGROUND = re.compile(
    rf"(?<!\w)(?:{alternatives(column('background', 'words', kind='section'))})(?!\w)", re.IGNORECASE
)
_ORGANISING = re.compile(
    r"to chuc thuc hien|nhiem vu cu the|phan cong (?:nhiem vu|thuc hien|trach nhiem)|trach nhiem (?:thuc hien|cua cac)"
)
_ITEMS = re.compile(r"\((?:\d{1,2}|[ivx]{1,4}|[a-hđ])\)\s+")
_LEAD = re.compile(
    r"^\W*(?:là (?:cơ quan |đơn vị )?(?:chủ trì|đầu mối)|làm đầu mối|(?:chịu trách nhiệm )?chủ trì)\b", re.IGNORECASE
)
_COOPERATE = re.compile(r"^\W*(?:chủ động |tích cực |có trách nhiệm )?phối hợp\b", re.IGNORECASE)
_ROLE_ONLY = re.compile(
    r"^(?:chủ trì|có trách nhiệm|chịu trách nhiệm|có nhiệm vụ|phối hợp|,|\s|và|thực hiện|tập trung"
    r"|khẩn trương|nghiêm túc|triển khai|lãnh đạo|chỉ đạo|trong đó"
    r"|là (?:cơ quan|đơn vị) (?:đầu mối|thường trực))*:?\s*$"
)
_CLOSING = re.compile(
    r"^(?:Trên đây|Trong quá trình|Căn cứ (?:nội dung|các nội dung) trên|Với nội dung trên|Đề nghị các đơn vị)"
)
_CONTENTS = re.compile(rf"(?:{alternatives(column('noun_openers', 'word'))})(?!\w)")
_LEAST = 6
_BARE_DUTIES = frozenset(column("duty_words", "word"))
"""Verbs that with nothing after them are the end of a name, "các cơ quan tham mưu.", unless a directive verb opens."""


class ReadTask(NamedTuple):
    """A task, the line on which its paragraph begins, and why it may be none: fixed words, as in `reasons.csv`.

    said: the fields of a `Task` as plain data, but for its id: all tasks of a notice are made in one go.
    """

    said: dict[str, Any]
    line: int
    reasons: tuple[str, ...] = ()


@dataclass
class _Context:
    """A body's heading, under which items are its tasks.

    sure: a verb of command or a bare heading made it one. announced: the paragraph and the words in it that asked for
    something themselves, "báo cáo tình hình theo các nội dung sau:"; items that name contents are then no tasks.
    """

    assignees: tuple[str, ...]
    role: str | None
    rank: int
    heading: str
    sure: bool
    announced: tuple[Paragraph, str] | None = None
    used: bool = False
    inner: int | None = None

    def ends_at(self, paragraph: Paragraph) -> bool:
        """Whether a marked paragraph stands no longer under the heading. The first below tells how deep items are."""
        if not self.used and self.inner is None and self.opens(paragraph):
            self.inner = paragraph.rank
        if self.inner is None or self.inner > self.rank:
            return paragraph.rank <= self.rank
        return paragraph.rank == self.rank or paragraph.rank < self.inner

    def opens(self, paragraph: Paragraph) -> bool:
        """Whether a list of another kind than the heading's own begins."""
        return paragraph.rank != self.rank and is_first(paragraph)


@dataclass(frozen=True)
class Scope:
    """What reading tasks needs to know of the notice. `plan`: only its part on carrying out assigns work."""

    issued_on: date | None
    parties: Parties
    plan: bool
    in_force_on: date | None = None


class _Walk:
    """A walk through the paragraphs in order; holds the headings above the present one."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.tasks: list[ReadTask] = []
        self.headings: list[Paragraph] = []
        self.context: _Context | None = None
        self.organising = not scope.plan
        self.telling: set[int] = set()
        self.background: set[int] = set()

    def take(self, paragraph: Paragraph, following: Paragraph | None) -> None:
        """Read one paragraph. following: the one below it."""
        self._leave(paragraph)
        if self._opens_body(paragraph, following) or self._introduces(paragraph):
            return
        directives = find_directives(
            paragraph.text, self._implied(), self.scope.parties, ranked=paragraph.rank < UNMARKED
        )
        if self.context and self._continues_context(paragraph, directives):
            self._under_context(paragraph)
        elif directives:
            self._own(paragraph, directives)
        if directives:
            self.telling.add(paragraph.line)
        if paragraph.is_heading:
            self._head(paragraph)
            if _ORGANISING.search(fold(paragraph.text)):
                self.organising = True

    def _leave(self, paragraph: Paragraph) -> None:
        """Drop the headings that a paragraph of this rank closes."""
        if paragraph.rank < UNMARKED:
            self.headings = [heading for heading in self.headings if heading.rank < paragraph.rank]
            if self.context and self.context.ends_at(paragraph):
                self.context = None
        elif self.context and (_CLOSING.match(paragraph.text) or (self.context.used and self.context.rank == 0)):
            self.context = None

    def _opens_body(self, paragraph: Paragraph, following: Paragraph | None) -> bool:
        """Take a paragraph that is nothing but the name of bodies as the heading of their work."""
        phrase = headed_bodies(paragraph, following) if self.organising else None
        if phrase is None:
            return False
        self.context = _Context(_bodies(phrase, paragraph), None, paragraph.rank, phrase, sure=True)
        self._head(paragraph)
        return True

    def _head(self, paragraph: Paragraph) -> None:
        self.headings.append(paragraph)
        if _BACKGROUND.search(paragraph.text):
            self.background.add(paragraph.line)

    def _introduces(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph only repeats, with a colon at its end, who the body above it is."""
        unused = self.context is not None and not self.context.used and self.context.rank > 0
        return (
            unused and paragraph.rank == UNMARKED and paragraph.text.endswith(":") and bool(HEAD.match(paragraph.text))
        )

    def _implied(self) -> bool:
        if not self.organising or not self.background:
            return self.organising
        above = (heading.line for heading in self.headings if heading.line not in self.telling)
        return self.background.isdisjoint(above)

    def _continues_context(self, paragraph: Paragraph, directives: list[Directive]) -> bool:
        """Whether a paragraph under a body's heading is work of that body: it names no other at its start."""
        if not directives:
            return True
        first = directives[0]
        if paragraph.text[: first.clause].rstrip().endswith(":"):
            return False
        return first.clause > 0 and not first.command and paragraph.rank < UNMARKED

    def _under_context(self, paragraph: Paragraph) -> None:
        context = self.context
        if (
            context is None
            or len(paragraph.text) < _LEAST
            or informs(paragraph.text)
            or (HEAD.match(paragraph.text) and paragraph.text.endswith(":"))
        ):
            return
        if paragraph.is_heading and paragraph.text.endswith(":") and paragraph.rank < 8 and len(paragraph.text) < 120:
            return
        if not context.used and context.announced and _CONTENTS.match(paragraph.text):
            above, said = context.announced
            self._add(context.assignees, said, context.role, above, sure=context.sure)
            self.context = None
            return
        context.used = True
        self._add(context.assignees, paragraph.text, context.role, paragraph, sure=context.sure)

    def _own(self, paragraph: Paragraph, directives: list[Directive]) -> None:
        text = paragraph.text
        for index, directive in enumerate(directives):
            end = directives[index + 1].clause if index + 1 < len(directives) else len(text)
            said = without_formulas(text[directive.duty : end].strip())
            self._add_directive(directive, said, paragraph, last=index + 1 == len(directives))

    def _add_directive(self, directive: Directive, said: str, paragraph: Paragraph, last: bool) -> None:
        assignees = _bodies(directive.who, paragraph)
        if not assignees:
            return
        if not directive.command and said.strip(" .;") in _BARE_DUTIES:
            return
        items = _enumerated(said)
        role, sure = _role(said), bool(directive.command)
        if items:
            for item in items:
                self._add(assignees, item, role if role == "chủ trì" else None, paragraph, sure=sure)
        elif last and (_ROLE_ONLY.match(said) or (said.endswith(":") and leads_down(said))):
            if self.context and paragraph.rank == UNMARKED and not directive.command and self.context.rank > 0:
                return
            rank = 0 if paragraph.rank == UNMARKED else paragraph.rank
            announced = None if _ROLE_ONLY.match(said) else (paragraph, said)
            self.context = _Context(
                assignees, role if role == "chủ trì" else None, rank, paragraph.text, sure, announced
            )
        elif not _ROLE_ONLY.match(said):
            self._add(assignees, said, role, paragraph, sure=sure)

    def _add(
        self, assignees: tuple[str, ...], text: str, role: str | None, paragraph: Paragraph, *, sure: bool
    ) -> None:
        text = text.strip().rstrip(";").removesuffix("./.").strip()
        if len(text) < _LEAST:
            return
        deadline = read_deadline(text, self.scope.issued_on, self.scope.in_force_on)
        heading = self.headings[-1] if self.headings else None
        task = {
            "assignees": assignees,
            "role": role or _role(text),
            "text": paragraph.as_written(text),
            "deadline": deadline.on if deadline else None,
            "deadline_text": paragraph.as_written(deadline.text) if deadline else None,
            "heading": f"{heading.mark} {heading.as_written(heading.text)}".strip(" :") if heading else None,
        }
        spoilt = ("spoilt",) if paragraph.restored else ()
        self.tasks.append(ReadTask(task, paragraph.line, spoilt if sure else (*spoilt, "implied")))


def read_tasks(paragraphs: Sequence[Paragraph], scope: Scope) -> list[ReadTask]:
    """The tasks of a notice, in reading order. After others, "… triển khai thực hiện" alone is no further task."""
    walk = _Walk(scope)
    for paragraph, following in zip_longest(paragraphs, paragraphs[1:]):
        walk.take(paragraph, following)
    if len(walk.tasks) > 1 and only_closes(walk.tasks[-1].said["text"]):
        walk.tasks.pop()
    return walk.tasks


def has_organising_part(paragraphs: Iterable[Paragraph]) -> bool:
    """Whether a plan has a heading such as "TỔ CHỨC THỰC HIỆN", under which its work is assigned."""
    return any(part.is_heading and part.rank <= 3 and _ORGANISING.search(fold(part.text)) for part in paragraphs)


def _bodies(phrase: str, paragraph: Paragraph) -> tuple[str, ...]:
    return tuple(paragraph.as_spelt(body) for body in split_bodies(phrase))


def _enumerated(said: str) -> list[str]:
    """The items "(1) …; (2) …" of a directive, when they follow the body directly or after "chủ trì:"."""
    match = _ITEMS.search(said[:100])
    if not match or not _ROLE_ONLY.match(said[: match.start()]):
        return []
    parts = [part.strip(" ;") for part in _ITEMS.split(said[match.start() :])]
    return [part for part in parts if part]


def _role(text: str) -> str:
    """chủ trì, phối hợp or thực hiện, by the verb that a duty opens with."""
    if _LEAD.match(text):
        return "chủ trì"
    return "phối hợp" if _COOPERATE.match(text) else "thực hiện"
