"""What the ledger's ports answer at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.deliveries import DeliveryStatus, Status
from services.notifier.balance import Balance
from services.notifier.endpoints import Endpoint
from services.notifier.ports import DeliveryQuery, DeliveryRow, Ledger, Waiting

_ALL = 100_000


@dataclass(frozen=True)
class View:
    """Everything that can be asked of a ledger as a whole."""

    rows: Mapping[str, DeliveryRow]
    places: Mapping[str, Endpoint]
    waiting: tuple[Waiting, ...]
    balance: Balance
    counted: Mapping[Status, int]
    outbox: int

    @property
    def statuses(self) -> list[DeliveryStatus]:
        """What the outbox tells of deliveries, in order."""
        told = (each.message for each in self.waiting if each.written.kind is DeliveryStatus)
        return [each for each in told if isinstance(each, DeliveryStatus)]


NOTHING = View({}, {}, (), Balance(0, {}), {}, 0)


async def look(ledger: Ledger) -> View:
    """Ask."""
    rows = await ledger.deliveries(DeliveryQuery(limit=_ALL))
    places = await ledger.endpoints(None, _ALL)
    counted, outbox = await ledger.counts()
    by_id = {each.delivery_id: each for each in rows}
    assert len(by_id) == len(rows), "a delivery is listed twice"
    return View(
        rows=by_id,
        places={each.endpoint_id: each for each in places},
        waiting=tuple(await ledger.waiting(_ALL)),
        balance=await ledger.balance(None),
        counted={status: count for status, count in counted.items() if count},
        outbox=outbox,
    )
