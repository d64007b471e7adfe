"""From an assignment on its topic to the webhook's receipt, at a hundred a second over a hundred endpoints.

Each assignment is due at its moment, and its latency counts from there: a publisher that falls behind is no excuse. The
limit is the way itself without us: one produce-and-consume hop over the same broker with bare aiokafka, one write to a
file that is on the disk before it goes on, and one bare POST on a kept connection, their medians added.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.bare import hops, posts
from bench.harness import Result, percentiles
from bench.notifier import arrivals, assignment, await_counted, notifier, outgoing, publish, register, sink
from contracts import identity
from contracts.assignments import AssignmentRouted
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State
from services.runtime.publish import Outgoing, Publisher

_OFFICES = 100
_PER_S = 100
_WARM_UP_S = 5
_MEASURED_S = 40
_PAGE = b"x" * 4_096
_WRITES = 1_000


def measure() -> Result:
    """Milliseconds; p50 as the value."""
    with tempfile.TemporaryDirectory() as folder, only_settings({"NOINHAN_HOME": folder}):
        home = State(Path(folder))
        try:
            bootstrap = broker.start(home).bootstrap
            with sink() as base:
                taken = _run(bootstrap, base, Path(folder, "notifier"))
                hop_ms = percentiles(asyncio.run(hops(bootstrap)))[0]
                post_ms = percentiles(posts(f"{base}/bare"))[0]
            writes_ms = _writes(Path(folder, "file"))
        finally:
            broker.stop(home)
    p50, p95, p99 = percentiles(taken)
    detail = {
        "p95": round(p95, 1),
        "p99": round(p99, 1),
        "most": round(max(taken), 1),
        "disk_p99": round(percentiles(writes_ms)[2], 1),
        "disk_most": round(max(writes_ms), 1),
        "per_s": _PER_S,
        "deliveries": len(taken),
    }
    limit = round(hop_ms + percentiles(writes_ms)[0] + post_ms, 1)
    return Result("latency", round(p50, 1), "ms", limit, "one Kafka hop, one write to disk and one POST, bare", detail)


def _run(bootstrap: str, base: str, home: Path) -> list[float]:
    """How long each took, without those of the first seconds."""
    ids = [f"vn.office-{number}" for number in range(_OFFICES)]
    with notifier(bootstrap, home) as (_, url):
        made = register(url, [{"recipient_id": each, "kind": "webhook", "url": f"{base}/{each}"} for each in ids])
        places = {each["recipient_id"]: each["endpoint_id"] for each in made}
        asyncio.run(publish(bootstrap, outgoing([assignment("first", ids[0])])))
        await_counted(base, 1)
        count = (_WARM_UP_S + _MEASURED_S) * _PER_S
        told = [assignment(f"n{number}", ids[number % _OFFICES]) for number in range(count)]
        due = asyncio.run(_publish(bootstrap, told))
        await_counted(base, 1 + count)
        arrived = arrivals(base)
    keys = [
        identity.delivery_id(each.assignment_id, places[each.recipient.recipient_id])
        for each in told[_WARM_UP_S * _PER_S :]
    ]
    return [(arrived[key] - at) * 1_000 for key, at in zip(keys, due[_WARM_UP_S * _PER_S :], strict=True)]


async def _publish(bootstrap: str, told: Sequence[AssignmentRouted]) -> list[float]:
    """Publish each at its moment, whatever became of those before it; those moments."""
    publisher = Publisher(bootstrap, source="bench")
    await publisher.start()
    began = time.monotonic()
    due = [began + number / _PER_S for number in range(len(told))]
    async with asyncio.TaskGroup() as group:
        for each, at in zip(told, due, strict=True):
            await asyncio.sleep(max(at - time.monotonic(), 0))
            group.create_task(publisher.publish([Outgoing(each)]))
    await publisher.stop()
    return due


def _writes(path: Path) -> list[float]:
    """Milliseconds until a page is on the disk, at the pace of the deliveries."""
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_WRITES):
            time.sleep(1 / _PER_S)
            began = time.perf_counter()
            file.write(_PAGE)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1_000)
    return taken
