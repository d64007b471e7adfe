"""A ledger walked from end to end, as the loop of retention does it, and deeds for it."""

from __future__ import annotations

from datetime import datetime

from services.notifier.audit import Deed
from services.notifier.keys import OPERATOR
from services.notifier.ports import Ledger
from services.notifier.retention import Hold, What
from tests.notifier.samples import NOW

HELD = Hold("n1", "thanh tra", "Lan", NOW)


def held_deed(what: str = "notice.held", at: datetime = NOW) -> Deed:
    return Deed(OPERATOR, what, at)  # type: ignore[arg-type]


async def found(ledger: Ledger, what: What, before: datetime, step: int = 100) -> list[str]:
    """Everything that could be purged, found step by step."""
    ids: list[str] = []
    after = None
    while True:
        due = await ledger.due(what, before, after, step)
        ids += due.ids
        after = due.after
        if after is None:
            return ids


async def purged(ledger: Ledger, what: What, before: datetime, now: datetime) -> int:
    """How many were purged of what was over by then."""
    return await ledger.purge(what, await found(ledger, what, before), before, now)
