"""Does reading keep what it takes? 20,000 documents through the real pool of readers, as ingest reads them.

BENCH_NOTICES: another number of documents. The value is the most that parent and workers held in the last quarter, the
limit the most they held over the first tenth; 1 is flat. Workers are replaced after 2,000 documents each, as in
service, so that the most of a stretch is told, not what happens to be held at its end.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import cycle, islice

import psutil

from bench.harness import Result
from bench.papers import TEXT, paper, sources
from services.ingest.reader_pool import ReaderPool
from services.ingest.reading import Unreadable

_DOCUMENTS = 20_000
_WORKERS = 2
_IN_HAND = 8
_LOOK_EVERY = 50
_OTHERS = {9: "docx, tables", 19: "pdf, two columns"}
"""Of every twenty documents one is a Word document and one a PDF."""
_SOME_PDFS = 12


def measure() -> Result:
    """MiB of resident memory, parent and workers together."""
    count = int(os.environ.get("BENCH_NOTICES", _DOCUMENTS))
    rows = asyncio.run(_read(count))
    for done, (parent, workers) in rows.items():
        print(f"up to {done:6}: parent {parent:4.0f} MiB, workers {workers:4.0f} MiB")
    warm, last = (sum(rows[at]) for at in (count // 10, count))
    detail = {f"up to {done}": round(sum(row)) for done, row in rows.items()}
    return Result("memory", round(last), "MiB", round(warm), f"the first {count // 10}", detail)


def _documents(count: int) -> Iterator[tuple[bytes, str]]:
    """Corpus texts in turn, with their share of other formats."""
    for at, source in enumerate(islice(cycle(sources()), count)):
        kind = _OTHERS.get(at % 20, TEXT)
        chosen = sources()[at % _SOME_PDFS] if "pdf" in kind else source
        yield paper(chosen, kind), source.name


async def _read(count: int) -> dict[int, tuple[float, float]]:
    """The most that parent and workers held, in MiB, up to so many documents and since the number before."""
    marks = {count // 10, *(count * quarter // 4 for quarter in range(1, 5))}
    for _ in _documents(min(count, 20 * len(sources()))):  # what is made here should not count as growth
        pass
    pool = ReaderPool(_WORKERS, timeout_s=60)
    await pool.start()
    rows, reading, most = {0: _held()}, set[asyncio.Task[None]](), (0.0, 0.0)
    for done, (content, name) in enumerate(_documents(count), start=1):
        reading.add(asyncio.create_task(_one(pool, content, name)))
        if len(reading) == _IN_HAND:
            _, reading = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
        if done % _LOOK_EVERY == 0 or done in marks:
            most = max(most, _held(), key=sum)
        if done in marks:
            rows[done], most = most, (0.0, 0.0)
    await asyncio.gather(*reading)
    await pool.stop()
    return rows


async def _one(pool: ReaderPool, content: bytes, name: str) -> None:
    try:
        await pool.read(content, name, None)
    except Unreadable as refusal:
        print(f"{name}: {refusal}")


def _held() -> tuple[float, float]:
    """Resident memory of this process and of its children, in MiB."""
    own = psutil.Process()
    workers = sum(each.memory_info().rss for each in own.children(recursive=True))
    return own.memory_info().rss / 2**20, workers / 2**20
