"""PDFium is kept in a process of its own: a PDF that crashes it, or eats time or memory, takes nothing else with it.

One such process serves all threads, one PDF at a time. It is started with the first PDF and ends with this process.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from typing import Any

from PIL import Image

from services.ingest.formats.limits import Deadline, Limits, malformed, out_of_time
from services.ingest.formats.load_pdf import Loaded
from services.ingest.formats.page import Rule, Word
from services.ingest.formats.serve_pdf import receive, send
from services.ingest.reading import Unreadable

_MEMORY = 1_200_000_000
"""Bytes of address space: PDFium and Python take a third of it before the first page."""


_SERVE = "from services.ingest.formats.serve_pdf import main; main()"


class _Worker:
    """The process and the lock under which it is spoken to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, asked: dict[str, Any], content: bytes, deadline: Deadline) -> tuple[Any, bytes]:
        """The answer to a request. Raises Unreadable: timeout; malformed where the process died of the PDF."""
        if not self._lock.acquire(timeout=deadline.left):
            raise out_of_time(deadline.seconds)
        try:
            with self._watched(deadline) as (process, late):
                try:
                    send(process.stdin, {**asked, "seconds": deadline.left}, content)  # type: ignore[arg-type]
                    return receive(process.stdout)  # type: ignore[arg-type]
                except (EOFError, OSError, ValueError) as error:
                    self.stop()
                    if late.is_set():
                        raise out_of_time(deadline.seconds) from error
                    raise malformed(
                        "PDF", "reading it breaks off, or takes more memory than any notice does"
                    ) from error
        finally:
            self._lock.release()

    @contextmanager
    def _watched(self, deadline: Deadline) -> Iterator[tuple[subprocess.Popen[bytes], threading.Event]]:
        """The running process, which is killed when the time is up; the event tells that it was."""
        process, late = self._running(), threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(deadline.left, kill)
        watch.daemon = True
        watch.start()
        try:
            yield process, late
        finally:
            watch.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, str(_MEMORY)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        return self._process

    def stop(self) -> None:
        """End the process; the next request starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


_WORKER = _Worker()
atexit.register(_WORKER.stop)


def load_pages(content: bytes, limits: Limits, deadline: Deadline) -> list[Loaded]:
    """The words of every page. Raises Unreadable: encrypted, malformed, too_many_pages, too_large, timeout."""
    found, _ = _ask({"limits": asdict(limits), "page": None}, content, deadline)
    return [
        replace(Loaded(tuple(Word(*word) for word in words), *rest), rules=tuple(Rule(*rule) for rule in rules))
        for words, rules, *rest in found["pages"]
    ]


def render_page(content: bytes, number: int, dpi: int, limits: Limits, deadline: Deadline) -> Image.Image:
    """Page `number` (from 0) as a grey picture. Raises Unreadable: encrypted, malformed, too_large, timeout."""
    found, pixels = _ask({"limits": asdict(limits), "page": number, "dpi": dpi}, content, deadline)
    return Image.frombytes("L", tuple(found["size"]), pixels)


def _ask(asked: dict[str, Any], content: bytes, deadline: Deadline) -> tuple[Any, bytes]:
    found, body = _WORKER.ask(asked, content, deadline)
    if refused := found.get("refused"):
        raise Unreadable(*refused)
    return found, body
