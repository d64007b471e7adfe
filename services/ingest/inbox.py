"""A watched folder: a file leaves it only after its notices are on Kafka, or with the reason why they cannot be."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from contracts import identity
from services.ingest.handlers import Accepted, Document, printable, too_large
from services.ingest.ports import ReaderAway
from services.ingest.reading import Unreadable
from services.runtime.health import Progress
from services.runtime.logging import Log
from services.runtime.publish import NotPublished

LOOP = "inbox"
_UNFINISHED = (".part", ".tmp", ".crdownload")
_COMPLAIN_EVERY_S = 60.0
_LONGEST_STEM = 180
_LONGEST_SUFFIX = 20
"""Bytes; file systems take 255 for a name."""


@dataclass
class Inbox:
    """`folder/*` is taken in; then it is in `folder/done/` or, with a reason file, in `folder/rejected/`.

    A file is taken when two looks find it unchanged, so that a copy in progress is left alone.
    Names that start with a dot or end as unfinished downloads do are left alone too.
    """

    folder: Path
    take: Callable[[Document], Awaitable[Accepted]]
    max_bytes: int
    interval_s: float
    progress: Progress
    log: Log
    _seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _complained: dict[Path, float] = field(default_factory=dict)
    _stopping: bool = False
    _at_rest: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Look at the folder until `stop`."""
        for place in (self.done, self.rejected):
            place.mkdir(parents=True, exist_ok=True)
        while not self._stopping:
            await self.look()
            self.progress.beat(LOOP)
            await asyncio.sleep(self.interval_s)
        self._at_rest.set()
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """Finish the file in hand and take no other."""
        self._stopping = True
        await self._at_rest.wait()

    async def look(self) -> None:
        """Take in what has not changed since the last look."""
        try:
            found = dict(_documents(self.folder))
        except OSError as error:
            self._complain(self.folder, error)
            return
        settled = [path for path, state in found.items() if self._seen.get(path) == state]
        self._seen = found
        for path in settled:
            if self._stopping:
                return
            await self._take(path)
            self.progress.beat(LOOP)

    @property
    def done(self) -> Path:
        """Where files go whose notices are on Kafka."""
        return self.folder / "done"

    @property
    def rejected(self) -> Path:
        """Where files go that hold no readable notice, each with a reason file."""
        return self.folder / "rejected"

    async def _take(self, path: Path) -> None:
        """Take one file in. Whatever goes wrong with it, the next one has its turn, and it has another."""
        try:
            await self._take_in(path)
        except (NotPublished, ReaderAway, OSError) as error:
            self._complain(path, error)
        else:
            self._complained.pop(path, None)

    async def _take_in(self, path: Path) -> None:
        name = printable(path.name)
        try:
            content = await asyncio.to_thread(self._content, path)
            accepted = await self.take(Document(content, name))
        except Unreadable as error:
            moved = await asyncio.to_thread(_move, path, self.rejected)
            moved.with_name(moved.name + ".reason.txt").write_text(_explained(error), encoding="utf-8")
        else:
            await asyncio.to_thread(_move, path, self.done)
            self.log.info("inbox.file_taken", file=name, document_id=accepted.document_id)

    def _complain(self, path: Path, error: Exception) -> None:
        """Say it once a minute for each file: it is tried again at every look."""
        now = time.monotonic()
        if now - self._complained.get(path, -_COMPLAIN_EVERY_S) >= _COMPLAIN_EVERY_S:
            self._complained[path] = now
            self.log.error("inbox.file_failed", file=printable(path.name), error=repr(error))

    def _content(self, path: Path) -> bytes:
        size = path.stat().st_size
        if size > self.max_bytes:
            raise too_large(size, self.max_bytes)
        return path.read_bytes()


def _documents(folder: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    """The files that may be documents, by name, with what tells whether they still change."""
    for path in sorted(folder.iterdir()):
        try:
            if _is_document(path):
                found = path.stat()
                yield path, (found.st_size, found.st_mtime_ns)
        except FileNotFoundError:  # taken away between the two looks
            continue


def _is_document(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name.endswith(_UNFINISHED)
    return not hidden and path.is_file() and not path.is_symlink()


def _move(path: Path, folder: Path) -> Path:
    """Move a file. Its name is shortened so that a mark and the reason's ending still fit the file system."""
    name = _shortened(path)
    target = folder / name
    if target.exists():
        target = folder / f"{identity.document_id(path.read_bytes())[:12]}.{name}"
    return path.replace(target)


def _shortened(path: Path) -> str:
    raw, suffix = os.fsencode(path.stem), os.fsencode(path.suffix)[:_LONGEST_SUFFIX]
    return os.fsdecode(raw[:_LONGEST_STEM] + suffix) if len(raw) > _LONGEST_STEM else path.name


def _explained(error: Unreadable) -> str:
    place = f"Where: {error.where}\n" if error.where else ""
    return f"Code: {error.code}\nReason: {error.reason}\n{place}What to do: {error.remedy}\n"
