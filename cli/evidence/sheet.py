"""The rows as CSV, UTF-8 with a byte order mark so that Excel opens it right, the hash in its last row; read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from cli.evidence.rows import Row, content_hash

HASH: Final = "sha256"
"""Kind of the last row."""
_ACTIVE: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'", "|", "%")
"""Beginnings that a spreadsheet takes for a formula or a command; and the mark that stops it, to be read back."""


class NotEvidence(Exception):
    """The text is no such CSV. The message says where and why."""


def sheet(rows: Sequence[Row]) -> bytes:
    """The CSV: a header, the rows, and one with their hash. What could be taken for a formula gets an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(Row._fields)
    writer.writerows([_guarded(cell) for cell in row] for row in (*rows, Row(HASH, sha256=content_hash(rows))))
    return text.getvalue().encode("utf-8-sig")


def rows_in(content: bytes) -> tuple[list[Row], str]:
    """The rows of a CSV and the hash that it names, however a spreadsheet has parted its columns since.

    Raises NotEvidence.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotEvidence("it is not UTF-8: a program has written it anew") from None
    try:
        header, *found = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    except (csv.Error, ValueError) as error:
        raise NotEvidence(f"it cannot be read as CSV: {error}") from None
    for number, cells in enumerate(found, start=2):
        if len(cells) != len(header):
            raise NotEvidence(f"row {number} has not {len(header)} columns")
    rows = [Row(*map(_unguarded, cells)) for cells in found]
    if not rows or rows[-1].kind != HASH:
        raise NotEvidence("its last row names no hash: something was cut off")
    return rows[:-1], rows[-1].sha256


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0].strip().replace('"', "")
    for mark in ",;\t":
        if tuple(header.split(mark)) == Row._fields:
            return mark
    raise NotEvidence(f"its first row is not {','.join(Row._fields)}")


def _guarded(cell: str) -> str:
    return f"'{cell}" if _is_active(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _is_active(cell[1:]) else cell


def _is_active(cell: str) -> bool:
    """Also behind white space, which some spreadsheets leave out."""
    return cell[:1] in {"\t", "\r", "\n"} or cell.lstrip().startswith(_ACTIVE)
