"""Two processes read every document, each with hashes of its own; time, memory and disagreement are watched."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Self

import psutil
from pebble import ProcessExpired, ProcessPool

from bench.fuzzing.properties import Fate, fate_of

SLOWEST_S = 5.0
MOST_BYTES = 2**30
_HANGS_S = 30.0
_LOOK_EVERY_S = 0.05


def family_bytes(process: psutil.Process) -> int:
    """Resident memory of a process and its children, in bytes."""
    found = 0
    try:
        for each in (process, *process.children(recursive=True)):
            found += each.memory_info().rss
    except psutil.NoSuchProcess:
        return found
    return found


class _Reader:
    """One process that reads, started anew after it died, hung or took too much. peak: bytes, of the last document."""

    def __init__(self) -> None:
        self.peak = 0
        self._start()

    def _start(self) -> None:
        self._pool = ProcessPool(1, context=multiprocessing.get_context("spawn"))
        self._process = psutil.Process(self._pool.schedule(_settle).result())

    def read(self, content: bytes, file_name: str) -> Fate:
        fate = self._read(content, file_name)
        if self.peak > MOST_BYTES or fate.seconds >= _HANGS_S:
            self.stop()
            self._start()
        return fate

    def _read(self, content: bytes, file_name: str) -> Fate:
        self.peak = 0
        reading = self._pool.schedule(fate_of, (content, file_name), timeout=_HANGS_S)
        while True:
            done = wait([reading], timeout=_LOOK_EVERY_S).done
            self.peak = max(self.peak, family_bytes(self._process))
            if done:
                break
        try:
            fate: Fate = reading.result()
        except (TimeoutError, ProcessExpired) as error:
            return Fate(False, "", (f"its reader hung or died: {error!r}",), _HANGS_S)
        return fate

    def stop(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _settle() -> int:
    """The process's id. Tesseract is hidden from it: recognition takes its time, and has a limit of its own."""
    os.environ["PATH"] = ""
    return os.getpid()


@dataclass
class Watch:
    """Has documents read, and keeps the extremes. Used as a context."""

    documents: int = 0
    notices: int = 0
    slowest_s: float = 0.0
    slowest_seed: int = 0
    peak_bytes: int = 0
    _readers: list[_Reader] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._readers = [_Reader(), _Reader()]
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers:
            reader.stop()

    def broken(self, content: bytes, file_name: str, seed: int) -> tuple[str, ...]:
        """What did not hold of a document; nothing where all is well."""
        fates = [reader.read(content, file_name) for reader in self._readers]
        peak = max(reader.peak for reader in self._readers)
        # What stalls the machine stalls one reading of the two: the faster one tells what the document takes.
        seconds = min(fate.seconds for fate in fates)
        self._note(fates[0], seconds, peak, seed)
        found = list(dict.fromkeys(problem for fate in fates for problem in fate.broken))
        if len({fate.told for fate in fates}) > 1:
            found.append("read differently by two processes")
        if seconds > SLOWEST_S:
            found.append(f"it took {seconds:.1f} s")
        if peak > MOST_BYTES:
            found.append(f"its reader took {peak / 2**20:.0f} MiB")
        return tuple(found)

    def _note(self, fate: Fate, seconds: float, peak: int, seed: int) -> None:
        self.documents += 1
        self.notices += fate.read
        self.peak_bytes = max(self.peak_bytes, peak)
        if seconds > self.slowest_s:
            self.slowest_s, self.slowest_seed = seconds, seed

    def line(self) -> str:
        """How it went, in one line."""
        return (
            f"{self.documents} documents, {self.notices} of them read as notices, the others refused; slowest "
            f"{self.slowest_s:.2f} s (seed {self.slowest_seed}); peak {self.peak_bytes / 2**20:.0f} MiB a reader"
        )
