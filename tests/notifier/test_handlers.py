"""What happens when assignments arrive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from aiokafka import ConsumerRecord

from contracts.assignments import AssignmentRouted
from contracts.deliveries import EndpointKind
from services.notifier.handlers import AssignmentIntake, RecallIntake
from services.notifier.parcel import decode
from services.notifier.ports import Claim, Room
from services.runtime.consume import Received
from tests.notifier.books import LEASE, claim
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, TRACE, SilentLog, assignment, endpoint, recalled, taken

RECORD = ConsumerRecord("t", 0, 0, 0, 0, b"", b"", None, 0, 0, ())


def received(made: AssignmentRouted, more: bytes = b"") -> Received[AssignmentRouted]:
    """An assignment as it comes from Kafka, with `more` fields that a newer router writes."""
    value = made.to_bytes()[:-1] + more + b"}\n"
    return Received(AssignmentRouted.from_bytes(value), TRACE, replace(RECORD, value=value))


class Hand:
    """A delivery loop that has room for `want` and keeps what it was given."""

    kind: EndpointKind = "webhook"

    def __init__(self, want: int = 0) -> None:
        self.want = want
        self.woken = 0
        self.claims: list[Claim] = []

    def room(self) -> Room:
        return Room(self.want, 4, LEASE)

    def begin(self, claims: Sequence[Claim]) -> None:
        self.claims += claims

    def wake(self) -> None:
        self.woken += 1

    async def breathe(self, at_most_s: float) -> None:
        """It is never out of breath."""


def intake(ledger: MemoryLedger, hand: Hand) -> AssignmentIntake:
    return AssignmentIntake(
        ledger,
        acknowledge_url=lambda subject, at: f"http://127.0.0.1:1/a/{subject}.{at:%d}",
        hands=[hand],
        clock=lambda: NOW,
        log=SilentLog(),
    )


async def test_a_batch_is_in_the_ledger_when_the_handler_returns() -> None:
    """The assignment, its link and its trace are durable before Kafka may commit."""
    ledger, hand = MemoryLedger(), Hand()
    made = assignment()
    assert await intake(ledger, hand).on_assignments_routed([received(made)]) == ()
    kept = await ledger.taken(made.assignment_id)
    assert kept is not None
    contents = decode(kept.body)
    assert contents is not None
    assert contents.acknowledge_url == f"http://127.0.0.1:1/a/{made.assignment_id}.22"
    assert kept.traceparent == TRACE


async def test_the_office_gets_what_a_newer_router_adds() -> None:
    """The body carries the record as it was written, once it was found good."""
    ledger, hand = MemoryLedger(), Hand()
    await intake(ledger, hand).on_assignments_routed([received(assignment(), ',"weather":"mưa"'.encode())])
    kept = await ledger.taken(assignment().assignment_id)
    assert kept is not None
    assert json.loads(kept.body)["data"]["weather"] == "mưa"
    contents = decode(kept.body)
    assert contents is not None
    assert contents.assignment == assignment()


async def test_what_need_not_wait_goes_straight_to_the_hands() -> None:
    """As many deliveries as there is room for are claimed with the batch; for the others the hands are woken."""
    ledger, hand = MemoryLedger(), Hand(want=1)
    await ledger.add([endpoint()], NOW)
    batch = [received(assignment(notice=each)) for each in ("n1", "n2")]
    await intake(ledger, hand).on_assignments_routed(batch[:1])
    assert hand.woken == 0
    hand.want = 0
    await intake(ledger, hand).on_assignments_routed(batch[1:])
    assert hand.woken == 1
    assert [each.notice_id for each in hand.claims] == ["n1"]
    assert [each.notice_id for each in await claim(ledger)] == ["n2"]


async def test_a_record_that_comes_again_delivers_nothing_twice() -> None:
    """At-least-once from Kafka is once for the office."""
    ledger = MemoryLedger()
    await ledger.add([endpoint()], NOW)
    batch = [received(assignment())]
    for _ in range(2):
        await intake(ledger, Hand()).on_assignments_routed(batch)
    by_status, _ = await ledger.counts()
    assert by_status == {"queued": 1}


async def test_a_recall_is_carried_out_when_the_handler_returns() -> None:
    """The delivery is stopped before Kafka may commit, the loop is woken, and the log names the recall."""
    ledger, woken, log = MemoryLedger(), list[int](), SilentLog()
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    handler = RecallIntake(ledger, wake=lambda: woken.append(1), clock=lambda: NOW, log=log)
    said = recalled().recall
    assert await handler.on_notices_recalled([Received(said, TRACE, RECORD)]) == ()
    by_status, _ = await ledger.counts()
    assert (by_status, woken) == ({"cancelled": 1}, [1])
    assert [each["recall_id"] for each in log.lines if each["event"] == "notice.recalled"] == [said.recall_id]
