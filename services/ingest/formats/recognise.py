"""Pictures of pages become words: Tesseract is called as a program, when it is there."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

from PIL import Image

from services.ingest.formats.limits import Deadline, out_of_time
from services.ingest.formats.page import Word
from services.ingest.formats.part_columns import Part, in_one_column, moved_at
from services.ingest.formats.straighten import straighten
from services.ingest.reading import Unreadable

DPI = 300
"""Dots per inch at which pages are recognised: accents are lost below some 250."""
_LEAST_SURE = 20
"""Per cent: words that Tesseract is less sure of are strokes of seals and signatures, unless they stand in print."""
_SURE = 70
"""Per cent: a line that is as sure by half its words is print."""
_LANGUAGE = "vie"
_ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
_PLAIN = frozenset("-–—+•*.,;:/()")


@dataclass(frozen=True)
class Recognised:
    """The words of a picture, in points at `dpi`, and how sure Tesseract was of them, in per cent."""

    words: tuple[Word, ...]
    confidence: float


def can_recognise() -> bool:
    """Whether Tesseract and its Vietnamese model are on this machine."""
    program = shutil.which("tesseract")
    return program is not None and _LANGUAGE in _languages(program)


@cache
def _languages(program: str) -> frozenset[str]:
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(listed.stdout.split())


def no_text(reason: str) -> Unreadable:
    """The refusal of a document whose text can only be recognised, on a machine that cannot."""
    return Unreadable(
        "no_text",
        f"{reason} Recognising it needs Tesseract, which is not installed here.",
        "Install the Debian packages tesseract-ocr and tesseract-ocr-vie, or send a PDF or DOCX that holds its text.",
    )


def recognise(picture: Image.Image, dpi: float, deadline: Deadline) -> Recognised:
    """The words on a picture of a page that stands upright. Raises Unreadable: no_text, timeout."""
    program = shutil.which("tesseract")
    if program is None:
        raise no_text("The page is a picture.")
    packed = io.BytesIO()
    column, parts = in_one_column(straighten(picture), dpi)
    column.save(packed, "PPM")
    command = [program, "stdin", "stdout", "-l", _LANGUAGE, "--psm", "4", "--dpi", str(round(dpi)), "tsv"]
    try:
        done = subprocess.run(
            command,
            input=packed.getvalue(),
            capture_output=True,
            timeout=max(deadline.left, 0.1),
            check=True,
            env={**os.environ, **_ONE_THREAD},
        )
    except subprocess.TimeoutExpired as error:
        raise out_of_time(deadline.seconds) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise no_text("The page is a picture, and Tesseract failed on it.") from error
    return _read_tsv(done.stdout.decode("utf-8", "replace"), 72 / dpi, parts)


def _read_tsv(table: str, scale: float, parts: Sequence[Part]) -> Recognised:
    """The rows of level 5, words, each given the height of its whole line: ink alone is no measure of a line.

    Each goes back to where it stood before its column was moved.
    """
    lines: dict[tuple[str, ...], list[tuple[str, float, float, float, float, float]]] = defaultdict(list)
    for entry in table.splitlines()[1:]:
        fields = entry.split("\t")
        if len(fields) == 12 and fields[0] == "5" and fields[11].strip():
            left, top, width, height, sure = (float(field) for field in fields[6:11])
            top -= moved_at(parts, top + height / 2)
            lines[tuple(fields[1:5])].append((fields[11].strip(), left, top, width, height, sure))
    words = [word for line in lines.values() for word in _words(line, scale)]
    sureness = [entry[5] for line in lines.values() for entry in line]
    return Recognised(tuple(words), median(sureness) if sureness else 0.0)


def _words(line: list[tuple[str, float, float, float, float, float]], scale: float) -> list[Word]:
    """The words of a line. One that is unsure stays where most of its line is sure: it stands among print."""
    tall = [entry for entry in line if not _PLAIN.issuperset(entry[0])] or line
    bottom = median(top + height for _, _, top, _, height, _ in tall)
    height = median(height for _, _, _, _, height, _ in tall)
    is_print = median(entry[5] for entry in line) >= _SURE
    return [
        Word(text, left * scale, (left + width) * scale, (bottom - height) * scale, bottom * scale, sure=sure / 100)
        for text, left, _, width, _, sure in line
        if sure >= _LEAST_SURE or (is_print and sum(map(str.isalnum, text)) > 1)
    ]
