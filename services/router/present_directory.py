"""The directory as it is now: as shipped, with what operators have said since."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.directory import DirectoryEntry
from services.router.directory import Directory
from services.router.directory.correct import corrected
from services.runtime.logging import Log


class PresentDirectory:
    """Holds the present directory; entries make a new one, and who has the old one keeps it to the end of its work."""

    def __init__(self, shipped: Directory, log: Log) -> None:
        self._shipped = shipped
        self._log = log
        self._entries: dict[str, DirectoryEntry] = {}
        self.current = shipped

    def take(self, entries: Sequence[DirectoryEntry]) -> None:
        """Lay further entries over the shipped directory."""
        self._entries |= {entry.entry_id: entry for entry in entries}
        self.current = corrected(self._shipped, self._entries.values())
        self._log.info(
            "directory.corrected",
            entries=[entry.entry_id for entry in entries],
            authors=sorted({entry.author for entry in entries}),
            directory_version=self.current.version,
        )
