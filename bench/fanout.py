"""One notice to the 10,599 communes of 2021, worked out and published in one go.

The limit is the producer alone: as many records of the same bytes, keys and headers to the same topic, with bare
aiokafka, in the same run. Both are the best of some rounds, each of them ours and then the bare one; the detail tells
our first round, when nothing is remembered yet, the middle one of the rounds' ratios, how long a usual notice of some
200 recipients takes to work out and write, and what the process takes.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import psutil
from aiokafka import AIOKafkaProducer

from bench.harness import Result
from contracts import envelope
from contracts.assignments import AssignmentRouted
from contracts.notices import NoticeParsed, Original, RecipientLine
from contracts.topics import topics
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State
from services.router.directory import Directory, load_directory
from services.router.expand import expand
from services.runtime.process import settle
from services.runtime.publish import Outgoing, Publisher
from services.runtime.tracing import new_trace

_Record = tuple[bytes, bytes, list[tuple[str, bytes]]]
_MOMENT = datetime.now(UTC)
_ROUNDS = 5
_COMMUNES = ("UBND các xã, phường, thị trấn",)
_USUAL = (
    "Tỉnh ủy, Thành ủy, UBND tỉnh, TP trực thuộc TW",
    "Các Bộ, cơ quan ngang bộ, cơ quan thuộc CP",
    "Văn phòng Trung ương và các Ban của Đảng",
)


def measure() -> Result:
    """Assignments a second."""
    directory = load_directory()
    with tempfile.TemporaryDirectory() as folder, only_settings({"NOINHAN_HOME": folder}):
        home = State(Path(folder))
        try:
            ours, limits = asyncio.run(_speeds(broker.start(home).bootstrap, directory))
        finally:
            broker.stop(home)
    usual = _notice(_USUAL)
    detail = {
        "assignments": expand(_notice(_COMMUNES), directory).routed.recipients,
        "first": round(ours[0]),
        "middle_ratio": round(median(mine / bare for mine, bare in zip(ours, limits, strict=True)), 3),
        "usual_recipients": expand(usual, directory).routed.recipients,
        "usual_ms": round(min(_timed(usual, directory) for _ in range(20)) * 1_000, 1),
        "rss_mib": round(psutil.Process().memory_info().rss / 2**20),
    }
    return Result("fanout", round(max(ours)), "assignments/s", round(max(limits)), "bare keyed produce", detail)


def _notice(lines: Sequence[str]) -> NoticeParsed:
    return NoticeParsed(
        notice_id="bench",
        revision=1,
        document_id="bench",
        position=0,
        received_at=datetime.now(UTC),
        original=Original(url="https://noinhan.example/1", file_name="1.txt", media_type="text/plain", size_bytes=1),
        issuer="Văn phòng Chính phủ",
        number="129/TB-VPCP",
        subject="Kết luận của Thủ tướng Chính phủ tại cuộc họp trực tuyến",
        issued_on=date(2021, 5, 27),
        recipients=tuple(RecipientLine(text=line) for line in lines),
        recipients_complete=True,
    )


def _timed(notice: NoticeParsed, directory: Directory) -> float:
    began = time.perf_counter()
    deque(expand(notice, directory).copies.written(), maxlen=0)
    return time.perf_counter() - began


async def _speeds(bootstrap: str, directory: Directory) -> tuple[list[float], list[float]]:
    """Some rounds, ours and the bare producer's in turn, in a process that is settled as a service is."""
    settle()
    publisher = Publisher(bootstrap, source="bench")
    bare = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5, max_batch_size=262_144
    )
    await publisher.start()
    await bare.start()
    ours, limits = [], []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        routing, trace = expand(_notice(_COMMUNES), directory), new_trace()
        await publisher.publish(Outgoing(each, trace) for each in routing.copies.written())
        ours.append(routing.routed.recipients / (time.perf_counter() - began))
        limits.append(await _bare(bare, [_record(each) for each in routing.assignments]))
    await bare.stop()
    await publisher.stop()
    return ours, limits


def _record(assignment: AssignmentRouted) -> _Record:
    headers = envelope.headers(assignment, source="bench", time=_MOMENT, traceparent=new_trace())
    return assignment.key.encode(), assignment.to_bytes(), headers


async def _bare(producer: AIOKafkaProducer, records: Sequence[_Record]) -> float:
    topic = next(each.name for each in topics().values() if each.message is AssignmentRouted)
    began = time.perf_counter()
    sent = [await producer.send(topic, value, key=key, headers=headers) for key, value, headers in records]
    await asyncio.gather(*sent)
    return len(records) / (time.perf_counter() - began)
