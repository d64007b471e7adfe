"""The corpus's texts as offices send them: as text, Word documents, PDFs and web pages."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bench.parse import CORPUS

render = importlib.import_module("tests.ingest.formats.render")
"""The one place that names it: tests are outside of what mypy follows."""

_MAKERS: dict[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "docx": render.docx_with_tables,
    "pdf": render.pdf_two_columns,
    "html": render.html_with_tables,
}
KINDS = tuple(_MAKERS)
"""What a paper can be made as."""


@cache
def sources() -> tuple[Path, ...]:
    """The corpus's texts, in the order of their names."""
    return tuple(sorted(path for path in CORPUS.iterdir() if path.suffix in {".txt", ".md"}))


@cache
def words_of(source: Path) -> str:
    """A corpus text as it is written."""
    return source.read_text(encoding="utf-8")


@cache
def paper(source: Path, kind: str) -> bytes:
    """A corpus text as one of KINDS."""
    return _MAKERS[kind](words_of(source))
