"""Who gets the notice (box 9b, "Nơi nhận"): the list, its purposes and groups, and the archive line that ends it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from contracts.notices import RecipientLine
from services.ingest.reading.drafts import Doubts
from services.ingest.reading.landmarks import (
    ANNEX,
    MARK,
    RECIPIENTS,
    holds_motto,
    is_archive,
    is_signature,
    is_spoilt,
    is_type_heading,
)
from services.ingest.reading.lists.items import Item, Piece, joins_above, pieces, usual_end, without_closing
from services.ingest.reading.lists.purposes import channel_of, is_purpose, purpose_of
from services.ingest.reading.lists.signature import name_in, split_signature
from services.ingest.reading.text.folding import fold, is_capital
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.noise import is_dirty, without_dirty_words

_LINES = TypeAdapter(tuple[RecipientLine, ...])
_ARCHIVE_WORD = re.compile(r"^\W*(?:[Ll1I|]{0,2}[ƯưUu]{1,3}|[Ll1I|]{1,2}\w[Uu])\s*:?\s*")
_GROUP = re.compile(r"(?:gui|ban giay|ban dien tu|ban chinh|nhan van ban|qua mang|van ban)\b")
_RIGHT_OF = 24
"""Columns by which a cell must stand right of the heading to belong to the signature's column."""
_LONGEST_ITEM = 400
_BRACE = re.compile(r"^[\\/}|⎫⎬⎭]+\s*(?=\(|$)")
_BRACE_END = re.compile(r"(?<=[;,.])\s+[\\/}|⎫⎬⎭]$")
_BRACES = tuple("\\/}|⎫⎬⎭")
_CONTINUES = re.compile(r"[,;]\s*\w")
_TORN_PURPOSE = re.compile(r"\(\s*(?:để|đề)?\s*$")


@dataclass
class _Column:
    """The left column as it is met, and what was found to its right."""

    found: list[Piece] = field(default_factory=list)
    beside: list[tuple[int, str]] = field(default_factory=list)
    between: list[tuple[int, str]] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    braced: list[int] = field(default_factory=list)
    torn: tuple[int, str] | None = None


@dataclass(frozen=True)
class ReadList:
    """A list of recipients, its archive line, and the signature lines that stood beside it."""

    recipients: tuple[RecipientLine, ...]
    archive: str | None
    complete: bool
    right: tuple[str, ...]
    end: int


def read_recipients(lines: list[Line], at: int, headed: bool, doubts: Doubts) -> ReadList:
    """The list that opens at index `at`; `headed` says whether that line is the heading "Nơi nhận"."""
    column = _Column()
    base = lines[at].cells[0].start + _RIGHT_OF
    if headed:
        _take_heading(lines[at], column)
    index = at + headed
    archive = _taken_archive(column, 0)
    ended = False
    while index < len(lines) and not ended:
        line = lines[index]
        if _ends_list(line, column, base, bool(archive)):
            ended = True
            break
        if archive and _CONTINUES.match(line.cells[0].text):
            archive[0] = f"{archive[0].rstrip()}{line.cells[0].text.strip()}"
            index += 1
            continue
        before = len(column.found)
        _take_line(line, column, base)
        archive = archive or _taken_archive(column, before)
        index += 1
    recipients = _assemble(column, doubts)
    if archive and is_spoilt(archive[0]):
        doubts.add_noise(lines[index - 1].number)
    complete = bool(archive) or (ended and bool(recipients)) or _ends_naturally(column)
    return ReadList(recipients, _archive_text(archive), complete, tuple(column.right), index)


def _take_heading(line: Line, column: _Column) -> None:
    first = line.cells[0].text
    match = RECIPIENTS.match(fold(first))
    rest = first[match.end() if match else 0 :].strip(" :;.")
    if rest and is_signature(rest):
        column.right.append(rest)
    elif rest:
        column.found += _without_tails(pieces(rest, line.number), column)
    for cell in line.cells[1:]:
        _take_beside(cell.text, column)


def _take_line(line: Line, column: _Column, base: int) -> None:
    first, *others = line.cells
    marked = MARK.match(first.text)
    if first.start >= base and not marked:
        if is_purpose(first.text):
            column.between.append((len(column.found), first.text))
        else:
            column.right.append(first.text)
    elif not marked and is_signature(first.text):
        column.right.append(first.text)
    else:
        text = first.text
        while others and not _is_beside(others[0].text, text):
            text = f"{text} {others.pop(0).text}"
        text, drawn = _BRACE_END.subn("", text) if text.endswith(_BRACES) else (text, 0)
        column.found += _without_tails(pieces(text, line.number), column)
        if drawn:
            column.braced.append(len(column.found) - 1)
    for cell in others:
        _take_beside(cell.text, column)


def _is_beside(text: str, before: str) -> bool:
    """Whether a second cell is another column, not the rest of an item that was set with wide spaces."""
    if is_purpose(text) or is_capital(text) or name_in(text) or is_signature(text) or is_dirty(text):
        return True
    return before.rstrip().endswith((";", ".", ","))


def _take_beside(text: str, column: _Column) -> None:
    """Sort what stands right of an item: a brace, a purpose (which two lines may share), else the signature."""
    at = len(column.found) - 1
    text, drawn = _BRACE.subn("", text)
    if drawn:
        column.braced.append(at)
    if column.torn:
        (at, above), column.torn = column.torn, None
        text = f"{above} {text}"
    if is_purpose(text):
        column.beside.append((at, text if text.startswith(("(", "[")) else f"({text})"))
    elif _TORN_PURPOSE.match(text):
        column.torn = (at, text)
    elif text:
        column.right.append(text)


def _without_tails(found: list[Piece], column: _Column) -> list[Piece]:
    kept = []
    for piece in found:
        text, tail = split_signature(piece.text)
        if tail:
            column.right.append(tail)
        kept.append(piece._replace(text=text) if tail else piece)
    return kept


def _taken_archive(column: _Column, since: int) -> list[str]:
    """The archive line, taken off the column once it is met, with whatever the same line held after it."""
    for index, piece in enumerate(column.found[since:], start=since):
        if is_archive(piece.text, bool(piece.mark)):
            archive = [piece.text]
            del column.found[index:]
            return archive
    return []


def _ends_list(line: Line, column: _Column, base: int, archived: bool) -> bool:
    """Whether the list ended above this line."""
    first = line.cells[0]
    if holds_motto(line) or ANNEX.match(line.folded):
        return True
    marked = MARK.match(first.text)
    if archived:
        return not (marked or _CONTINUES.match(first.text)) or len(line.text) > _LONGEST_ITEM
    if (len(line.text) > _LONGEST_ITEM and not marked) or is_type_heading(line):
        return True
    if marked or not column.found or first.start >= base:
        return False
    if is_signature(first.text) or (line.after_blank and name_in(first.text) and len(line.cells) == 1):
        return not line_goes_on_below(column)
    return False


def line_goes_on_below(column: _Column) -> bool:
    """Never in one column; in two columns the signature's lines already stood to the right."""
    return bool(column.right) and not column.found[-1].text.rstrip().endswith((".", "./."))


def _ends_naturally(column: _Column) -> bool:
    return len(column.found) > 1 and column.found[-1].text.rstrip().endswith(".")


def _archive_text(archive: list[str]) -> str | None:
    if not archive:
        return None
    text = without_dirty_words(_ARCHIVE_WORD.sub("", archive[0]))
    return text.strip(" ;.,:") or None


def _assemble(column: _Column, doubts: Doubts) -> tuple[RecipientLine, ...]:
    items, owner = _items(column.found)
    for at, text in column.beside:
        _share(items, owner.get(at), text, _span(column.braced, at) or (-1, 0, 1), doubts)
    for at, text in column.between:
        _share(items, owner.get(at - 1), text, (0, 1), doubts)
    return _LINES.validate_python([_line(item) for item in items if not _is_empty(item)])


def _span(braced: list[int], at: int) -> tuple[int, ...]:
    """The steps from the line beside a purpose to the lines that a drawn brace joins to it."""
    first = last = at
    while first - 1 in braced:
        first -= 1
    while last + 1 in braced:
        last += 1
    return tuple(range(first - at, last - at + 1)) if last > first else ()


def _is_empty(item: Item) -> bool:
    return not any(map(str.isalnum, item.text))


def _items(found: list[Piece]) -> tuple[list[Item], dict[int, int]]:
    """Items from pieces; and for each piece the item it went to."""
    marked = sum(bool(piece.mark) for piece in found) > 1 or bool(found and found[0].mark)
    end = usual_end([piece.text for piece in found])
    items: list[Item] = []
    owner: dict[int, int] = {}
    group: str | None = None
    fresh = True
    for index, piece in enumerate(found):
        if _is_group(piece, found[index + 1 : index + 2], marked):
            group, fresh = piece.text.rstrip(" :"), True
            continue
        above = None if fresh or not items else items[-1]
        if (above and is_purpose(piece.text)) or (above and joins_above(piece, above, marked, end)):
            above.parts.append(piece.text)
        else:
            items.append(Item([piece.text], piece.mark, piece.line, group))
        owner[index] = len(items) - 1
        fresh = False
    if len(items) == 1 and not marked and items[0].text.count(";") > 0 and len(found) == 1:
        items = [Item([part.strip()], "", items[0].line) for part in items[0].text.split(";")]
    return items, owner


def _is_group(piece: Piece, below: list[Piece], marked: bool) -> bool:
    """A heading inside the list, "Gửi bản giấy:"; it has no mark, or marks of another kind stand under it."""
    if not piece.text.rstrip().endswith(":") or not below:
        return False
    if _GROUP.search(fold(piece.text)) and channel_of(piece.text):
        return True
    if marked and not piece.mark:
        return bool(below[0].mark)
    return bool(piece.mark) and bool(below[0].mark) and below[0].mark != piece.mark and below[0].mark in "+•*"


def _share(items: list[Item], at: int | None, text: str, reach: tuple[int, ...], doubts: Doubts) -> None:
    """Give a purpose beside a brace to the lines that the brace can mean: the one beside it and its neighbours."""
    if at is None or not items:
        return
    meant = [items[at + step] for step in reach if 0 <= at + step < len(items)]
    for item in meant:
        if purpose_of(item.raw) is None and not fold(item.text).startswith("nhu "):
            item.purposes.append(text)
    line = items[at].line
    doubts.add("purpose_shared", f"{text} stands beside several recipients; given to {len(meant)} of them", line)


def _line(item: Item) -> dict[str, str | None]:
    """The fields of a recipient's line, as plain data: all of a list are made in one go."""
    raw = item.raw
    purpose = purpose_of(raw) or next((purpose_of(text) for text in item.purposes), None)
    channel = channel_of(item.group) or (channel_of(_in_brackets(raw)) if "(" in raw else None)
    return {"text": without_closing(raw), "group": item.group, "purpose": purpose, "channel": channel}


def _in_brackets(text: str) -> str:
    return " ".join(re.findall(r"\(([^()]*)\)", text))
