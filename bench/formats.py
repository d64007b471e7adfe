"""Reading measured in every format: the corpus, rendered as offices make documents, against its gold.

`python -m bench formats` prints F1 a field and format, and how many documents give the same notice as their text does;
`python -m bench.formats --verbose` names those that differ and in what, `--all` recognises every scan.
A fact is the same where it is the text's, or where the gold allows it: a header that is garbled in the text is printed
clean. Tasks are the text's, word by word.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.harness import Result
from bench.parse import documents, plain, read, score_document
from bench.rendering import FORMATS, SCAN, boxes_of, render
from bench.tallies import Scores
from contracts.notices import Notice, RecipientLine
from services.ingest.formats import Unreadable
from services.ingest.formats.recognise import can_recognise
from services.ingest.open_document import open_document

_FIELDS = ("number", "issuer", "issued_on", "subject", "addressees", "recipients", "signer", "tasks", "deadlines")
_SCANS = 12
_PURPOSE = re.compile(r"\s*\([^()]*\)?$")

Document = tuple[Path, list[dict[str, Any]]]


@dataclass(frozen=True)
class Difference:
    """A fact of a document that is not in a format what it is in its text."""

    file: str
    field: str
    meant: object
    given: object


@dataclass
class Reading:
    """How one format was read: scores against the gold, and where it differs from the text."""

    scores: Scores = field(default_factory=Scores)
    differences: list[Difference] = field(default_factory=list)
    documents: int = 0

    @property
    def same(self) -> int:
        """Documents that gave the same notices as their text."""
        return self.documents - len({each.file for each in self.differences})

    def f1(self, name: str) -> float:
        """Of one field, in three digits."""
        return round(self.scores.fields[name].f1, 3)


def read_format(kind: str, corpus: Sequence[Document]) -> Reading:
    """Every document rendered in a format and read."""
    reading = Reading()
    for path, golds in corpus:
        boxes = boxes_of(path.read_text(encoding="utf-8-sig"), golds)
        _compare(path, golds, _opened(render(boxes, path.name, kind)), reading)
    return reading


def read_text(corpus: Sequence[Document]) -> Reading:
    """Every document as it stands."""
    reading = Reading()
    for path, golds in corpus:
        _compare(path, golds, read(path.read_bytes(), path.name), reading)
    return reading


def _opened(content: bytes) -> list[Notice]:
    try:
        return open_document(content)
    except Unreadable:
        return []


def _compare(path: Path, golds: list[dict[str, Any]], gots: list[Notice], reading: Reading) -> None:
    known = len(reading.scores.misses)
    score_document(path.name, golds, gots, reading.scores)
    missed = {miss.field for miss in reading.scores.misses[known:]}
    reading.documents += 1
    meant = read(path.read_bytes(), path.name)
    if len(meant) != len(gots):
        reading.differences.append(Difference(path.name, "notices", len(meant), len(gots)))
    for one, other in zip(meant, gots, strict=False):
        reading.differences += _differences(path.name, one, other, missed)


def _differences(file: str, meant: Notice, got: Notice, missed: set[str]) -> Iterator[Difference]:
    wanted, given = _facts(meant), _facts(got)
    for name, value in given.items():
        if value != wanted[name] and (name in missed or name == "tasks"):
            yield Difference(file, name, wanted[name], value)


def _facts(notice: Notice) -> dict[str, object]:
    """What two readings of a notice must share."""
    return {
        "number": plain(notice.number),
        "issuer": plain(notice.issuer),
        "issued_on": notice.issued_on,
        "addressees": [plain(each.text) for each in notice.addressees],
        "recipients": [_without_purpose(each) for each in notice.recipients],
        "signer": plain(notice.signatory.name) if notice.signatory else "",
        "archive": plain(notice.archive),
        "tasks": [(task.assignees, plain(task.text), task.deadline) for task in notice.tasks],
    }


def _without_purpose(line: RecipientLine) -> str:
    """A recipient without its purpose, which stands in brackets or, by a brace, beside it."""
    return _PURPOSE.sub("", plain(line.text)) if line.purpose else plain(line.text)


def measure(*, verbose: bool = False, every_scan: bool = False) -> Result:
    """F1 of recipient lines in the text-layer format that is read worst, beside that of the text."""
    corpus = list(documents())
    text = read_text(corpus)
    _print("text", text, verbose=verbose)
    readings = {}
    for kind in FORMATS:
        readings[kind] = read_format(kind, corpus)
        _print(kind, readings[kind], verbose=verbose)
    detail: dict[str, Any] = {kind: _told(reading) for kind, reading in readings.items()}
    if can_recognise():
        scans = read_format(SCAN, corpus if every_scan else corpus[:: -(-len(corpus) // _SCANS)])
        _print(SCAN, scans, verbose=verbose)
        detail[SCAN] = _told(scans)
    else:
        print("scan: skipped, Tesseract and its Vietnamese model are not installed (tesseract-ocr, tesseract-ocr-vie)")
    worst = min(reading.f1("recipients") for reading in readings.values())
    return Result("formats", worst, "F1", text.f1("recipients"), "the same documents as text", detail)


def _told(reading: Reading) -> str:
    return f"{reading.f1('recipients')} ({reading.same}/{reading.documents} the same)"


def _print(kind: str, reading: Reading, *, verbose: bool) -> None:
    figures = "  ".join(f"{name} {reading.f1(name):.3f}" for name in _FIELDS)
    print(f"{kind:17} {figures}  same {reading.same} of {reading.documents}", flush=True)
    for each in reading.differences if verbose else ():
        print(f"  {each.file} {each.field}\n      text {each.meant}\n      here {each.given}")


if __name__ == "__main__":
    print(measure(verbose="--verbose" in sys.argv, every_scan="--all" in sys.argv).line())
