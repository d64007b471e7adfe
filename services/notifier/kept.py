"""What stays of a body whose period is over: enough to say who got what and why, and to recall it.

Tasks lose their text (its SHA-256 stays), the link to the original and its file name go. A reduced body is read by
`parcel.decode` as the whole one is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from pydantic_core import from_json

from contracts.assignments import Reason
from contracts.receipts import ReceiptRecorded
from services.notifier.evidence import CopyFacts, TaskTold, text_sha256
from services.notifier.parcel import ASSIGNMENT_TYPE, DIGEST_TYPE
from services.notifier.retention import NOT_KEPT, without_addresses

_KEPT_TASKS: Final = "kept_tasks"


def reduced(body: bytes, at: datetime) -> bytes:
    """The body without its text; `at` is when it was purged. What was reduced before stays as it is."""
    told = from_json(body)
    if "purged_at" in told or "data" not in told:
        return body
    data = told["data"]
    if told["type"] == ASSIGNMENT_TYPE:
        told["data"] = _reduced(data)
    elif told["type"] == DIGEST_TYPE:
        data["owing"] = [{**each, "reason": None} for each in data["owing"]]
    elif "assignment" in data:
        data["assignment"] = _reduced(data["assignment"])
    return json.dumps({**told, "purged_at": at.isoformat()}, ensure_ascii=False, separators=(",", ":")).encode()


def facts_of_copy(body: bytes) -> CopyFacts:
    """What a copy says, whether its body is whole or reduced."""
    data = from_json(body)["data"]
    return CopyFacts(
        document_id=data["document_id"],
        number=data["number"],
        doc_type=data["doc_type"],
        issuer=data["issuer"],
        issuer_id=data.get("issuer_id"),
        issued_on=_day(data["issued_on"]),
        subject=data["subject"],
        urgency=data["urgency"],
        role=data["role"],
        deadline=_day(data["deadline"]),
        because=tuple(Reason.model_validate(each, extra="ignore") for each in data["because"]),
        tasks=tuple(_task(each) for each in data.get(_KEPT_TASKS) or map(_told, data["tasks"])),
        directory_version=data["directory_version"],
    )


def nameless(receipt: ReceiptRecorded) -> ReceiptRecorded:
    """The receipt without the name of who said it and without addresses in the reason."""
    reason = without_addresses(receipt.reason) if receipt.reason else None
    return receipt.model_copy(update={"actor": NOT_KEPT, "reason": reason})


def without_text(facts: CopyFacts) -> CopyFacts:
    """The facts as they stay."""
    return replace(facts, tasks=tuple(replace(each, text=None) for each in facts.tasks))


def _reduced(data: Mapping[str, Any]) -> dict[str, Any]:
    tasks = [{**_told(each), "text": None} for each in data["tasks"]]
    original = {**data["original"], "url": "", "file_name": ""}
    return {**data, "tasks": [], _KEPT_TASKS: tasks, "original": original}


def _told(task: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: task.get(name) for name in ("task_id", "role", "deadline", "text")}
    return {**known, "text_sha256": text_sha256(task["text"])}


def _task(told: Mapping[str, Any]) -> TaskTold:
    return TaskTold(told["task_id"], told["role"], _day(told["deadline"]), told["text"], told["text_sha256"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
