"""The fields of one notice from its boxes, and the doubts a person should know of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from contracts.notices import Notice, Task
from services.ingest.reading.boxes import Boxes
from services.ingest.reading.drafts import Doubts
from services.ingest.reading.header.issuer import Issuer, read_issuer
from services.ingest.reading.header.marks import Urgency, read_marks
from services.ingest.reading.header.numbers import (
    Dated,
    Numbered,
    read_date,
    read_number,
    read_spoilt_date,
    stands_alone,
)
from services.ingest.reading.header.owners import own_names
from services.ingest.reading.header.references import read_references
from services.ingest.reading.infer import infer_issuer, infer_latest_citation, infer_meeting_date, type_of_symbol
from services.ingest.reading.landmarks import ANNEX, is_spoilt, motto_at
from services.ingest.reading.tasks.clauses import read_closing_recipients, read_implementing_clause, read_spread
from services.ingest.reading.tasks.collect import Scope, has_organising_part, read_tasks
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.paragraphs import Paragraph, read_paragraphs, restored
from services.ingest.reading.vocabulary import column

_PLANS = frozenset(column("doc_types", "name", plan="yes"))
_MARKED_LINES = 30
_IN_FORCE = re.compile(r"có hiệu lực (?:thi hành )?(?:kể )?từ ngày (?:ký|ban hành)")


@dataclass(frozen=True)
class Reading:
    """One notice, its boxes, and what stands in its header."""

    lines: list[Line]
    boxes: Boxes
    number: Numbered | None
    dated: Dated | None
    issuer: Issuer
    urgency: Urgency
    secrecy: str | None
    secrecy_line: int | None

    @classmethod
    def of(cls, lines: list[Line], boxes: Boxes) -> Reading:
        """Read the header."""
        above = [line for line in lines[:_MARKED_LINES] if not boxes.body or line.number < boxes.body[0].number]
        urgency, secrecy, at = read_marks(above)
        return cls(lines, boxes, _number(boxes), _dated(lines, boxes), read_issuer(boxes.header), urgency, secrecy, at)

    @property
    def signs(self) -> int:
        """How many boxes of a notice the text shows."""
        boxes = self.boxes
        return sum(
            (
                self.number is not None,
                self.dated is not None and self.dated.place is not None,
                boxes.doc_type is not None,
                bool(boxes.addressees),
                boxes.listed is not None and bool(boxes.listed.recipients or boxes.listed.archive),
                boxes.signatory is not None and boxes.signatory.name is not None,
                any(motto_at(line.text) is not None for line in boxes.header),
                self.issuer.name is not None,
            )
        )

    @cached_property
    def body(self) -> list[Paragraph]:
        """The body (box 6)."""
        return read_paragraphs(self.boxes.body)

    @cached_property
    def annexes(self) -> list[Paragraph]:
        """The annexes that are running text: tables, forms and lists of names assign nothing."""
        cut = next((at for at, line in enumerate(self.boxes.annexes) if ANNEX.match(line.folded)), None)
        return read_paragraphs(self.boxes.annexes[:cut])

    @cached_property
    def for_tasks(self) -> list[Paragraph]:
        """The body with words put back that noise spoilt."""
        return restored(self.body)

    @cached_property
    def annexes_for_tasks(self) -> list[Paragraph]:
        """The annexes with words put back that noise spoilt."""
        return restored(self.annexes)

    @property
    def doc_type(self) -> str | None:
        """The type: as headed, else as the symbol says; a document with addressees and no type is a letter."""
        if self.boxes.doc_type:
            return self.boxes.doc_type
        named = type_of_symbol(self.number.symbol) if self.number else None
        return named or ("công văn" if self.boxes.addressees else None)


def _number(boxes: Boxes) -> Numbered | None:
    found = [number for line in boxes.header if (number := read_number(line.text))]
    if not found:
        found = [number for line in boxes.header for cell in line.cells if (number := read_number(cell.text))]
    if not found:
        found = [
            number for line in boxes.header for cell in line.cells if (number := read_number(cell.text, bare=True))
        ]
    return next((number for number in found if number.number), found[0] if found else None)


def _dated(lines: list[Line], boxes: Boxes) -> Dated | None:
    """Box 4 in the header; else place and date on a line of their own anywhere above the list."""
    found = [dated for line in boxes.header if (dated := _date_on(line)) and dated.place]
    if not found:
        found = [dated for line in lines[: len(lines) - len(boxes.annexes)] if (dated := stands_alone(line))]
    if not found and (spoilt := _spoilt_date(boxes)):
        return spoilt
    if not found:
        bare = [read_date(cell.text) for line in boxes.header for cell in line.cells if cell.folded.startswith("ngay ")]
        found = [dated for dated in bare if dated]
    return found[0] if found else None


def _spoilt_date(boxes: Boxes) -> Dated | None:
    spoilt = (read_spoilt_date(cell.text) for line in boxes.header for cell in line.cells)
    return next((dated for dated in spoilt if dated), None)


def _date_on(line: Line) -> Dated | None:
    """The date of a header line: in one cell, or across the gap that a blank day leaves."""
    for index in range(len(line.cells)):
        if dated := read_date(line.cells[index].text):
            return dated
    across = (read_date(" ".join(cell.text for cell in line.cells[index:])) for index in range(len(line.cells)))
    return next((dated for dated in across if dated), None)


def assemble(reading: Reading, doubts: Doubts) -> Notice:
    """The notice, with everything doubtful in its warnings."""
    boxes, listed = reading.boxes, reading.boxes.listed
    number = reading.number.number if reading.number else None
    issued_on = reading.dated.on if reading.dated else None
    recipients = listed.recipients if listed else ()
    inferred = _inferred(reading)
    _doubt_header(reading, doubts)
    _doubt_list(reading, doubts)
    _doubt_words(reading, doubts)
    return Notice(
        number=number,
        doc_type=reading.doc_type,
        issuer=reading.issuer.name,
        issuer_parent=reading.issuer.parent,
        place=reading.dated.place if reading.dated else None,
        issued_on=issued_on,
        subject=boxes.subject,
        urgency=reading.urgency,
        addressees=boxes.addressees,
        recipients=recipients,
        recipients_complete=listed.complete if listed else False,
        archive=listed.archive if listed else None,
        signatory=boxes.signatory,
        tasks=_tasks(reading, issued_on),
        references=read_references(_cited_text(reading), number),
        implementing_clause=read_implementing_clause(reading.body, recipients),
        closing_recipients=read_closing_recipients(reading.body),
        disseminate_to=read_spread(reading.body),
        inferred=inferred,
        warnings=tuple(doubts.found),
    )


def _cited_text(reading: Reading) -> str:
    parts = [reading.boxes.subject or "", *(paragraph.text for paragraph in (*reading.body, *reading.annexes))]
    return "\n".join(parts)


def _tasks(reading: Reading, issued_on: date | None) -> tuple[Task, ...]:
    """Tasks of the body, then of the plan that is annexed to it, numbered through."""
    owners = own_names((reading.issuer.name, reading.issuer.parent))
    body_plan = reading.doc_type in _PLANS and has_organising_part(reading.for_tasks)
    annex_plan = has_organising_part(reading.annexes_for_tasks)
    in_force = issued_on if any(_IN_FORCE.search(part.text) for part in reading.body) else None
    tasks = read_tasks(reading.for_tasks, Scope(issued_on, owners, body_plan, in_force))
    tasks += read_tasks(reading.annexes_for_tasks, Scope(issued_on, owners, annex_plan, in_force))
    return tuple(task.model_copy(update={"task_id": f"t{index}"}) for index, task in enumerate(tasks, start=1))


def _inferred(reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {}
    listed = reading.boxes.listed
    if reading.issuer.name is None:
        closing = [line.text for line in listed.recipients] if listed else []
        closing += [f"{listed.archive}"] if listed and listed.archive else []
        symbol = reading.number.symbol if reading.number else None
        if issuer := infer_issuer(symbol, reading.body, closing):
            found["issuer"] = issuer
    return found | _inferred_time(reading)


def _inferred_time(reading: Reading) -> dict[str, str]:
    """The time from which a notice without a full date speaks: meeting, month of a blank day, latest citation."""
    if reading.dated is not None and reading.dated.on is not None:
        return {}
    found: dict[str, str] = {}
    if meeting := infer_meeting_date(reading.body):
        found["meeting_date"] = meeting.isoformat()
    if reading.dated is not None and reading.dated.month:
        found["issued_month"] = reading.dated.month
    elif not found and (cited := infer_latest_citation(reading.body)):
        found["latest_date_cited"] = cited.isoformat()
    return found


def _doubt_header(reading: Reading, doubts: Doubts) -> None:
    first = reading.lines[0].number
    if reading.number is None:
        doubts.add("number_missing", "no number and symbol (Số: …) was found", first)
    elif reading.number.number is None:
        doubts.add("number_blank", f"the number before {reading.number.symbol} was left blank", first)
    if reading.dated is None:
        doubts.add("date_missing", "no place and date was found", first)
    elif reading.dated.on is None:
        doubts.add("date_blank", "the date was left blank, or is no day of the calendar", first)
    if reading.issuer.name is None:
        doubts.add("issuer_missing", "the header does not name who issued it", first)
    if reading.boxes.subject is None:
        doubts.add("subject_missing", "no subject was found", first)


def _doubt_words(reading: Reading, doubts: Doubts) -> None:
    header = [line.number for line in reading.boxes.header if any(is_spoilt(cell.text) for cell in line.cells)]
    if header or (reading.dated and reading.dated.spoilt):
        doubts.add_noise(header[0] if header else reading.lines[0].number)
    if spoilt := [part for part in (*reading.for_tasks, *reading.annexes_for_tasks) if part.restored]:
        doubts.add_noise(spoilt[0].line)


def _doubt_list(reading: Reading, doubts: Doubts) -> None:
    last = reading.lines[-1].number
    listed = reading.boxes.listed
    if listed is None:
        doubts.add("recipients_missing", "no list of recipients (Nơi nhận) was found", last)
    elif not listed.complete:
        doubts.add("recipients_cut", "the list of recipients ends without its archive line (Lưu: …)", last)
    if reading.boxes.signatory is None or reading.boxes.signatory.name is None:
        doubts.add("signature_missing", "no signer's name was found", last)
