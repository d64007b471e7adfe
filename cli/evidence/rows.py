"""The content of the evidence: rows of text in one order, made of what the notifier answers, and their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from contracts.receipts import MEANINGS

FORMAT: Final = "noinhan-evidence/1"
"""First line of what is hashed; it changes where rows come to mean something else."""
Told = Mapping[str, Any]
_LINE_OF: Final = {None: "copy", "digest": "digest"}


class Row(NamedTuple):
    """One fact. Moments are UTC as 2026-11-23T02:00:00.000000Z, days as 2026-11-23; what is not known is empty."""

    kind: str
    at: str = ""
    revision: str = ""
    office_id: str = ""
    office: str = ""
    what: str = ""
    result: str = ""
    reason: str = ""
    attempt: str = ""
    channel: str = ""
    who: str = ""
    due: str = ""
    text: str = ""
    sha256: str = ""
    id: str = ""


def rows_of(pages: Iterable[Told]) -> list[Row]:
    """The rows of a notice: itself, recalls, offices by name with all that is theirs, digests to its issuer."""
    answered = list(pages)
    copies = sorted((each for page in answered for each in page["copies"]), key=_by_office)
    first = answered[0]
    recalls = {each["recall_id"]: each["action"] for each in first["recalls"]}
    return [
        *_notices(copies),
        *map(_recall, first["recalls"]),
        *(row for each in copies for row in _copy(each, recalls)),
        *(row for each in first["digests"] for row in _digest(each)),
    ]


def content(rows: Sequence[Row]) -> bytes:
    """What is hashed: the line FORMAT, then each row as a JSON array of its texts; every line ends with a newline."""
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return "".join(f"{line}\n" for line in (FORMAT, *lines)).encode()


def content_hash(rows: Sequence[Row]) -> str:
    """SHA-256 of the content, in hex."""
    return hashlib.sha256(content(rows)).hexdigest()


def last_moment(rows: Sequence[Row]) -> datetime | None:
    """The latest moment that a row tells of; None where none does."""
    moments = [datetime.fromisoformat(row.at) for row in rows if len(row.at) > len("2026-11-23")]
    return max(moments, default=None)


def _by_office(copy: Told) -> tuple[int, str, str, str]:
    return copy["revision"], copy["recipient_name"], copy["recipient_id"], copy["assignment_id"]


def _notices(copies: Sequence[Told]) -> Iterator[Row]:
    """The notice as each of its revisions says it."""
    for revision in sorted({each["revision"] for each in copies}):
        copy = next(each for each in copies if each["revision"] == revision)
        facts = copy["facts"]
        yield Row(
            "notice",
            at=facts["issued_on"] or "",
            revision=str(revision),
            office_id=facts["issuer_id"] or "",
            office=facts["issuer"] or "",
            what=facts["number"] or "",
            result=facts["doc_type"] or "",
            reason=facts["urgency"],
            text=facts["subject"] or "",
            sha256=facts["document_id"],
            id=copy["notice_id"],
        )


def _recall(recall: Told) -> Row:
    return Row(
        "recall",
        at=_moment(recall["at"]),
        revision=str(recall["revision"]),
        what=recall["action"],
        reason=recall["reason"],
        who=recall["author"],
        text=recall["by_number"] or "",
        id=recall["recall_id"],
    )


def _copy(copy: Told, recalls: Mapping[str, str]) -> Iterator[Row]:
    of = Row("copy", revision=str(copy["revision"]), office_id=copy["recipient_id"], office=copy["recipient_name"])
    facts = copy["facts"]
    told = {"what": facts["role"], "due": facts["deadline"] or "", "id": copy["assignment_id"]}
    yield of._replace(at=_moment(copy["taken_at"]), **told)
    yield from (_line(of, each) for each in facts["because"])
    yield from (_task(of, each) for each in facts["tasks"])
    for delivery in copy["deliveries"]:
        yield from _delivery(of, delivery, recalls)
    yield from (_receipt(of, each) for each in copy["receipts"])
    yield from (_owed(of, each) for each in copy["owed"])


def _line(of: Row, because: Told) -> Row:
    return of._replace(
        kind="line",
        what=because["box"],
        result=because["rule"],
        reason=because["purpose"] or "",
        channel=because["channel"] or "",
        who=because["meant"] or "",
        text=because["line"],
    )


def _task(of: Row, task: Told) -> Row:
    return of._replace(
        kind="task",
        what=task["task_id"],
        result=task["role"] or "",
        due=task["deadline"] or "",
        text=task["text"] or "",
        sha256=task["text_sha256"],
    )


def _delivery(of: Row, delivery: Told, recalls: Mapping[str, str]) -> Iterator[Row]:
    """A delivery, then its attempts."""
    row = of._replace(what=_carries(delivery, recalls), channel=delivery["kind"] or "", id=delivery["delivery_id"])
    told = {"result": delivery["status"], "reason": delivery["reason"], "attempt": str(len(delivery["attempts"]))}
    hashed = delivery["target_sha256"] or ""
    yield row._replace(kind="delivery", at=_moment(delivery["at"]), sha256=hashed, **told)
    for each in delivery["attempts"]:
        tried = {"attempt": str(each["attempt"]), "result": each["result"], "reason": each["reason"]}
        yield row._replace(kind="attempt", at=_moment(each["at"]), **tried)


def _carries(delivery: Told, recalls: Mapping[str, str]) -> str:
    if delivery["recall_id"]:
        return f"recall {recalls.get(delivery['recall_id'], '')}".rstrip()
    about = delivery["about"]
    return _LINE_OF.get(about) or f"reminder {about}"


def _receipt(of: Row, receipt: Told) -> Row:
    return of._replace(
        kind="receipt",
        at=_moment(receipt["at"]),
        what=receipt["code"],
        result=MEANINGS[receipt["code"]],
        reason=receipt["reason"] or "",
        channel=receipt["via"],
        who=receipt["actor"],
        text="misaddressed" if receipt["misaddressed"] else "",
        id=receipt["receipt_id"],
    )


def _owed(of: Row, owed: Told) -> Row:
    """What was owed: `overdue` since then, `late` where it came after all, `settled` in time, or `running`."""
    settled, late = owed["settled"], owed["late"]
    result = ("late" if settled else "overdue") if late else "settled" if settled else "running"
    due = _moment(owed["owed_at"]) if owed["owed_at"] else ""
    return of._replace(
        kind="owed", what=owed["track"], result=result, reason=settled or "", due=due, id=owed["digest_id"] or ""
    )


def _digest(digest: Told) -> Iterator[Row]:
    of = Row("delivery", office_id=digest["issuer_id"])
    for each in digest["deliveries"]:
        yield from _delivery(of, each, {})


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
