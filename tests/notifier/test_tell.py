"""The outbox loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from contracts.deliveries import DeliveryStatus
from services.notifier import tell
from services.notifier.tell import Teller
from services.runtime.health import Progress
from services.runtime.publish import NotPublished, Outgoing, ProducerDead
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, TRACE, SilentLog, endpoint, taken


class Broker:
    """Confirms batches, after failing as often as it is told."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.tried: list[list[Outgoing]] = []

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        self.tried.append(list(outgoing))
        if self._failures:
            raise self._failures.pop(0)


@pytest.fixture
async def ledger(monkeypatch: pytest.MonkeyPatch) -> MemoryLedger:
    monkeypatch.setattr(tell, "_PAUSE_S", 0.01)
    made = MemoryLedger()
    await made.add([endpoint()], NOW)
    await made.take([taken(notice=f"n{n}") for n in range(3)], NOW)
    return made


async def published(ledger: MemoryLedger, broker: Broker) -> list[list[int]]:
    teller = Teller(ledger, broker, progress=Progress(60), log=SilentLog())
    task = asyncio.create_task(teller.run())
    await asyncio.sleep(0.08)
    await teller.stop()
    await task
    return [[_status(o).sequence for o in each] for each in broker.tried]


def _status(outgoing: Outgoing) -> DeliveryStatus:
    """The status that travels, as its readers read it."""
    return DeliveryStatus.from_bytes(outgoing.message.to_bytes())


async def test_statuses_are_published_in_order_with_their_trace_and_forgotten(ledger: MemoryLedger) -> None:
    """What Kafka confirmed leaves the outbox."""
    broker = Broker()
    assert await published(ledger, broker) == [[1, 2, 3]]
    assert {each.traceparent for each in broker.tried[0]} == {TRACE}
    for each in broker.tried[0]:
        told = _status(each)
        assert (each.message.key, each.message.event_id) == (told.key, told.event_id)
        assert each.message.to_bytes() == told.to_bytes()
    assert await ledger.waiting(10) == []


async def test_a_batch_that_was_not_confirmed_is_published_again_whole(ledger: MemoryLedger) -> None:
    """The order stays, and the messages carry the same sequence."""
    assert await published(ledger, Broker(NotPublished("no"))) == [[1, 2, 3], [1, 2, 3]]
    assert await ledger.waiting(10) == []


async def test_a_dead_producer_ends_the_loop(ledger: MemoryLedger) -> None:
    """ProducerDead leaves the loop, so that the process ends, and nothing is forgotten."""
    teller = Teller(ledger, Broker(ProducerDead("fenced")), progress=Progress(60), log=SilentLog())
    with pytest.raises(ProducerDead):
        await asyncio.wait_for(teller.run(), 2)
    assert len(await ledger.waiting(10)) == 3


async def test_a_stop_publishes_what_still_waits(ledger: MemoryLedger) -> None:
    """Statuses of the last outcomes leave before the process does."""
    broker = Broker()
    teller = Teller(ledger, broker, progress=Progress(60), log=SilentLog())
    task = asyncio.create_task(teller.run())
    await asyncio.sleep(0.02)
    await ledger.take([taken(notice="last")], NOW)
    await teller.stop()
    await task
    assert sum(len(each) for each in broker.tried) == 4


async def test_an_operator_is_told_who_takes_over(ledger: MemoryLedger) -> None:
    """Once the status is on Kafka, one warning names the delivery, the office and the endpoint that takes over."""
    log = SilentLog()
    await ledger.add([endpoint("mail", kind="email", target="vt@x.vn", place=1)], NOW)
    await ledger.set_state("e1", "disabled", NOW)
    teller = Teller(ledger, Broker(), progress=Progress(60), log=log)
    await teller.stop()
    told = [each for each in log.lines if each["event"] == "delivery.handed_over"]
    assert [each["to_endpoint"] for each in told] == ["mail"] * 3
    assert {each["notice_id"] for each in told} == {"n0", "n1", "n2"}
