"""Reading in processes of their own: a document that hangs or kills its reader takes only itself with it."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from contracts.notices import Notice
from services.ingest.open_document import open_document
from services.ingest.ports import ReaderAway
from services.ingest.reading import Unreadable
from services.runtime.process import settle

_DOCUMENTS_A_PROCESS = 2_000
"""A worker is replaced after so many, so that no leak of a library grows for ever."""


@dataclass(frozen=True)
class _Refusal:
    """What Unreadable says, as it crosses from the worker."""

    code: str
    reason: str
    remedy: str
    where: str | None


class ReaderPool:
    """Reads documents in `workers` processes, each document in at most `timeout_s`."""

    def __init__(self, workers: int, timeout_s: float) -> None:
        # Forking a process that has threads and an event loop is unsafe: workers are started anew.
        self._context = multiprocessing.get_context("spawn")
        self._workers = workers
        self._timeout_s = timeout_s
        self._pool: ProcessPool | None = None

    async def start(self) -> None:
        """Start the workers."""
        self._pool = ProcessPool(
            self._workers, max_tasks=_DOCUMENTS_A_PROCESS, initializer=settle, context=self._context
        )
        # The first document should not wait for the imports.
        await asyncio.wrap_future(self._pool.schedule(_warm))

    async def stop(self) -> None:
        """End the workers; documents in hand are given up and will be given again."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            await asyncio.to_thread(self._pool.join)

    def _schedule(self, *document: bytes | str | None) -> ProcessFuture[Sequence[Notice] | _Refusal]:
        if self._pool is None:
            raise ReaderAway("the readers are not started")
        try:
            return self._pool.schedule(_read, document, timeout=self._timeout_s)
        except RuntimeError as error:
            raise ReaderAway(str(error)) from error

    async def read(self, content: bytes, file_name: str, media_type: str | None) -> Sequence[Notice]:
        """The document's notices. Raises Unreadable, also where the reader hangs, fails or dies; ReaderAway."""
        reading = self._schedule(content, file_name, media_type)
        try:
            answer = await asyncio.wrap_future(reading)
        except TimeoutError as error:
            raise _failed("timeout", f"reading took more than {self._timeout_s:g} s") from error
        except ProcessExpired as error:
            raise _failed("reader_died", f"the reader died with status {error.exitcode}") from error
        except Exception as error:
            raise _failed("reader_failed", f"the reader failed: {error!r}") from error
        if isinstance(answer, _Refusal):
            raise Unreadable(answer.code, answer.reason, answer.remedy, answer.where)
        return answer


def _read(content: bytes, file_name: str, media_type: str | None) -> list[Notice] | _Refusal:
    try:
        return open_document(content, file_name=file_name, media_type=media_type)
    except Unreadable as error:
        return _Refusal(error.code, error.reason, error.remedy, error.where)


def _warm() -> None:
    """Importing this module in the worker was all there was to do."""


def _failed(code: str, reason: str) -> Unreadable:
    remedy = "report it with the document, which is kept, and send its text in a simpler form meanwhile"
    return Unreadable(code, reason, remedy)
