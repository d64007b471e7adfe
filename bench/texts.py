"""How many notices are read in a second of one core, as text: real ones, and dense ones made of the corpus.

The real ones are those of NOTICES_DIR. The dense ones are as long, and hold four to five times as many tasks; some are
garbled. Before each round the reader forgets what it keeps in mind of texts and reads some others, so that each is read
as if for the first time. The limit is decoding, normalising and splitting the same bytes into lines.
"""

from __future__ import annotations

import gc
import os
import time
import unicodedata
from collections.abc import Iterator
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

from bench.harness import Result
from bench.parse import CORPUS, documents, read
from bench.processor import each, per_second
from bench.rendering import boxes_of
from bench.rendering.locate import Folded
from services.ingest.reading.text.restore import forget
from services.runtime.process import settle

_LENGTH = 15_000
"""Bytes: a conclusion of a meeting of the Government with its tasks comes to about as much."""
_TEXTS = 20
_OTHERS = 20
_LEAST_S = 2.0


def measure() -> Result:
    """Real notices a second where there are any, else dense ones; the detail tells of the dense ones."""
    dense, real = list(_dense()), _real()
    settle()
    others = [text.encode() for text, _ in _corpus()[-_OTHERS:]]
    of_real = _speeds(real, others) if real else None
    dense_per_s, dense_limit = _speeds(dense, others)
    per_s, limit = of_real or (dense_per_s, dense_limit)
    detail: dict[str, Any] = {
        "real": len(real),
        "bytes": _mean_length(real or dense),
        "dense_per_s": round(dense_per_s, 1),
        "dense_limit_per_s": round(dense_limit),
        "dense_bytes": _mean_length(dense),
    }
    return Result("texts", round(per_s, 1), "notices/s", round(limit), "decoded and split into lines", detail)


def _speeds(texts: list[bytes], others: list[bytes]) -> tuple[float, float]:
    """How many are read in a second of the processor, each as if for the first time, and how many are split."""
    each(_read, [*others, *texts])
    memories = _memories()
    spent, rounds = 0.0, 0
    while spent < _LEAST_S:
        for memory in memories:
            memory.cache_clear()
        forget()
        each(_read, others)
        began = time.process_time()
        each(_read, texts)
        spent += time.process_time() - began
        rounds += 1
    return len(texts) * rounds / spent, per_second(len(texts), lambda: each(_bare, texts))


def _read(text: bytes) -> None:
    read(text, "")


def _memories() -> list[Any]:
    """What the reader keeps in mind of texts that it has read: of a notice that it has never seen it knows nothing."""
    caches = [each for each in gc.get_objects() if type(each).__name__ == "_lru_cache_wrapper"]
    ours = [each for each in caches if str(each.__module__).startswith("services.ingest.")]
    return [each for each in ours if each.cache_parameters()["maxsize"] is not None]


def _mean_length(texts: list[bytes]) -> int:
    return round(sum(map(len, texts)) / len(texts))


def _real() -> list[bytes]:
    folder = Path(os.environ.get("NOTICES_DIR", CORPUS.parents[2] / "shared" / "seeds"))
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path.read_bytes() for path in paths if path.suffix in {".txt", ".md"}]


def _dense() -> Iterator[bytes]:
    """Notices of the corpus, each with the bodies of others added to its own until it is as long as a real one."""
    corpus = _corpus()
    bodies = [boxes_of(text, golds)[0].body for text, golds in corpus]
    for at, (text, golds) in enumerate(corpus[:_TEXTS]):
        heading = Folded(text).recipients(golds[0]["recipients"][0], 0)
        room = _LENGTH - len(text.encode())
        added: list[str] = []
        for paragraph in chain.from_iterable(islice(cycle(bodies), at + 1, None)):
            added.append(paragraph)
            room -= len(paragraph.encode()) + 1
            if room <= 0:
                break
        yield f"{text[:heading]}{chr(10).join(added)}\n\n{text[heading:]}".encode()


def _corpus() -> list[tuple[str, Any]]:
    """Texts of the corpus with their gold."""
    return [(path.read_text(encoding="utf-8-sig"), golds) for path, golds in documents()]


def _bare(content: bytes) -> list[str]:
    return unicodedata.normalize("NFC", content.decode()).splitlines()
