"""Assignments a second: notices that each go to some eleven hundred offices, from upload to the topic.

The limit is the producer: as many records of the same size to the same topic with the same guarantees,
with bare aiokafka, in the same run. Both are the best of some rounds, ours and the bare one in turn, both while the
notifier takes what we published. The detail tells our first round, on services that have just started, the middle one
of the rounds' ratios, and the bare producer alone on the machine.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from statistics import median

from aiokafka import AIOKafkaProducer

from bench.harness import Result
from bench.notices import notice
from cli.history import Entry, history
from cli.services import client
from contracts.assignments import AssignmentRouted
from contracts.notices import NoticeRouted
from contracts.topics import topics
from demo.stage import Stage, stage

_ROUNDS = 3
_NOTICES = 20
_LOOK_EVERY_S = 0.25
_LINES = "- UBND các huyện, thị xã, thành phố;\n- Đảng ủy, UBND các xã, phường, thị trấn;"
_HOME = Path(__file__).resolve().parent.parent / ".noinhan" / "bench"


def measure() -> Result:
    """Assignments a second."""
    with stage(_HOME, {"NOINHAN_SUCCESSORS": "false"}) as ready:
        ours, limits, sizes = [], [], list[int]()
        for number in range(1, _ROUNDS + 1):
            ours.append(_round(ready, number))
            sizes = asyncio.run(_sizes(ready.bootstrap))[::number]
            limits.append(asyncio.run(_bare(ready.bootstrap, sizes)))
            _await_taken(ready, number * len(sizes))
        alone = max(asyncio.run(_bare(ready.bootstrap, sizes)) for _ in range(_ROUNDS))
    detail = {
        "notices": _ROUNDS * _NOTICES,
        "assignments": _ROUNDS * len(sizes),
        "bytes_each": sum(sizes) // len(sizes),
        "first": round(ours[0]),
        "middle_ratio": round(median(mine / bare for mine, bare in zip(ours, limits, strict=True)), 3),
        "bare_alone": round(alone),
    }
    return Result("upload", round(max(ours)), "assignments/s", round(max(limits)), "bare keyed produce", detail)


def _round(ready: Stage, number: int) -> float:
    """Upload notices; the end is when the last rollup is told, by its own time: all assignments are confirmed then."""
    began = datetime.now(UTC)
    with client("ingest") as http:
        for each in range((number - 1) * _NOTICES, number * _NOTICES):
            http.post("/v1/documents", content=notice(each + 1, _LINES)).raise_for_status()
    routed = asyncio.run(_await_routed(ready.bootstrap, number * _NOTICES))
    last = sorted(routed, key=attrgetter("at"))[-_NOTICES:]
    recipients = sum(each.message.recipients for each in last if isinstance(each.message, NoticeRouted))
    return recipients / (last[-1].at - began).total_seconds()


async def _await_routed(bootstrap: str, count: int) -> list[Entry]:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        routed = [each async for each in history(bootstrap, [NoticeRouted])]
        if len(routed) == count:
            return routed
        await asyncio.sleep(_LOOK_EVERY_S)
    raise TimeoutError("the notices were not routed within 180 s")


def _await_taken(ready: Stage, assignments: int) -> None:
    """Wait until the notifier is done with them, and has nothing more to do."""
    until = time.monotonic() + 180
    while ready.balance()["assignments"] < assignments:
        if time.monotonic() > until:
            raise TimeoutError("the notifier did not take the assignments within 180 s")
        time.sleep(_LOOK_EVERY_S)


async def _sizes(bootstrap: str) -> list[int]:
    return [len(each.message.to_bytes()) async for each in history(bootstrap, [AssignmentRouted])]


async def _bare(bootstrap: str, sizes: list[int]) -> float:
    topic = topics()["assignments.routed.v1"].dead_letters
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5, max_batch_size=262_144
    )
    await producer.start()
    began = time.perf_counter()
    sent = [await producer.send(topic, b"x" * size, key=str(number).encode()) for number, size in enumerate(sizes)]
    await asyncio.gather(*sent)
    seconds = time.perf_counter() - began
    await producer.stop()
    return len(sizes) / seconds
