"""The fields of one notice from its boxes, the evidence for each, and the doubts a person should know of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from pydantic import TypeAdapter

from contracts.notices import Notice, Task
from services.ingest.reading.drafts import Doubts
from services.ingest.reading.evidence import confidence_of, find_evidence
from services.ingest.reading.header.owners import own_names
from services.ingest.reading.header.references import read_references
from services.ingest.reading.header.relations import read_relations
from services.ingest.reading.infer import infer_issuer, infer_latest_citation, infer_meeting_date
from services.ingest.reading.note_doubts import note_doubts
from services.ingest.reading.one_notice import Reading
from services.ingest.reading.tasks.clauses import read_closing_recipients, read_implementing_clause, read_spread
from services.ingest.reading.tasks.collect import ReadTask, Scope, has_organising_part, read_tasks
from services.ingest.reading.tasks.directives import Parties
from services.ingest.reading.tasks.tables import read_rows, task_of
from services.ingest.reading.text.find_words import Words
from services.ingest.reading.text.folding import holds_any
from services.ingest.reading.vocabulary import column

_TASKS = TypeAdapter(tuple[Task, ...])
_PLANS = frozenset(column("doc_types", "name", plan="yes"))
_IN_FORCE = re.compile(r"có hiệu lực (?:thi hành )?(?:kể )?từ ngày (?:ký|ban hành)")


def assemble(reading: Reading, words: Words, doubts: Doubts) -> Notice:
    """The notice, with everything doubtful in its warnings and the place of each field in its evidence."""
    note_doubts(reading, doubts)
    tasks = _tasks(reading)
    notice = _notice(reading, tasks, doubts)
    notice = notice.model_copy(update={"evidence": find_evidence(reading, notice, tasks, words)})
    return notice.model_copy(update={"confidence": confidence_of(notice)})


def _notice(reading: Reading, tasks: Sequence[ReadTask], doubts: Doubts) -> Notice:
    boxes, listed, dated = reading.boxes, reading.boxes.listed, reading.dated
    number = reading.number.number if reading.number else None
    recipients = listed.recipients if listed else ()
    return Notice(
        number=number,
        doc_type=reading.doc_type,
        issuer=reading.issuer.name,
        issuer_parent=reading.issuer.parent,
        place=dated.place if dated else None,
        issued_on=dated.on if dated else None,
        subject=boxes.subject,
        urgency=reading.urgency,
        addressees=boxes.addressees,
        recipients=recipients,
        recipients_complete=listed.complete if listed else False,
        archive=listed.archive if listed else None,
        signatory=boxes.signatory,
        tasks=_TASKS.validate_python([{"task_id": f"t{at}"} | read.said for at, read in enumerate(tasks, start=1)]),
        references=read_references(_cited_text(reading), number),
        relations=read_relations(boxes.subject, (paragraph.text for paragraph in reading.body), number),
        implementing_clause=read_implementing_clause(reading.body, recipients),
        closing_recipients=read_closing_recipients(reading.body),
        disseminate_to=read_spread(reading.body),
        inferred=_inferred(reading),
        warnings=tuple(doubts.found),
    )


def _cited_text(reading: Reading) -> str:
    """What may cite documents by their numbers: a number holds a slash, and few paragraphs do."""
    parts = (reading.boxes.subject or "", *(paragraph.text for paragraph in (*reading.body, *reading.annexes)))
    return "\n".join(part for part in parts if "/" in part)


def _tasks(reading: Reading) -> list[ReadTask]:
    """Tasks of the body, then of the plan that is annexed to it, in reading order."""
    issued_on: date | None = reading.dated.on if reading.dated else None
    parties = Parties(own_names((reading.issuer.name, reading.issuer.parent)), _listed(reading))
    body_plan = reading.doc_type in _PLANS and has_organising_part(reading.for_tasks)
    annex_plan = has_organising_part(reading.annexes_for_tasks)
    takes_effect = any("hiệu lực" in part.text and _IN_FORCE.search(part.text) for part in reading.body)
    in_force = issued_on if takes_effect else None
    found = read_tasks(reading.for_tasks, Scope(issued_on, parties, body_plan, in_force))
    found += read_tasks(reading.annexes_for_tasks, Scope(issued_on, parties, annex_plan, in_force))
    tabled = read_rows([*reading.boxes.body, *reading.boxes.annexes])
    found += [task_of(row, issued_on) for row in tabled]
    return sorted(found, key=lambda read: read.line)


def _listed(reading: Reading) -> tuple[str, ...]:
    """Full names of offices in the lists, as long as two words at least: "Ban Chỉ đạo quốc gia về …"."""
    listed = reading.boxes.listed
    texts = [each.text for each in reading.boxes.addressees]
    texts += [each.text for each in listed.recipients] if listed else []
    return tuple(text for text in texts if " " in text and not holds_any(text, ";:("))


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
