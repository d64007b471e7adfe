"""Files given on the command line, read into notices as ingest reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.answer import WORDS, fail
from contracts import identity
from contracts.notices import NoticeParsed, Original
from services.ingest.formats import media_type_of
from services.ingest.handlers import printable
from services.ingest.identify import identified, notice_ids
from services.ingest.open_document import open_document
from services.ingest.ports import Registered
from services.ingest.reading import Unreadable


@dataclass(frozen=True)
class Read:
    """What was found in one file: its notices, or why there are none."""

    path: Path
    notices: tuple[NoticeParsed, ...] = ()
    error: Unreadable | None = None

    @property
    def refusal(self) -> str | None:
        """Why there are none, and what to do, on one line."""
        if self.error is None:
            return None
        place = f" ({self.error.where})" if self.error.where else ""
        return f"{self.path.name}: {self.error.reason.rstrip('.')}{place}. {self.error.remedy}"


def files(paths: Iterable[Path]) -> list[Path]:
    """The files among `paths` and in their folders, hidden ones left out. Ends the command where one is not there."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        elif path.exists():
            found.append(path)
        else:
            fail(f"there is no file {path}", WORDS)
    return found


def read_all(paths: Iterable[Path]) -> Iterator[Read]:
    """Read every file, in order; nothing is published or kept."""
    for path in paths:
        try:
            yield Read(path, tuple(_notices(path)))
        except Unreadable as error:
            yield Read(path, error=error)


def _notices(path: Path) -> list[NoticeParsed]:
    content = path.read_bytes()
    name = printable(path.name)
    notices = open_document(content, file_name=name)
    document_id = identity.document_id(content)
    numbered = [Registered(notice_id, 1) for notice_id in notice_ids(document_id, notices)]
    return identified(
        document_id,
        notices,
        numbered,
        received_at=datetime.fromtimestamp(int(path.stat().st_mtime), UTC),
        original=Original(
            url=f"file:{name}", file_name=name, media_type=media_type_of(content), size_bytes=len(content)
        ),
    )
