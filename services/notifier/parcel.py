"""The bytes that an office gets: made once, stored, and sent again unchanged by every retry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict
from pydantic_core import from_json, to_json

from contracts.assignments import AssignmentRouted, Recipient
from contracts.identity import recall_message_id, reminder_id
from contracts.notices import NoticeRecalled, Urgency
from services.notifier.disabling import Disabling, as_item
from services.notifier.endpoint_options import EventType
from services.notifier.endpoints import Endpoint
from services.notifier.owed import Reminder
from services.notifier.owing import Owing

ASSIGNMENT_TYPE: Final[EventType] = "assignments.routed.v1"
RECALL_TYPE: Final[EventType] = "notices.recalled.v1"
REMINDER_TYPE: Final[EventType] = "assignments.reminder.v1"
DIGEST_TYPE: Final[EventType] = "notices.overdue.v1"
DISABLED_TYPE: Final[EventType] = "endpoint.disabled"
TEST_TYPE: Final = "endpoint.test"
CHALLENGE_TYPE: Final = "endpoint.challenge"
ORDINARY: Final = 3
"""The rank of what is not urgent (see `schedule.URGENCY_RANKS`)."""
_OF_NOTICE: Final = {
    "notice_id",
    "revision",
    "document_id",
    "number",
    "doc_type",
    "issuer",
    "issuer_id",
    "issued_on",
    "subject",
    "urgency",
    "original",
}


class Parcel(NamedTuple):
    """One delivery as a channel carries it. `delivery_id` is the webhook-id and the Message-ID of every try.

    A bundle has `members` and no body of its own.
    """

    delivery_id: str
    endpoint: Endpoint
    body: bytes
    traceparent: str | None
    rank: int = ORDINARY
    members: tuple[Parcel, ...] = ()


class Reminded(NamedTuple):
    """Which reminder an office gets, and by when it owes what it is reminded of."""

    reminder: Reminder
    owed_at: datetime


class Facts(NamedTuple):
    """What the clock asks of an assignment."""

    urgency: Urgency
    deadline: date | None
    issuer_id: str | None
    number: str | None


@dataclass(frozen=True)
class Contents:
    """An assignment read back from a parcel, with the link that answers it, and what else the parcel tells of it.

    Of an issuer's digest (`owing`) the assignment is the notice itself, as its issuer's; its id is the digest's. Of
    word that an endpoint was `disabled` it names the office and nothing else.
    """

    assignment: AssignmentRouted
    acknowledge_url: str
    recall: NoticeRecalled | None = None
    reminded: Reminded | None = None
    owing: tuple[Owing, ...] = ()
    disabled: Disabling | None = None

    @property
    def is_copy(self) -> bool:
        """Whether it is the assignment itself, and nothing about it."""
        return self.recall is None and self.reminded is None and not self.owing and self.disabled is None

    @property
    def event_type(self) -> EventType:
        """The `type` of its body."""
        if self.disabled is not None:
            return DISABLED_TYPE
        if self.owing:
            return DIGEST_TYPE
        if self.reminded is not None:
            return REMINDER_TYPE
        return RECALL_TYPE if self.recall else ASSIGNMENT_TYPE

    @property
    def item_id(self) -> str:
        """The id under which the ledger keeps it: the assignment's or digest's own, or that of a message about it."""
        own = self.assignment.assignment_id
        if self.reminded is not None:
            return reminder_id(own, self.reminded.reminder)
        return recall_message_id(own, self.recall.recall_id) if self.recall else own


def encode(assignment: AssignmentRouted, acknowledge_url: str, at: datetime) -> bytes:
    """The body: `type`, `timestamp` and, as `data`, the assignment with its `acknowledge_url`."""
    return encode_written(assignment.model_dump_json().encode(), acknowledge_url, at)


def encode_written(assignment: bytes, acknowledge_url: str, at: datetime) -> bytes:
    """The same, of an assignment as it was read: what a newer router adds to it goes on to the office."""
    return b'%b%b,"acknowledge_url":%b}}' % (_start(at), assignment.rstrip()[:-1], to_json(acknowledge_url))


@lru_cache(maxsize=1)
def _start(at: datetime) -> bytes:
    """How the bodies of a batch begin: they are made at one moment."""
    return b'{"type":"%b","timestamp":"%b","data":' % (ASSIGNMENT_TYPE.encode(), at.isoformat().encode())


def encode_recall(assignment: AssignmentRouted, acknowledge_url: str, recall: NoticeRecalled) -> bytes:
    """The body that tells of a recall: as `data` the recall, its id, and the assignment that it speaks of."""
    start = json.dumps({"type": RECALL_TYPE, "timestamp": recall.at.isoformat()})
    told = json.dumps({"recall_id": recall.recall_id, "acknowledge_url": acknowledge_url})
    data = f'{recall.model_dump_json()[:-1]}, {told[1:-1]}, "assignment": {assignment.model_dump_json()}}}'
    return f'{start[:-1]}, "data": {data}}}'.encode()


def encode_reminder(assignment: AssignmentRouted, acknowledge_url: str, reminded: Reminded, at: datetime) -> bytes:
    """The body of a reminder: as `data` which one, by when what it is about is owed, and the assignment."""
    data = {
        "reminder": reminded.reminder,
        "owed_at": reminded.owed_at.isoformat(),
        "acknowledge_url": acknowledge_url,
        "assignment": assignment.model_dump(mode="json"),
    }
    return _envelope(REMINDER_TYPE, at, data)


def encode_digest(notice: AssignmentRouted, owing: Sequence[Owing], at: datetime) -> bytes:
    """The body of an issuer's digest: as `data` its id, the issuer, the notice, and who owes what since when.

    `notice` is the notice as its issuer's, under the digest's id.
    """
    told = notice.model_dump(mode="json", include=_OF_NOTICE)
    data = {
        "digest_id": notice.assignment_id,
        "issuer": {"recipient_id": notice.recipient.recipient_id, "name": notice.recipient.name},
        "notice": told,
        "offices": sum(len(each.offices) for each in owing),
        "owing": [each.model_dump(mode="json", exclude_none=True) for each in owing],
    }
    return _envelope(DIGEST_TYPE, at, data)


def encode_disabled(item: AssignmentRouted, disabling: Disabling) -> bytes:
    """The body that tells an office of a disabled endpoint: as `data` its own id, the office, and what happened."""
    office = {"recipient_id": item.recipient.recipient_id, "name": item.recipient.name}
    data = {"disabling_id": item.assignment_id, "recipient": office, **disabling.model_dump(mode="json")}
    return _envelope(DISABLED_TYPE, disabling.disabled_at, data)


def encode_test(endpoint: Endpoint, at: datetime) -> bytes:
    """The body of a test: nothing but proof that the signature and the way work."""
    data = {"endpoint_id": endpoint.endpoint_id, "recipient_id": endpoint.recipient_id}
    return json.dumps({"type": TEST_TYPE, "timestamp": at.isoformat(), "data": data}).encode()


def encode_challenge(endpoint: Endpoint, challenge: str, at: datetime) -> bytes:
    """The body of a challenge: who answers with it proves that the endpoint is to have the office's copies."""
    told = {"endpoint_id": endpoint.endpoint_id, "recipient_id": endpoint.recipient_id, "challenge": challenge}
    return _envelope(CHALLENGE_TYPE, at, told)


def decode(body: bytes) -> Contents | None:
    """Read what the `encode`s made; None for a test and a challenge."""
    envelope = _Envelope.model_validate_json(body)
    if envelope.type in {TEST_TYPE, CHALLENGE_TYPE}:
        return None
    of_their_own = _OF_THEIR_OWN.get(envelope.type)
    if of_their_own is not None:
        return of_their_own(envelope.data)
    link = str(envelope.data["acknowledge_url"])
    if envelope.type == RECALL_TYPE:
        assignment = AssignmentRouted.model_validate(envelope.data["assignment"], extra="ignore")
        return Contents(assignment, link, NoticeRecalled.model_validate(envelope.data, extra="ignore"))
    if envelope.type == REMINDER_TYPE:
        assignment = AssignmentRouted.model_validate(envelope.data["assignment"], extra="ignore")
        return Contents(assignment, link, reminded=_reminded(envelope.data))
    return Contents(AssignmentRouted.model_validate(envelope.data, extra="ignore"), link)


def contents_of(parcel: Parcel) -> list[Contents]:
    """What a parcel tells of, one by one; nothing for a test."""
    read = [decode(each.body) for each in parcel.members or (parcel,)]
    return [each for each in read if each is not None]


def _reminded(data: Mapping[str, Any]) -> Reminded:
    return Reminded(data["reminder"], datetime.fromisoformat(data["owed_at"]))


def facts_of(body: bytes) -> Facts:
    """What the clock asks of an assignment's body; much cheaper than `decode`. Older bodies name no issuer_id."""
    data = from_json(body)["data"]
    deadline = date.fromisoformat(data["deadline"]) if data["deadline"] else None
    return Facts(data["urgency"], deadline, data.get("issuer_id"), data["number"])


def is_of(body: bytes, number: str, issued_on: date) -> bool:
    """Whether an assignment's body is of the notice of this number and date."""
    data = from_json(body)["data"]
    return bool(data["number"] == number and data["issued_on"] == issued_on.isoformat())


def _digest(data: Mapping[str, Any]) -> Contents:
    issuer = Recipient(level="issuer", **data["issuer"])
    notice = AssignmentRouted.model_validate(
        {
            **data["notice"],
            "assignment_id": data["digest_id"],
            "recipient": issuer,
            "role": "biết",
            "because": (),
            "tasks": (),
            "directory_version": "",
        },
        extra="ignore",
    )
    return Contents(notice, "", owing=tuple(Owing.model_validate(each) for each in data["owing"]))


def _disabled(data: Mapping[str, Any]) -> Contents:
    item = as_item(data["disabling_id"], Recipient(level="", **data["recipient"]))
    return Contents(item, "", disabled=Disabling.model_validate(data))


_OF_THEIR_OWN: Final[Mapping[str, Callable[[Mapping[str, Any]], Contents]]] = {
    DIGEST_TYPE: _digest,
    DISABLED_TYPE: _disabled,
}


def _envelope(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    told = {"type": kind, "timestamp": at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False).encode()


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    data: dict[str, Any]
