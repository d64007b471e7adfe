"""The ledger in memory, led beside another one: the same commands, the same claims, and so the same answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from contracts.deliveries import DeliveryStatus
from services.notifier.ports import Claim
from tests.notifier.ledger_view import View, look
from tests.notifier.memory_ledger import MemoryLedger


class Shadow(MemoryLedger):
    """Claims what it is told that the other one claimed: of equals, each ledger takes those that it likes."""

    def __init__(self) -> None:
        super().__init__()
        self._history: dict[str, list[DeliveryStatus]] = {}

    def follow(self, claims: Sequence[Claim], until: datetime, *, at_once: bool) -> None:
        """Make the same claims."""
        self._close({each.bundle for each in claims if each.bundle})
        for each in claims:
            row = self._deliveries[each.parcel.delivery_id]
            if at_once:
                self._untell(row)
            own = self._lease(row, self._places[row.endpoint_id or ""], until)
            assert own._replace(taken_at=each.taken_at) == each  # the SQL ledger tells apart what came together

    def end_leases(self, now: datetime) -> None:
        """As a notifier does that knows itself to be alone."""
        for row in self._deliveries.values():
            if row.lease_until and row.lease_until > now:
                row.lease_until = now
                row.due_at = now if row.due_at else None

    async def compare(self, view: View, history: Mapping[str, Sequence[DeliveryStatus]]) -> None:
        """The same books, the same endpoints, and the same told of every delivery."""
        own = await look(self)
        await self.published([each.page for each in own.waiting])
        for each in own.statuses:
            self._history.setdefault(each.delivery_id, []).append(each)
        assert own.rows == view.rows
        assert own.places == view.places
        assert (own.balance, own.counted) == (view.balance, view.counted)
        assert {key: _words(told) for key, told in self._history.items()} == {
            key: _words(told) for key, told in history.items()
        }


def _words(told: Sequence[DeliveryStatus]) -> list[tuple[object, ...]]:
    return [(each.status, each.reason, each.attempt, each.next_attempt_at, each.at) for each in told]
