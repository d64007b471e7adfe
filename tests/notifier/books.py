"""Short questions to a ledger, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from contracts.deliveries import DeliveryStatus
from services.notifier.outcome import Verdict
from services.notifier.ports import Claim, DeliveryQuery, Ledger
from tests.notifier.samples import NOW

LEASE = timedelta(seconds=60)
AGAIN = NOW + timedelta(minutes=5)
RETRY = Verdict("retrying", "http_503", "later", AGAIN)


async def claim(ledger: Ledger, now: datetime = NOW, want: int = 100, per_endpoint: int = 4) -> Sequence[Claim]:
    return await ledger.claim("webhook", want, per_endpoint, LEASE, now)


async def statuses(ledger: Ledger) -> list[DeliveryStatus]:
    found = [each.message for each in await ledger.waiting(10_000)]
    return [each for each in found if isinstance(each, DeliveryStatus)]


async def rows(ledger: Ledger, notice: str = "n1") -> dict[str | None, tuple[str, str]]:
    found = await ledger.deliveries(DeliveryQuery(notice_id=notice, limit=1_000))
    return {each.endpoint_id: (each.status, each.reason) for each in found}
