"""A watched folder: a file leaves it only after its notices are on Kafka, or with the reason why they cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from contracts import identity
from services.ingest.handlers import Accepted, Document, printable, too_large
from services.ingest.reading import Unreadable
from services.runtime.health import Progress
from services.runtime.logging import Log
from services.runtime.publish import NotPublished

LOOP = "inbox"
_UNFINISHED = (".part", ".tmp", ".crdownload")


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

    async def watch(self) -> None:
        """Look at the folder for ever."""
        for place in (self.done, self.rejected):
            place.mkdir(parents=True, exist_ok=True)
        while True:
            await self.look()
            self.progress.beat(LOOP)
            await asyncio.sleep(self.interval_s)

    async def look(self) -> None:
        """Take in what has not changed since the last look."""
        found = {path: _state(path) for path in sorted(self.folder.iterdir()) if _is_document(path)}
        settled = [path for path, state in found.items() if self._seen.get(path) == state]
        self._seen = found
        for path in settled:
            await self._take(path)

    @property
    def done(self) -> Path:
        """Where files go whose notices are on Kafka."""
        return self.folder / "done"

    @property
    def rejected(self) -> Path:
        """Where files go that hold no readable notice, each with a reason file."""
        return self.folder / "rejected"

    async def _take(self, path: Path) -> None:
        name = printable(path.name)
        try:
            accepted = await self.take(Document(self._content(path), name))
        except Unreadable as error:
            moved = _move(path, self.rejected)
            moved.with_name(moved.name + ".reason.txt").write_text(_explained(error), encoding="utf-8")
        except (NotPublished, OSError) as error:
            self.log.error("inbox.file_failed", file=name, error=repr(error))
        else:
            _move(path, self.done)
            self.log.info("inbox.file_taken", file=name, document_id=accepted.document_id)

    def _content(self, path: Path) -> bytes:
        size = path.stat().st_size
        if size > self.max_bytes:
            raise too_large(size, self.max_bytes)
        return path.read_bytes()


def _is_document(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name.endswith(_UNFINISHED)
    return not hidden and path.is_file() and not path.is_symlink()


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _move(path: Path, folder: Path) -> Path:
    target = folder / path.name
    if target.exists():
        target = folder / f"{path.stem}.{identity.document_id(path.read_bytes())[:12]}{path.suffix}"
    return path.replace(target)


def _explained(error: Unreadable) -> str:
    place = f"Where: {error.where}\n" if error.where else ""
    return f"Code: {error.code}\nReason: {error.reason}\n{place}What to do: {error.remedy}\n"
