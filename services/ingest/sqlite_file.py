"""A SQLite file that several threads of one process use: what was written in it survives a loss of power."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class SqliteFile:
    """One connection, one lock; heirs keep their transactions short. schema: statements that may run again."""

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, timeout=10)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = full")
        self._database.execute("pragma secure_delete = on")
        self._database.executescript(schema)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._database.close()
