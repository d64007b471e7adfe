"""The thin event: what a notice is, and a link to the whole body, for receivers that want little or get much."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.notifier.endpoint_options import BodyKind
from services.notifier.parcel import Contents, decode

LONGEST_FULL: Final = 20_000
"""Bytes of a body that is sent whole by default (Standard Webhooks 1.0 advises no more)."""

_LONGEST_SUBJECT: Final = 1_000

BodyUrl = Callable[[str, datetime], str]
"""The signed link to the body of an assignment or recall message with this id, made at that moment."""


def body_sent(full: bytes, kind: BodyKind, body_url: BodyUrl) -> bytes:
    """The body that travels: `full`, or the thin event made from it, which is the same for every try.

    A test stays as it is, and word of an endpoint.
    """
    if kind == "full" or (kind == "auto" and len(full) <= LONGEST_FULL):
        return full
    contents = decode(full)
    return full if contents is None or contents.disabled else _thin(full, contents, body_url)


def _thin(full: bytes, contents: Contents, body_url: BodyUrl) -> bytes:
    envelope = json.loads(full)
    assignment, recall = contents.assignment, contents.recall
    told = {"recall_id": recall.recall_id, "action": recall.action} if recall else {}
    data = {
        "assignment_id": assignment.assignment_id,
        "notice_id": assignment.notice_id,
        "number": assignment.number,
        "subject": assignment.subject[:_LONGEST_SUBJECT] if assignment.subject else None,
        "deadline": assignment.deadline.isoformat() if assignment.deadline else None,
        **told,
        "body_url": body_url(contents.item_id, datetime.fromisoformat(envelope["timestamp"])),
        "body_bytes": len(full),
        "body_sha256": hashlib.sha256(full).hexdigest(),
    }
    thin = {"type": envelope["type"], "timestamp": envelope["timestamp"], "data": data}
    return json.dumps(thin, ensure_ascii=False).encode()
