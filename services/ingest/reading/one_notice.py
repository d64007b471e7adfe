"""One notice with its boxes, and what stands in its header and body: read once, for everything that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from services.ingest.reading.boxes import Boxes
from services.ingest.reading.header.issuer import Issuer, read_issuer
from services.ingest.reading.header.marks import Urgency, read_marks
from services.ingest.reading.header.numbers import (
    LONGEST_DATED,
    Dated,
    Numbered,
    read_date,
    read_number,
    read_spoilt_date,
    stands_alone,
)
from services.ingest.reading.infer import type_of_symbol
from services.ingest.reading.landmarks import ANNEX, is_spoilt, motto_at
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.paragraphs import Paragraph, read_paragraphs, restored

_MARKED_LINES = 30


@dataclass(frozen=True)
class Reading:
    """One notice, its boxes, and what stands in its header."""

    lines: list[Line]
    boxes: Boxes
    number: Numbered | None
    dated: Dated | None
    issuer: Issuer
    urgency: Urgency
    secrecy: str | None
    secrecy_line: int | None

    @classmethod
    def of(cls, lines: list[Line], boxes: Boxes) -> Reading:
        """Read the header."""
        above = [line for line in lines[:_MARKED_LINES] if not boxes.body or line.number < boxes.body[0].number]
        urgency, secrecy, at = read_marks(above)
        return cls(lines, boxes, _number(boxes), _dated(lines, boxes), read_issuer(boxes.header), urgency, secrecy, at)

    @property
    def signs(self) -> int:
        """How many boxes of a notice the text shows."""
        boxes = self.boxes
        return sum(
            (
                self.number is not None,
                self.dated is not None and self.dated.place is not None,
                boxes.doc_type is not None,
                bool(boxes.addressees),
                boxes.listed is not None and bool(boxes.listed.recipients or boxes.listed.archive),
                boxes.signatory is not None and boxes.signatory.name is not None,
                any(motto_at(line.text) is not None for line in boxes.header),
                self.issuer.name is not None,
            )
        )

    @cached_property
    def body(self) -> list[Paragraph]:
        """The body (box 6)."""
        return read_paragraphs(self.boxes.body)

    @cached_property
    def annexes(self) -> list[Paragraph]:
        """The annexes that are running text: tables, forms and lists of names assign nothing."""
        cut = next((at for at, line in enumerate(self.boxes.annexes) if ANNEX.match(line.folded)), None)
        return read_paragraphs(self.boxes.annexes[:cut])

    @cached_property
    def for_tasks(self) -> list[Paragraph]:
        """The body with words put back that noise spoilt."""
        return restored(self.body)

    @cached_property
    def annexes_for_tasks(self) -> list[Paragraph]:
        """The annexes with words put back that noise spoilt."""
        return restored(self.annexes)

    @cached_property
    def spoilt_header(self) -> list[int]:
        """The header's lines with something known by the second try alone."""
        return [line.number for line in self.boxes.header if any(is_spoilt(cell.text) for cell in line.cells)]

    @property
    def doc_type(self) -> str | None:
        """The type: as headed, else as the symbol says; a document with addressees and no type is a letter."""
        if self.boxes.doc_type:
            return self.boxes.doc_type
        named = type_of_symbol(self.number.symbol) if self.number else None
        return named or ("công văn" if self.boxes.addressees else None)


def _number(boxes: Boxes) -> Numbered | None:
    found = [number for line in boxes.header if (number := read_number(line.text))]
    if not found:
        found = [number for line in boxes.header for cell in line.cells if (number := read_number(cell.text))]
    if not found:
        found = [
            number for line in boxes.header for cell in line.cells if (number := read_number(cell.text, bare=True))
        ]
    return next((number for number in found if number.number), found[0] if found else None)


def _dated(lines: list[Line], boxes: Boxes) -> Dated | None:
    """Box 4 in the header; else place and date on a line of their own anywhere above the list."""
    found = [dated for line in boxes.header if (dated := _date_on(line)) and dated.place]
    if not found:
        found = [dated for line in lines[: len(lines) - len(boxes.annexes)] if (dated := stands_alone(line))]
    if not found and (spoilt := _spoilt_date(boxes)):
        return spoilt
    if not found:
        bare = [read_date(cell.text) for line in boxes.header for cell in line.cells if cell.folded.startswith("ngay ")]
        found = [dated for dated in bare if dated]
    return found[0] if found else None


def _spoilt_date(boxes: Boxes) -> Dated | None:
    spoilt = (read_spoilt_date(cell.text) for line in boxes.header for cell in line.cells)
    return next((dated for dated in spoilt if dated), None)


def _date_on(line: Line) -> Dated | None:
    """The date of a header line: in one cell, or across the gap that a blank day leaves."""
    for index in range(len(line.cells)):
        if dated := read_date(line.cells[index].text):
            return dated
    texts = [cell.text for cell in line.cells]
    # No cell is empty: more of them would not be looked at.
    across = (read_date(" ".join(texts[index : index + LONGEST_DATED])) for index in range(len(texts)))
    return next((dated for dated in across if dated), None)
