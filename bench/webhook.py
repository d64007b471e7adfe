"""Deliveries a second by webhook, from Kafka through the notifier's ledger to the receiver, 1 kB each.

200 assignments for each of 100 offices, twice, and 20,000 for one (`single`). They lie in Kafka when the clock starts,
as the bodies of the limit lie in memory: a bare aiohttp loop that sends the same, signed, to the same receiver, before
each of our runs and after the last. Kafka, notifier and receiver share the machine in ours. The detail tells what the
notifier takes of memory and of processor time a delivery, and how fast we and the bare loop were each time.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import harmonic_mean, mean

import aiohttp
import uvloop

from bench.harness import Result
from bench.notifier import assignment, assignments, await_counted, counted, notifier, outgoing, publish, register, sink
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State
from services.notifier import signing
from services.notifier.parcel import encode

_OFFICES = 100
_DELIVERIES = 20_000
_AT_ONCE = 128


@dataclass(frozen=True)
class _Run:
    """What one run of the notifier showed."""

    per_s: float
    rss_mib: float
    cpu_ms: float
    repeated: int


def measure() -> Result:
    """Deliveries a second."""
    with tempfile.TemporaryDirectory() as folder, only_settings({"NOINHAN_HOME": folder}):
        home = State(Path(folder))
        try:
            bootstrap = broker.start(home).bootstrap
            with sink() as base:
                bare, runs = [_bare(base)], []
                for name, offices in (("many", _OFFICES), ("single", 1), ("again", _OFFICES)):
                    runs.append(_run(bootstrap, base, Path(folder) / name, offices))
                    bare.append(_bare(base))
        finally:
            broker.stop(home)
    many, single, again = runs
    detail = {
        "single": round(single.per_s),
        "endpoints": _OFFICES,
        "rss_mib": round(max(each.rss_mib for each in runs)),
        "cpu_ms": round(mean([many.cpu_ms, again.cpu_ms]), 3),
        "repeated": sum(each.repeated for each in runs),
        "each": [round(many.per_s), round(again.per_s)],
        "bare": [round(each) for each in bare],
    }
    value = harmonic_mean([many.per_s, again.per_s])
    return Result("webhook", round(value), "deliveries/s", round(harmonic_mean(bare)), "bare aiohttp loop", detail)


def _run(bootstrap: str, base: str, home: Path, offices: int) -> _Run:
    """Deliver to so many offices, each with an endpoint, by a notifier that has delivered one.

    It stands still while the others are published, and the clock starts when it goes on.
    """
    name = f"bench-{home.name}"
    ids = [f"vn.{name}-{number}" for number in range(offices)]
    before = counted(base)
    with notifier(bootstrap, home) as (process, url):
        wanted = [{"recipient_id": each, "kind": "webhook", "url": f"{base}/{each}"} for each in ids]
        register(url, wanted)
        asyncio.run(publish(bootstrap, outgoing([assignment(f"{name}-first", ids[0])])))
        before = await_counted(base, before["distinct"] + 1)
        made = outgoing(assignments(name, ids, _DELIVERIES))
        process.suspend()
        asyncio.run(publish(bootstrap, made))
        spent = sum(process.cpu_times()[:2])
        began = time.monotonic()
        process.resume()
        done = await_counted(base, before["distinct"] + _DELIVERIES)
        rss_mib = process.memory_info().rss / 2**20
        cpu_ms = (sum(process.cpu_times()[:2]) - spent) * 1_000 / _DELIVERIES
    repeated = done["posts"] - before["posts"] - _DELIVERIES
    return _Run(_DELIVERIES / (done["last"] - began), rss_mib, cpu_ms, repeated)


def _bare(base: str) -> float:
    made = assignments("bare", ["vn.bare"], _DELIVERIES)
    bodies = [encode(each, f"https://noinhan.example/a/{'t' * 100}", datetime.now(UTC)) for each in made]
    return _DELIVERIES / uvloop.run(_send_all(base, bodies))


async def _send_all(base: str, bodies: Sequence[bytes]) -> float:
    secret = signing.secret_of(b"k" * 32)
    connector = aiohttp.TCPConnector(limit=0)
    todo = enumerate(bodies)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def send() -> None:
            for number, body in todo:
                headers = signing.headers([secret], f"bare-{number}", datetime.now(UTC), body)
                async with session.post(f"{base}/bare", data=body, headers=headers) as answer:
                    await answer.read()

        began = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(_AT_ONCE)))
        return time.perf_counter() - began
