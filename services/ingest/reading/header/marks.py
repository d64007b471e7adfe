"""Urgency and secrecy (boxes 10a and 10b): marks in capitals that fill a cell of their own above the body."""

from __future__ import annotations

from typing import Literal, cast

from services.ingest.reading.header.numbers import read_date, read_number
from services.ingest.reading.landmarks import doc_type_of
from services.ingest.reading.text.folding import fold
from services.ingest.reading.text.keep import kept
from services.ingest.reading.text.lines import Line
from services.ingest.reading.vocabulary import rows

Urgency = Literal["thường", "khẩn", "thượng khẩn", "hỏa tốc"]
_MARKS = {row["mark"]: (row["box"], row["meaning"]) for row in rows("marks")}
_FOLDED = {fold(mark): (mark, *found) for mark, found in _MARKS.items()}


def read_marks(lines: list[Line]) -> tuple[Urgency, str | None, int | None]:
    """The urgency, the secrecy mark if there is one, and the line of the latter."""
    urgency, secrecy, at = "thường", None, None
    for line in lines:
        for cell in line.cells:
            found = _mark(cell.text)
            if found and found[0] == "urgency":
                urgency = found[1]
            elif found and secrecy is None:
                secrecy, at = found[1], line.number
    return cast(Urgency, urgency), secrecy, at


@kept
def _mark(text: str) -> tuple[str, str] | None:
    """The mark that a cell shows. Accents may be lost in a scan, capitals not."""
    if (dated := read_date(text)) and dated.place:
        text = text[: dated.start + dated.written.find(dated.place)]
    if number := read_number(text):
        text = text[number.end :]
    bare = text.strip(" .,:;()[]*\"'“”-–|")
    if not bare.isupper() or len(bare) > 20:
        return None
    if named := doc_type_of(text):
        bare = bare[len(named[0]) :].strip()
    found = _FOLDED.get(fold(bare).replace("hoa toc hen gio", "hoa toc"))
    if found is None or (bare != found[0] and not bare.isascii() and fold(bare) == "mat"):
        return None
    return found[1], found[2]
