"""Verification of endpoints in memory: the challenges that are out, beside the endpoints of a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.notifier.audit import Deed, rows_of_endpoint
from services.notifier.endpoints import DELIVERED_ELSEWHERE, Endpoint
from services.notifier.ports import Ask, Pending
from services.notifier.proof import GOOD_FOR

if TYPE_CHECKING:
    from tests.notifier.memory_ledger import MemoryLedger


@dataclass
class Challenged:
    due_at: datetime | None
    tries: int = 0
    leased_until: datetime | None = None
    last: Ask | None = None
    tried_at: datetime | None = None
    reason: str | None = None


class MemoryProofs:
    """Challenges by endpoint."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self.out: dict[str, Challenged] = {}

    def ask(self, challenges: Sequence[str], lease: timedelta, now: datetime, endpoint_id: str | None) -> Sequence[Ask]:
        free = {key: e for key, e in self.out.items() if e.leased_until is None or e.leased_until <= now}
        if endpoint_id is None:
            due = [(each.due_at, key) for key, each in free.items() if self._is_due(key, each, now)]
            chosen = [key for _, key in sorted(due, key=str)]
        else:
            chosen = [endpoint_id] if endpoint_id in free else []
        asks = []
        for key, challenge in zip(chosen, challenges, strict=False):
            each, place = self.out[key], self._ledger._places[key].known
            each.tries, each.tried_at, each.leased_until = each.tries + 1, now, now + lease
            each.last = Ask(place, challenge, now + GOOD_FOR[place.kind], each.tries)
            asks.append(each.last)
        return asks

    def _is_due(self, key: str, each: Challenged, now: datetime) -> bool:
        state = self._ledger._places[key].endpoint.state
        return each.due_at is not None and each.due_at <= now and state == "unverified"

    def unproven(self, ask: Ask, reason: str, next_at: datetime | None) -> bool:
        each = self.out.get(ask.endpoint.endpoint_id)
        if each is None or each.last is None or each.last.challenge != ask.challenge:
            return False
        each.reason, each.due_at, each.leased_until = reason, next_at, None
        return True

    async def prove(self, endpoint_id: str, challenge: str | None, now: datetime, deed: Deed | None) -> Endpoint | None:
        each = self.out.get(endpoint_id)
        if each is None:
            return None
        if challenge is not None and (each.last is None or each.last.challenge != challenge or now > each.last.until):
            return None
        del self.out[endpoint_id]
        place = self._ledger._places[endpoint_id]
        place.endpoint = replace(place.endpoint, unverified_since=None)
        if place.endpoint.state == "unverified":
            self._drop_delivered(endpoint_id, now)
            await self._ledger.set_state(endpoint_id, "active", now)
        self._ledger._audit += rows_of_endpoint(deed, place.endpoint)
        return place.known

    def _drop_delivered(self, endpoint_id: str, now: datetime) -> None:
        for row in self._ledger._deliveries.values():
            held = row.endpoint_id == endpoint_id and row.status == "held"
            if held and self._ledger._delivered(row.item):
                self._ledger._become(row, "cancelled", DELIVERED_ELSEWHERE, None, now)

    def pending(self, endpoint_id: str) -> Pending | None:
        each = self.out.get(endpoint_id)
        return Pending(each.tries, each.tried_at, each.reason, each.due_at) if each else None
