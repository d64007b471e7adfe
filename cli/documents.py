"""Files given on the command line, read into notices as ingest reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.answer import WORDS, fail
from contracts import identity
from contracts.notices import Notice, NoticeParsed, Original
from services.ingest.formats import media_type_of
from services.ingest.handlers import printable
from services.ingest.identify import identified, notice_ids
from services.ingest.open_document import open_whole
from services.ingest.ports import Registered
from services.ingest.reading import Unreadable


@dataclass(frozen=True)
class Read:
    """What was found in one file: its notices, or why there are none.

    text: as it was laid out for reading. paged: the notices' evidence names boxes on pages.
    """

    path: Path
    notices: tuple[NoticeParsed, ...] = ()
    error: Unreadable | None = None
    text: str = ""
    paged: bool = False

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
            yield _read(path)
        except Unreadable as error:
            yield Read(path, error=error)


def _read(path: Path) -> Read:
    content = path.read_bytes()
    opened = open_whole(content, file_name=printable(path.name))
    return Read(path, tuple(_identified(path, content, opened.notices)), text=opened.text, paged=opened.paged)


def _identified(path: Path, content: bytes, notices: Sequence[Notice]) -> list[NoticeParsed]:
    name = printable(path.name)
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
