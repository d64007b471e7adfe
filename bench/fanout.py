"""Assignments a second: notices that each go to some eleven hundred offices, from upload to the topic.

The limit is the producer: as many records of the same size to the same topic with the same guarantees,
with bare aiokafka, in the same run.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer

from bench.harness import Result
from bench.notices import notice
from cli.history import history
from cli.services import client
from contracts.assignments import AssignmentRouted
from contracts.notices import NoticeRouted
from contracts.topics import topics
from demo.stage import stage

_NOTICES = 20
_LINES = "- UBND các huyện, thị xã, thành phố;\n- Đảng ủy, UBND các xã, phường, thị trấn;"
_HOME = Path(__file__).resolve().parent.parent / ".noinhan" / "bench"


def measure() -> Result:
    """Assignments a second."""
    with stage(_HOME, {"NOINHAN_SUCCESSORS": "false"}) as ready:
        began = time.perf_counter()
        with client("ingest") as http:
            for number in range(1, _NOTICES + 1):
                http.post("/v1/documents", content=notice(number, _LINES)).raise_for_status()
        expanded = asyncio.run(_await_routed(ready.bootstrap))
        seconds = time.perf_counter() - began
        sizes = asyncio.run(_sizes(ready.bootstrap))
        limit = asyncio.run(_bare(ready.bootstrap, sizes))
    detail = {"notices": _NOTICES, "assignments": expanded, "bytes_each": sum(sizes) // len(sizes)}
    return Result("fanout", round(expanded / seconds), "assignments/s", round(limit), "bare keyed produce", detail)


async def _await_routed(bootstrap: str) -> int:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        routed = [each.message async for each in history(bootstrap, [NoticeRouted])]
        if len(routed) == _NOTICES:
            return sum(each.recipients for each in routed if isinstance(each, NoticeRouted))
        await asyncio.sleep(0.1)
    raise TimeoutError("the notices were not routed within 180 s")


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
