"""Files that were taken from the watched folder and lie in its `done` and `rejected` folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from contracts import identity

_REASON = ".reason.txt"


class TakenFiles:
    """By their paths. A file is as old as its move: the time of its last change of state."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def older(self, before: datetime) -> Iterator[str]:
        """Paths of files that were put there before that moment, without those that only give a reason."""
        for folder in (each for each in self._folders if each.is_dir()):
            for path in sorted(folder.iterdir()):
                with suppress(FileNotFoundError):
                    is_file = path.is_file() and not path.is_symlink() and not path.name.endswith(_REASON)
                    if is_file and path.stat().st_ctime < before.timestamp():
                        yield str(path)

    def document_of(self, name: str) -> str:
        """The document that a file holds."""
        return identity.document_id(Path(name).read_bytes())

    def remove(self, name: str) -> None:
        """Remove a file, with the reason beside it."""
        Path(name).unlink(missing_ok=True)
        Path(name + _REASON).unlink(missing_ok=True)
