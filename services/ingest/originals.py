"""The originals, each in a file named by the SHA-256 of its content."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{64}")


class OriginalsFolder:
    """A content-addressed store in a folder: `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, document_id: str, content: bytes) -> None:
        """Write the content durably under its id: whole or not at all."""
        path = self._path(document_id)
        if path.exists():
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

    def _path(self, document_id: str) -> Path:
        if not _ID.fullmatch(document_id):
            raise ValueError("a document id is 64 hexadecimal digits")
        return self._folder / document_id[:2] / document_id
