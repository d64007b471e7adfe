"""Whom a letter addresses (box 9a): "Kính gửi: …", or "… điện: …" in a telegram."""

from __future__ import annotations

import re

from contracts.notices import Addressee
from services.ingest.reading.landmarks import ADDRESSED, INVITED, POST_ENDS, TELEGRAM, opens_recipients
from services.ingest.reading.lists.items import Item, Piece, joins_above, pieces, usual_end
from services.ingest.reading.text.folding import alternatives, fold, holds_any
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.noise import without_noise
from services.ingest.reading.vocabulary import column

_MAY_OPEN = re.compile("[kKđĐdD](?:(?<=[kK])[iíìIÍÌlL1][nN][hH]|(?<=[đĐdD])[iI][ệêếềeEỆÊ][nN])")
"""What every opening holds: looked for first, because most lines are prose."""
_LETTERS = ("kinh", "klnh", "k1nh", "dien")
"""The same without case and accents, which is quicker still to look for."""
_OPENERS = re.compile(rf"^(?:{alternatives(list(column('body_openers', 'opener')))})\b")
_LEGAL_BASIS = re.compile(
    r"(?<=\w)[\s;.]+Căn cứ\s+(?:vào\s+)?(?:Luật|Nghị|Quyết|Thông|Chỉ|Kế|Công|Hiến|Pháp)\b.*$", re.DOTALL
)
"""The body's first line, where it ran into the last addressee."""
_MOST_ITEMS = 60
_LONGEST_ADDRESSEE = 300
_LONGEST_WRAP = 160
_LONGEST_UNMARKED = 90


def addressed_at(lines: list[Line]) -> int | None:
    """Index of the line that opens the list of addressees, among the first lines of a document."""
    for index, line in enumerate(lines[:70]):
        if opens_recipients(line):
            return None
        if len(line.text) < 400 and _opening(line) is not None:
            return index
    return None


def _opening(line: Line) -> int | None:
    """Where on the line the first addressee stands, after "Kính gửi:"."""
    folded = line.folded
    if not (holds_any(folded, _LETTERS) and _MAY_OPEN.search(line.text)):
        return None
    match = ADDRESSED.match(folded) or (INVITED.match(folded) if "kinh moi" in folded else None)
    if match:
        return match.end()
    match = TELEGRAM.match(folded) if "dien" in folded else None
    if match and (line.text[: match.end("who")].isupper() or not match["who"] or len(line.text) - match.end() < 3):
        return match.end()
    return None


def read_addressees(lines: list[Line], at: int) -> tuple[tuple[Addressee, ...], int]:
    """The addressees of the list opened at index `at`, and the index of the first line after it."""
    start = _opening(lines[at]) or 0
    found = pieces(lines[at].text[start:], lines[at].number) if _says_something(lines[at].text[start:]) else []
    one_line = bool(found) and not found[0].mark
    index = at + 1
    while index < len(lines) and len(found) < _MOST_ITEMS and _belongs(lines[index], found, one_line):
        found += pieces(lines[index].text, lines[index].number)
        index += 1
    named = (_LEGAL_BASIS.sub("", item.text).strip(" ;,.") for item in _items(found))
    return tuple(Addressee(text=text) for text in named if text), index


def _says_something(text: str) -> bool:
    return sum(char.isalnum() for char in without_noise(text)) > 1


def _belongs(line: Line, found: list[Piece], one_line: bool) -> bool:
    """Whether a line still stands in the list: after a blank only a marked item does."""
    first = [] if opens_recipients(line) else pieces(line.text, line.number)
    if not first:
        return not line.after_blank and not opens_recipients(line)
    last = found[-1].text if found else ""
    if first[0].mark:
        open_list = not one_line or last.endswith((";", ",", ":")) or any(piece.mark for piece in found)
        return open_list and len(line.text) < _LONGEST_ADDRESSEE
    if not found:
        return not _OPENERS.match(first[0].text) or len(line.text) < _LONGEST_UNMARKED
    return _goes_on(line, first[0].text, last, any(piece.mark for piece in found))


def _goes_on(line: Line, text: str, last: str, marked: bool) -> bool:
    """Whether a line without a mark is a further addressee, or the rest of the one above."""
    if line.after_blank:
        open_list = not marked and last.endswith(";")
        return open_list and len(line.text) < _LONGEST_UNMARKED and not _OPENERS.match(line.text)
    return not last.endswith((".", "./.")) and len(line.text) <= _LONGEST_WRAP and _wraps(text, last, marked)


def _wraps(text: str, last: str, marked: bool) -> bool:
    if text[:1].islower():
        return True
    if marked and last.endswith(";") and (text.endswith((".", ":")) or len(text) > _LONGEST_UNMARKED):
        return False
    if last and last.rsplit(maxsplit=1)[-1].lower() in POST_ENDS:
        return True
    if last.endswith((",", ";", "-", "–")) or fold(last).endswith((" va", " va cac", " cua")):
        return True
    return not _OPENERS.match(text) and (marked or len(text) < 70) and len(last) > 25


def _items(found: list[Piece]) -> list[Item]:
    marked = sum(bool(piece.mark) for piece in found) > 0
    end = usual_end([piece.text for piece in found]) or ";"
    items: list[Item] = []
    for piece in found:
        if (items and joins_above(piece, items[-1], marked, end)) or (
            items and not marked and not items[-1].parts[-1].rstrip().endswith((";", "."))
        ):
            items[-1].parts.append(piece.text)
        else:
            items.append(Item([piece.text], piece.mark, piece.line))
    return items
