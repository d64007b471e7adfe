"""The corpus's texts as offices send them, made once each: as text and in every format that bench.rendering makes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from bench.parse import CORPUS
from bench.rendering import FORMATS, boxes_of, render

TEXT = "text"
KINDS = (TEXT, *FORMATS)
"""What a paper can be made as."""


@cache
def sources() -> tuple[Path, ...]:
    """The corpus's texts, in the order of their names."""
    return tuple(sorted(path for path in CORPUS.iterdir() if path.suffix in {".txt", ".md"}))


@cache
def words_of(source: Path) -> str:
    """A corpus text as it is written."""
    return source.read_text(encoding="utf-8-sig")


@cache
def paper(source: Path, kind: str) -> bytes:
    """A corpus text as one of KINDS."""
    if kind == TEXT:
        return words_of(source).encode()
    golds = json.loads(source.with_name(f"{source.stem}.gold.json").read_text(encoding="utf-8"))
    return render(boxes_of(words_of(source), golds), source.name, kind)
