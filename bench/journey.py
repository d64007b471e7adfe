"""From the 202 to the webhook's receipt: one notice, one office, one at a time.

The limit is the way itself without us: two produce-and-consume hops over the same broker with bare
aiokafka, and one bare HTTP request on a kept connection, their medians added.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.bare import hops, posts
from bench.harness import Result, percentiles
from bench.notices import notice
from cli.services import client
from demo import offices
from demo.stage import Stage, stage

_ROUNDS = 200
_WARM_UP = 20
_OFFICE = "- Sở Tài chính;"
_HOME = Path(__file__).resolve().parent.parent / ".noinhan" / "bench"


def measure() -> Result:
    """Milliseconds; p50 as the value."""
    with stage(_HOME) as ready:
        ready.register(offices.endpoints_at(_recipients(), ready.webhook_base))
        ours = _ours(ready)[_WARM_UP:]
        hop_ms = percentiles(asyncio.run(hops(ready.bootstrap)))[0]
        post_ms = percentiles(posts(f"{ready.webhook_base}/bare"))[0]
    p50, p95, p99 = percentiles(ours)
    detail = {"p95": round(p95, 1), "p99": round(p99, 1), "rounds": len(ours)}
    limit = round(2 * hop_ms + post_ms, 1)
    return Result("journey", round(p50, 1), "ms", limit, "two Kafka hops and one POST, bare", detail)


def _recipients() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "notice.txt")
        path.write_bytes(notice(1, _OFFICE))
        return offices.occurring([path])


def _ours(ready: Stage) -> list[float]:
    taken: list[float] = []
    with client("ingest") as http_client:
        for number in range(1, _ROUNDS + _WARM_UP + 1):
            known = len(ready.receiver.arrivals)
            http_client.post("/v1/documents", content=notice(number, _OFFICE)).raise_for_status()
            accepted = time.time()
            taken.append((_next_arrival(ready, known) - accepted) * 1_000)
    return taken


def _next_arrival(ready: Stage, known: int) -> float:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if len(ready.receiver.arrivals) > known:
            return max(ready.receiver.arrivals.values())
        time.sleep(0.0005)
    raise TimeoutError("a notice did not arrive within 30 s")
