"""The audit trail: who changed what, on which id. Its details are names, counts and reasons, never a secret."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from contracts.notices import NoticeRecalled
from services.notifier.endpoints import Endpoint
from services.notifier.keys import Caller

Act = Literal[
    "delivery.bounced",
    "delivery.cancelled",
    "delivery.replayed",
    "delivery.retried",
    "endpoint.added",
    "endpoint.changed",
    "endpoint.paused",
    "endpoint.removed",
    "endpoint.resumed",
    "endpoint.rotated",
    "endpoint.subscribed",
    "endpoint.unsubscribed",
    "endpoint.verified",
    "endpoint.vouched",
    "endpoints.exported",
    "endpoints.resealed",
    "key.created",
    "key.revoked",
    "notice.held",
    "notice.recalled",
    "notice.released",
    "receipt.recorded",
    "retention.run",
]
ACTS: Final[tuple[Act, ...]] = get_args(Act)
LINK: Final = Caller("link", "link", frozenset())
"""Whoever holds a signed link."""
CHALLENGE: Final = Caller("challenge", "challenge", frozenset())
"""A webhook that answered its challenge."""
_LONGEST_DETAIL: Final = 500


@dataclass(frozen=True)
class AuditRow:
    """One change. `on`: the id of what was changed; None where it was many."""

    at: datetime
    who_id: str
    who: str
    what: Act
    on: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class AuditQuery:
    """Which rows to list, newest first; None means any. who: a key's name or id."""

    since: datetime | None = None
    who: str | None = None
    what: Act | None = None
    limit: int = 100


@dataclass(frozen=True)
class Deed:
    """A change that is asked for: `what`, by whom, when. The ledger writes it down with the change itself."""

    caller: Caller
    what: Act
    at: datetime
    detail: str | None = None

    def on(self, changed: str | None, detail: str | None = None) -> AuditRow:
        """The row of one thing that was changed."""
        told = ", ".join(filter(None, (detail, self.detail)))[:_LONGEST_DETAIL]
        return AuditRow(self.at, self.caller.key_id, self.caller.name, self.what, changed, told or None)


def rows_of_ids(deed: Deed | None, ids: Iterable[str]) -> list[AuditRow]:
    """A row for each thing that was changed."""
    return [deed.on(each) for each in ids] if deed else []


def rows_of_endpoint(deed: Deed | None, endpoint: Endpoint | None) -> list[AuditRow]:
    """The row of an endpoint that was changed; none where there is no such endpoint."""
    return [deed.on(endpoint.endpoint_id, _told(endpoint))] if deed and endpoint else []


def rows_of_new(deed: Deed | None, given: Sequence[Endpoint], standing: Sequence[Endpoint]) -> list[AuditRow]:
    """A row for each endpoint that was added; none for those that the office had before."""
    wanted = {each.endpoint_id for each in given}
    new = {each.endpoint_id: each for each in standing if each.endpoint_id in wanted}
    return [row for each in new.values() for row in rows_of_endpoint(deed, each)]


def _told(endpoint: Endpoint) -> str:
    unproven = ", unverified" if endpoint.unverified_since else ""
    return f"{endpoint.kind} of {endpoint.recipient_id}{unproven}"


def row_of_recall(recall: NoticeRecalled, at: datetime) -> AuditRow:
    """The row of a recall that came over Kafka: ingest saw its key, the ledger only the name that was given."""
    detail = f"{recall.action}, revisions to {recall.revision}: {recall.reason}"
    return Deed(Caller("ingest", recall.author, frozenset()), "notice.recalled", at).on(recall.notice_id, detail)
