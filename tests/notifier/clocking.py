"""Moments in Hanoi, working days of a small calendar, and a ledger whose copies arrive, for tests of the clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from contracts.receipts import ReceiptCode, ReceiptRecorded
from services.notifier.calendar.working_days import HANOI, WorkingDays
from services.notifier.owed import DIGEST, Terms
from services.notifier.parcel import Contents, decode
from services.notifier.ports import Claim, DeliveryQuery, Ledger, Rung
from services.notifier.receipt import receipt
from tests.notifier.books import claim
from tests.notifier.samples import assignment, ended, endpoint, taken

TET = frozenset(date(2027, 2, day) for day in (5, 8, 9, 10, 11))
"""Off days around the new year's day of 6 February 2027, a Saturday."""
TERMS = Terms(WorkingDays(TET))
ISSUER = "vn.vpcp"
ID = assignment().assignment_id


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    """A moment in Hanoi; 23 November 2026 is a Monday."""
    return datetime(year, month, day, hour, minute, tzinfo=HANOI)


async def delivered(ledger: Ledger, moment: datetime, office: str = "ubnd-luc-nam", **changes: Any) -> str:
    """An office that has its copy since that moment; the id of its assignment."""
    copy = taken(office, **{"deadline": None, "issuer_id": ISSUER, **changes})
    await ledger.add([endpoint(f"e-{office}", office)], moment)
    await ledger.take([copy], moment)
    made = [each for each in await claim(ledger, moment) if each.is_copy]
    await ledger.record([ended(each, at=moment) for each in made])
    return copy.assignment.assignment_id


async def say(ledger: Ledger, code: ReceiptCode, moment: datetime, office: str = "ubnd-luc-nam", **more: Any) -> bool:
    """A receipt of the office."""
    copy = await ledger.taken(assignment(office, **more).assignment_id)
    assert copy is not None
    return await ledger.receive(receipt(copy.assignment, code, "A", moment, reason="vì sao", via="api"), None)


async def refuse(ledger: Ledger, moment: datetime, office: str = "ubnd-luc-nam") -> ReceiptRecorded:
    """The office says that the notice is none of its business."""
    copy = await ledger.taken(assignment(office).assignment_id)
    assert copy is not None
    why = "không thuộc thẩm quyền"
    made = receipt(copy.assignment, "02", "A", moment, reason=why, via="api", misaddressed=True)
    await ledger.receive(made, None)
    return made


async def ring(ledger: Ledger, moment: datetime, terms: Terms = TERMS, most: int = 100) -> Rung:
    """Look at the clocks until nothing is due; what was done in all."""
    total = Rung()
    while True:
        one = await ledger.ring(terms, moment, most)
        sums = (getattr(total, name) + getattr(one, name) for name in one.__dataclass_fields__)
        total = Rung(*sums)
        if not (one.taken or one.digests):
            return total


async def reminders(ledger: Ledger, notice: str = "n1") -> dict[str, tuple[str, str]]:
    """Each reminder with the status and reason of its delivery."""
    found = await ledger.deliveries(DeliveryQuery(notice_id=notice, limit=1_000))
    return {each.about: (each.status, each.reason) for each in found if each.about and each.about != DIGEST}


async def sent(ledger: Ledger, moment: datetime, about: str | None = None) -> list[tuple[Claim, Contents]]:
    """What goes out then, and what it says; all of it arrives."""
    made = await claim(ledger, moment)
    await ledger.record([ended(each, at=moment) for each in made])
    found = [(each, decode(each.parcel.body)) for each in made if about in {None, each.about}]
    return [(each, contents) for each, contents in found if contents is not None]
