"""Whatever happens in whatever order, no office is reminded after it spoke, or twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.receipts import ReceiptCode
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Verdict
from services.notifier.owed import DIGEST, REMINDERS_OF, settled
from services.notifier.ports import Claim, DeliveryQuery, Ledger
from tests.notifier.books import claim
from tests.notifier.clocking import ISSUER, TERMS, at, ring, say
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import assignment, ended, endpoint, taken

OFFICES: Final = ("a", "b", "c")
URGENCIES: Final = ("thường", "khẩn", "hỏa tốc")
OF: Final = {assignment(office).assignment_id: office for office in OFFICES}

SAY = st.tuples(st.just("say"), st.sampled_from(OFFICES), st.sampled_from(["01", "02", "03", "05", "06"]))
WAIT = st.tuples(st.just("wait"), st.sampled_from([1, 40, 300, 900, 1_440, 4_320]))
DEEDS = st.lists(SAY | WAIT | st.sampled_from([("claim",), ("end",), ("fail",), ("replay",)]), max_size=40)


@dataclass
class World:
    """A ledger, what was claimed of it, and what was said."""

    ledger: Ledger
    now: datetime = field(default_factory=lambda: at(23, 9))
    held: list[Claim] = field(default_factory=list)
    codes: dict[str, list[ReceiptCode]] = field(default_factory=lambda: {office: [] for office in OFFICES})
    arrived: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def begin(self) -> None:
        await self.ledger.add([endpoint(f"e-{office}", office) for office in (*OFFICES, ISSUER)], self.now)
        deadlines = {"deadline": date(2026, 11, 27), "issuer_id": ISSUER}
        await self.ledger.take(
            [taken(office, urgency=urgency, **deadlines) for office, urgency in zip(OFFICES, URGENCIES, strict=True)],
            self.now,
        )

    async def do(self, deed: Sequence[object]) -> None:
        match deed:
            case ["wait", int(minutes)]:
                self.now += timedelta(minutes=minutes)
                await ring(self.ledger, self.now, TERMS, most=2)
            case ["say", str(office), code]:
                await say(self.ledger, code, self.now, office)  # type: ignore[arg-type]
                self.codes[office].append(code)  # type: ignore[arg-type]
            case ["claim"]:
                self.held += self.checked(await claim(self.ledger, self.now))
            case ["end"]:
                await self.end(None)
            case ["fail"]:
                await self.end(Verdict("failed", "exhausted"))
            case ["replay"]:
                failed = await self.ledger.deliveries(DeliveryQuery(status="failed"))
                await self.ledger.retry([each.delivery_id for each in failed], self.now)

    def checked(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """Nothing is handed out that reminds an office of what it has said."""
        for each in claims:
            if each.about is not None and each.about != DIGEST:
                over = settled(self.codes[OF[each.assignment_id]])
                assert each.about not in {name for track in over for name in REMINDERS_OF[track]}
        return claims

    async def end(self, verdict: Verdict | None) -> None:
        outcomes = [ended(each, verdict, self.now) for each in self.held]
        stale = await self.ledger.record(outcomes)
        for each in outcomes:
            if verdict is None and each not in stale and each.claim.about:
                self.arrived[each.claim.assignment_id, each.claim.about] += 1
        self.held = []


async def lived(ledger: Ledger, deeds: Sequence[Sequence[object]]) -> list[tuple[str, str | None, str, str]]:
    """Live through these deeds; what became of every delivery."""
    world = World(ledger)
    await world.begin()
    for deed in (["claim"], ["end"], *deeds, ["wait", 20_000], ["claim"], ["end"]):
        await world.do(deed)
    assert all(count == 1 for count in world.arrived.values()), world.arrived
    found = await ledger.deliveries(DeliveryQuery(notice_id="n1", limit=1_000))
    return sorted((each.assignment_id, each.about, each.status, each.reason) for each in found if each.about)


@pytest.mark.timeout(300)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(DEEDS)
def test_no_reminder_after_the_word_and_none_twice(deeds: list[Sequence[object]]) -> None:
    """And both ledgers come to the same."""

    async def both() -> None:
        with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr("services.notifier.schedule._FIRST_COOLDOWN_S", 0.0)
            books = SqlLedger(open_engine(f"sqlite:///{Path(folder) / 'l.db'}"))
            await books.start()
            try:
                assert await lived(books, deeds) == await lived(MemoryLedger(), deeds)
            finally:
                await books.stop()

    asyncio.run(both())


async def test_replicas_remind_once_together(new_database: str) -> None:
    """Three notifiers ring the same clocks at the same time: each step is taken by one of them."""
    replicas = [SqlLedger(open_engine(new_database)) for _ in range(3)]
    await asyncio.gather(*(each.start() for each in replicas))
    offices = [f"o{number}" for number in range(40)]
    first = replicas[0]
    await first.add([endpoint(f"e-{each}", each) for each in (*offices, ISSUER)], at(23, 9))
    await first.take([taken(each, deadline=None, issuer_id=ISSUER) for each in offices], at(23, 9))
    await first.record([ended(each, at=at(23, 9)) for each in await claim(first, at(23, 9))])
    for moment, about, count in ((at(23, 17), "no_word", 40), (at(24, 17), DIGEST, 0), (at(24, 17, 15), DIGEST, 1)):
        await asyncio.gather(*(ring(each, moment, most=7) for each in replicas))
        made = await claim(first, moment)
        assert len([each for each in made if each.about == about]) == count
        await first.record([ended(each, at=moment) for each in made])
    for each in replicas:
        await each.stop()


async def test_a_crash_between_two_looks_loses_nothing(tmp_path: Path) -> None:
    """A look that was not written down happens again; one that was, does not."""
    url = f"sqlite:///{tmp_path / 'l.db'}"
    books = SqlLedger(open_engine(url))
    await books.start()
    await books.add([endpoint()], at(23, 9))
    await books.take([taken(deadline=None)], at(23, 9))
    await books.record([ended(each, at=at(23, 9)) for each in await claim(books, at(23, 9))])
    await books.ring(TERMS, at(23, 9), 100)
    await books.stop()
    for reminded in (1, 0):
        again = SqlLedger(open_engine(url))
        await again.start()
        assert (await ring(again, at(23, 17))).reminded == reminded
        await again.stop()
