"""Several notifiers on one PostgreSQL ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.ports import Claim
from tests.notifier.books import LEASE, claim, statuses
from tests.notifier.samples import NOW, ended, endpoint, recalled, taken

OFFICES = 40
NOTICES = 5


@pytest.fixture
async def replicas(new_database: str) -> AsyncIterator[list[SqlLedger]]:
    """Three replicas that start at the same time on an empty database."""
    made = [SqlLedger(open_engine(new_database)) for _ in range(3)]
    await asyncio.gather(*(each.start() for each in made))
    yield made
    for each in made:
        await each.stop()


async def drain(ledger: SqlLedger) -> list[Claim]:
    """Claim and deliver until nothing is due."""
    done: list[Claim] = []
    while made := await claim(ledger, want=7, per_endpoint=2):
        assert await ledger.record([ended(each) for each in made]) == []
        done += made
    return done


async def test_replicas_share_the_work_and_claim_nothing_twice(replicas: list[SqlLedger]) -> None:
    """Every delivery is claimed by one of them, once, and each of them has a share."""
    await replicas[0].add([endpoint(f"e{n}", f"o{n}") for n in range(OFFICES)], NOW)
    items = [taken(f"o{n}", f"n{m}") for n in range(OFFICES) for m in range(NOTICES)]
    await asyncio.gather(*(each.take(items, NOW) for each in replicas))
    shares = await asyncio.gather(*(drain(each) for each in replicas))
    counted = Counter(each.parcel.delivery_id for share in shares for each in share)
    assert (len(counted), set(counted.values())) == (OFFICES * NOTICES, {1})
    assert all(shares)
    sequences = [each.sequence for each in await statuses(replicas[0])]
    assert len(sequences) == len(set(sequences)) == 2 * OFFICES * NOTICES


async def test_an_endpoints_share_in_flight_holds_for_all_replicas_together(replicas: list[SqlLedger]) -> None:
    """Four at a time to one endpoint, whoever sends them."""
    await replicas[0].add([endpoint()], NOW)
    await replicas[0].take([taken(notice=f"n{m}") for m in range(20)], NOW)
    shares = await asyncio.gather(*(claim(each, per_endpoint=4) for each in replicas))
    assert sum(map(len, shares)) == 4


async def test_a_recall_and_its_notice_meet_in_either_order(replicas: list[SqlLedger]) -> None:
    """One replica takes assignments while another takes their recall: none of them stays in force."""
    await replicas[0].add([endpoint(f"e{n}", f"o{n}") for n in range(OFFICES)], NOW)
    parts = [[taken(f"o{n}")] for n in range(OFFICES)]
    taking = [replicas[n % 2].take(part, NOW) for n, part in enumerate(parts)]
    half = len(taking) // 2
    await asyncio.gather(*taking[:half], replicas[2].recall([recalled()], NOW), *taking[half:])
    assert [await claim(each, NOW + LEASE) for each in replicas] == [[], [], []]
    assert (await replicas[0].balance("n1")).states["cancelled"] == OFFICES
