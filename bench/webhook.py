"""Deliveries a second by webhook, from Kafka through the notifier's ledger to the receiver, 1 kB each.

200 assignments for each of 100 offices, and 20,000 for one (`single`). The limit is a bare aiohttp loop that sends the
same signed bodies to the same receiver in the same run; Kafka, notifier and receiver share the machine in ours. The
detail tells what the notifier takes of memory and of processor time a delivery.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import psutil
import uvloop

from bench.harness import Result
from contracts import identity
from contracts.assignments import AssignmentRouted, Reason, Recipient
from contracts.notices import Original, Task
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State
from services.notifier import signing
from services.notifier.parcel import encode
from services.runtime.publish import Outgoing, Publisher

_OFFICES = 100
_DELIVERIES = 20_000
_AT_ONCE = 128
_KEY = "bench-key-bench-key-bench"
_NOTIFIER = "import sys; from services.notifier.app import main; sys.exit(main())"


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
            with _sink() as base:
                many = _run(bootstrap, base, Path(folder), _OFFICES)
                single = _run(bootstrap, base, Path(folder), 1)
                bare = _bare(base)
        finally:
            broker.stop(home)
    detail = {
        "single": round(single.per_s),
        "endpoints": _OFFICES,
        "rss_mib": round(max(many.rss_mib, single.rss_mib)),
        "cpu_ms": round(many.cpu_ms, 3),
        "repeated": many.repeated + single.repeated,
    }
    return Result("webhook", round(many.per_s), "deliveries/s", round(bare), "bare aiohttp loop", detail)


@contextmanager
def _sink() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-m", "bench.sink"], stdout=subprocess.PIPE, text=True) as sink:
        try:
            assert sink.stdout is not None
            yield f"http://127.0.0.1:{int(sink.stdout.readline())}"
        finally:
            sink.terminate()


def _run(bootstrap: str, base: str, folder: Path, offices: int) -> _Run:
    """Deliver to so many offices, each with an endpoint; the clock starts once the notifier has delivered one."""
    name = f"bench{offices}"
    ids = [f"vn.{name}-{number}" for number in range(offices)]
    before = _counted(base)
    with _notifier(bootstrap, folder / name) as (process, url):
        wanted = [{"recipient_id": each, "kind": "webhook", "url": f"{base}/{each}"} for each in ids]
        headers = {"authorization": f"Bearer {_KEY}"}
        httpx.post(f"{url}/v1/endpoints", json=wanted, headers=headers, timeout=60).raise_for_status()
        asyncio.run(_publish(bootstrap, [_assignment(f"{name}-first", ids[0])]))
        before = _await(base, before["distinct"] + 1)
        spent = sum(process.cpu_times()[:2])
        began = time.monotonic()
        asyncio.run(_publish(bootstrap, _assignments(name, ids)))
        done = _await(base, before["distinct"] + _DELIVERIES)
        rss_mib = process.memory_info().rss / 2**20
        cpu_ms = (sum(process.cpu_times()[:2]) - spent) * 1_000 / _DELIVERIES
    repeated = done["posts"] - before["posts"] - _DELIVERIES
    return _Run(_DELIVERIES / (done["last"] - began), rss_mib, cpu_ms, repeated)


@contextmanager
def _notifier(bootstrap: str, home: Path) -> Iterator[tuple[psutil.Process, str]]:
    home.mkdir()
    settings = {
        "NOINHAN_KAFKA": bootstrap,
        "NOINHAN_HOME": str(home),
        "NOINHAN_PORT_FILE": str(home / "port"),
        "NOINHAN_API_KEY": _KEY,
        "NOINHAN_LINK_KEY": _KEY,
        "NOINHAN_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    with subprocess.Popen(
        [sys.executable, "-c", _NOTIFIER], env={**os.environ, **settings}, stdout=subprocess.DEVNULL
    ) as process:
        try:
            until = time.monotonic() + 60
            while not (home / "port").exists():
                if time.monotonic() > until:
                    raise TimeoutError("the notifier did not start within 60 s")
                time.sleep(0.05)
            yield psutil.Process(process.pid), f"http://127.0.0.1:{(home / 'port').read_text().strip()}"
        finally:
            process.terminate()


def _assignments(name: str, ids: Sequence[str]) -> list[AssignmentRouted]:
    return [_assignment(f"{name}-{number}", ids[number % len(ids)]) for number in range(_DELIVERIES)]


def _assignment(notice: str, office: str) -> AssignmentRouted:
    task = Task(task_id="t1", assignees=("UBND các huyện",), role="chủ trì", text="Rà soát các hồ chứa và báo cáo")
    return AssignmentRouted(
        assignment_id=identity.assignment_id(notice, 1, office),
        notice_id=notice,
        revision=1,
        document_id="d" * 64,
        number="129/TB-VPCP",
        doc_type="thông báo",
        issuer="Văn phòng Chính phủ",
        issued_on=None,
        subject="Kết luận về phòng, chống lụt bão",
        urgency="thường",
        recipient=Recipient(recipient_id=office, name="UBND huyện Lục Nam", level="district", province="Bắc Giang"),
        role="thực hiện",
        because=(Reason(line="UBND các huyện, thành phố", rule="group:districts"),),
        tasks=(task,),
        original=Original(
            url="https://noinhan.example/1", file_name="1.pdf", media_type="application/pdf", size_bytes=1
        ),
        directory_version="bench",
    )


async def _publish(bootstrap: str, assignments: Sequence[AssignmentRouted]) -> None:
    publisher = Publisher(bootstrap, source="bench")
    await publisher.start()
    await publisher.publish([Outgoing(each) for each in assignments])
    await publisher.stop()


def _counted(base: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(base).json()
    return told


def _await(base: str, distinct: int) -> dict[str, Any]:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        counted = _counted(base)
        if counted["distinct"] >= distinct:
            return counted
        time.sleep(0.2)
    raise TimeoutError("not everything was delivered within 180 s")


def _bare(base: str) -> float:
    made = _assignments("bare", ["vn.bare"])
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
