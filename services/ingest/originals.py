"""The originals, each in a file named by the SHA-256 of its content."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{64}")


class OriginalsFolder:
    """A content-addressed store in a folder: `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, document_id: str, content: bytes) -> None:
        """Write the content durably under its id: whole or not at all. What is there is as old as when it came last."""
        path = self._path(document_id)
        if path.exists():
            path.touch()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)

    def fetch(self, document_id: str) -> bytes | None:
        """The content, None where it is not kept."""
        path = self._path(document_id)
        return path.read_bytes() if path.exists() else None

    def older(self, before: datetime) -> Iterator[str]:
        """Ids of the documents that were kept before that moment."""
        for folder in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            for path in sorted(folder.iterdir()):
                with suppress(FileNotFoundError):
                    if _ID.fullmatch(path.name) and path.stat().st_mtime < before.timestamp():
                        yield path.name

    def document_of(self, name: str) -> str:
        """The name of a file is the id."""
        return name

    def remove(self, name: str) -> None:
        """Remove a document; nothing where it is gone."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, document_id: str) -> Path:
        if not _ID.fullmatch(document_id):
            raise ValueError("a document id is 64 hexadecimal digits")
        return self._folder / document_id[:2] / document_id
