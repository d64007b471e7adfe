"""One notice taken apart into the boxes of Decree 30/2020/NĐ-CP, annex I: header, body, list, signature, annexes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from contracts.notices import Addressee, Signatory
from services.ingest.reading.drafts import Doubts
from services.ingest.reading.header.numbers import read_number, stands_alone
from services.ingest.reading.header.subject import subject_of_letter, subject_under_type
from services.ingest.reading.landmarks import (
    AUTHORITY,
    CLOSING,
    HEADS,
    MARK,
    SUBJECT_MARK,
    doc_type_of,
    is_archive,
    is_signature,
    is_spoilt,
    motto_at,
    opens_recipients,
)
from services.ingest.reading.lists.addressees import addressed_at, read_addressees
from services.ingest.reading.lists.recipients import ReadList, read_recipients
from services.ingest.reading.lists.signature import name_in, read_signature
from services.ingest.reading.text.lines import Line

_HEADER_LINES = 45
_SHORT = 90
_BARE_MARK = re.compile(r"\W{0,3}ve (?!viec)")


@dataclass(frozen=True)
class Boxes:
    """The boxes of one notice. `header` ends where the type, the subject or the addressees begin.

    top: every line above the body. closing: the lines of list and signature.
    """

    header: list[Line]
    top: list[Line]
    doc_type: str | None
    subject: str | None
    addressees: tuple[Addressee, ...]
    body: list[Line]
    closing: list[Line]
    listed: ReadList | None
    signatory: Signatory | None
    annexes: list[Line]


def find_boxes(lines: list[Line], doubts: Doubts) -> Boxes:
    """Take the lines of one notice apart."""
    type_at, addressed, letter_at = _openings(lines)
    starts = [at for at in (type_at, addressed, letter_at) if at is not None]
    header = lines[: min(starts)] if starts else lines[: _header_end(lines)]
    doc_type, subject, below = None, None, len(header)
    if type_at is not None:
        doc_type, rest = doc_type_of(lines[type_at].text) or ("", "")
        if is_spoilt(lines[type_at].text):
            doubts.add_noise(lines[type_at].number)
        subject, below = subject_under_type(lines, type_at, rest)
        header, below = _header_below(lines, header, below)
    elif letter_at is not None:
        subject, below = subject_of_letter(lines, letter_at)
        header = [*header, *lines[letter_at:below]]
    if subject is None and letter_at is not None and type_at is not None and letter_at < type_at:
        subject, _ = subject_of_letter(lines, letter_at)
    addressees: tuple[Addressee, ...] = ()
    if addressed is not None:
        if letter_at is not None and type_at is None:
            header = [*header, *lines[below:addressed]]
        addressees, below = read_addressees(lines, addressed)
    body_end, listed, signatory, rest_at = _closing_boxes(lines, below, doubts)
    return Boxes(
        header=header,
        top=lines[:below],
        doc_type=doc_type,
        subject=subject,
        addressees=addressees,
        body=lines[below:body_end],
        closing=lines[body_end:rest_at],
        listed=listed,
        signatory=signatory,
        annexes=lines[rest_at:],
    )


def _header_below(lines: list[Line], header: list[Line], below: int) -> tuple[list[Line], int]:
    """The rest of a header that an export put under the type: only where no number stands above it."""
    if any(read_number(line.text) for line in header):
        return header, below
    end = below
    while end < min(below + 8, len(lines)) and _is_header_line(lines[end]):
        end += 1
    moved = lines[below:end]
    return ([*header, *moved], end) if any(read_number(line.text) for line in moved) else (header, below)


def _is_header_line(line: Line) -> bool:
    if len(line.text) > 110:
        return False
    named = line.capital and HEADS.match(line.folded)
    return bool(named or read_number(line.text) or stands_alone(line) or motto_at(line.text) is not None)


def _openings(lines: list[Line]) -> tuple[int | None, int | None, int | None]:
    """Indices of the type heading, of the list of addressees and of "V/v"; each None where the notice has none."""
    addressed = addressed_at(lines)
    type_at = letter_at = None
    for index, line in enumerate(lines[:_HEADER_LINES]):
        if index == addressed or opens_recipients(line):
            break
        if len(line.text) > 250 and index > 3:
            break
        if letter_at is None and _marks_subject(lines, index):
            letter_at = index
        if any(doc_type_of(cell.text) for cell in line.cells):
            type_at = index
            break
    if letter_at is not None and type_at is not None and letter_at > type_at:
        letter_at = None
    if letter_at is not None and type_at is not None and addressed is not None and addressed < type_at:
        type_at = None
    return type_at, addressed, letter_at


def _marks_subject(lines: list[Line], at: int) -> bool:
    """Whether a line opens box 5b: with "V/v", or with "Về …" right under the number."""
    marked = [cell for cell in lines[at].cells if SUBJECT_MARK.match(cell.folded)]
    if not marked or not _BARE_MARK.match(marked[0].folded):
        return bool(marked)
    return at > 0 and read_number(lines[at - 1].text) is not None


def _header_end(lines: list[Line]) -> int:
    """Where the header ends when neither type nor addressees tell: at the first line long enough to be a sentence."""
    above = lines[:_HEADER_LINES]
    return next((index for index, line in enumerate(above) if len(line.text) > _SHORT), len(above))


def _closing_boxes(lines: list[Line], below: int, doubts: Doubts) -> tuple[int, ReadList | None, Signatory | None, int]:
    """Where the body ends; the list; the signature; where the annexes begin."""
    at, headed = _list_at(lines, below)
    if at is None:
        return _only_signed(lines, below)
    if not headed:
        doubts.add("recipients_heading_missing", "the list stands without its heading Nơi nhận", lines[at].number)
    listed = read_recipients(lines, at, headed, doubts)
    after = lines[listed.end : listed.end + 14]
    signatory, taken = read_signature([*listed.right, *(_signing(line, doubts) for line in after)])
    rest_at = listed.end + max(0, taken - len(listed.right)) if signatory else listed.end
    body_end = at
    if signatory is None or (signatory.name is None and signatory.title is None):
        body_end, above = _signed_above(lines, below, at)
        signatory = above or signatory
    return body_end, listed, signatory, min(rest_at, len(lines))


def _signing(line: Line, doubts: Doubts) -> str:
    """A line of box 7; where two bodies sign side by side, what the one on the right says, who drew it up."""
    if len(line.cells) == 2 and all(name_in(cell.text) or is_signature(cell.text) for cell in line.cells):
        doubts.add("second_signer", f"another signs beside: {line.cells[0].text}", line.number)
        return line.cells[1].text
    return line.text


def _list_at(lines: list[Line], below: int) -> tuple[int | None, bool]:
    """Index of the list of recipients and whether it has its heading."""
    for index in range(max(below - 1, 0), len(lines)):
        if opens_recipients(lines[index]):
            return index, True
    for index in range(below, len(lines)):
        text = lines[index].cells[0].text
        mark = MARK.match(text)
        if len(text) < _SHORT and is_archive(text[mark.end() :] if mark else text, bool(mark)):
            return _first_of_run(lines, below, index), False
    for index in range(below, len(lines) - 1):
        if _is_item(lines[index + 1]) and CLOSING.search(lines[index].text):
            return index + 1, False
    return None, False


def _first_of_run(lines: list[Line], below: int, last: int) -> int:
    """The first line of a list known by its archive line: short lines above it, up to the end of a sentence."""
    first = last
    for index in range(last - 1, below - 1, -1):
        line = lines[index]
        if len(line.text) > 140 or CLOSING.search(line.text) or is_signature(line.text):
            break
        if not MARK.match(line.cells[0].text) and line.text.rstrip().endswith("."):
            break
        first = index
    return first


def _is_item(line: Line) -> bool:
    return bool(MARK.match(line.cells[0].text)) and len(line.text) < _SHORT


def _signed_above(lines: list[Line], below: int, at: int) -> tuple[int, Signatory | None]:
    """A signature that stands above the list, as some exports of two columns have it."""
    first = at
    for index in range(at - 1, max(below, at - 12) - 1, -1):
        if len(lines[index].text) > 80 or CLOSING.search(lines[index].text):
            break
        first = index
    while first < at and not is_signature(lines[first].text):
        first += 1
    signatory, _ = read_signature([line.text for line in lines[first:at]]) if first < at else (None, 0)
    return (first, signatory) if signatory and signatory.name else (at, None)


def _only_signed(lines: list[Line], below: int) -> tuple[int, ReadList | None, Signatory | None, int]:
    """A notice without a list: its signature is the first authority or title in capitals that a name follows."""
    for index in range(below, len(lines)):
        if not is_signature(lines[index].text) or len(lines[index].text) > _SHORT:
            continue
        block = [line.text for line in lines[index : index + 10]]
        if not (AUTHORITY.match(lines[index].folded) or any(name_in(text) for text in block)):
            continue
        signatory, taken = read_signature(block)
        if signatory and (signatory.name or signatory.authority):
            return index, None, signatory, min(index + taken, len(lines))
    return len(lines), None, None, len(lines)
