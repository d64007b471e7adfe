"""SQLite's write-ahead log goes back into the database beside the writing, not within it.

By itself SQLite copies the log back within the commit that makes it too long. That commit takes a hundred times as long
as others, and everybody waits for it. A copy that another connection makes keeps no writer waiting, and the less there
is to copy, the less the disk is kept from what is being committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event, Thread
from typing import Final

_EVERY_S: Final = 0.25


class Checkpoints:
    """A thread that looks four times a second whether `commits` grew, and copies the log of the file at `path` back.

    What it does not get to the end of, because commits go on meanwhile, SQLite does within a commit as it always did,
    once the log has the length for that. None: there is no such database, and nothing is done.
    """

    def __init__(self, path: str | None, commits: Callable[[], int]) -> None:
        self._path = path
        self._commits = commits
        self._stopped = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        if self._path is not None:
            self._thread = Thread(target=self._look, args=(self._path,), name="ledger-checkpoints", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End. Blocks while the log is being copied."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self, path: str) -> None:
        copied = self._commits()
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            while not self._stopped.wait(_EVERY_S):
                commits = self._commits()
                if commits != copied:
                    with suppress(sqlite3.OperationalError):  # busy, or the disk is full: a writer's commit says so
                        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                    copied = commits
