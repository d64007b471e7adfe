"""The paragraphs of a text that was broken into lines for a screen or a typewriter."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FULL = 55
"""Characters: a line this long may go on in the next; a shorter one ended its paragraph."""
_PAGE_END = re.compile(r"\s*\d{1,3}\s*|.*\bTrang \d+/\d+")
_RULE = re.compile(r"[\s|:_=*.-]*")
_MARKUP = re.compile(r"\*\*|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|^#+ |\\(?=[.\-*])", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)\* ", re.MULTILINE)
_ITEM = re.compile(r"\s*(?:[-–+•]|\(?(?:\d{1,2}(?:\.\d+)*|[a-zđ]|[IVX]+)[.)](?!\d)|Điều \d|\d+-)\s?")
_ENDS = (".", ";", ":", "./.")
_WIDE = re.compile(r"\s{3,}|\t")
_CELLS = re.compile(r"\s*\|\s*")


def paragraphs(text: str) -> tuple[str, ...]:
    """Its paragraphs, each on one line, without markup, page numbers and rules; a tab parts a header's columns.

    A paragraph goes on where the page was turned within it.
    """
    lines = _MARKUP.sub("", _BULLET.sub(r"\1- ", text.replace("<br>", "\n"))).split("\n")
    margin = min((_indent(line) for line in lines if line.strip()), default=0)
    flat = all(_indent(line) == margin for line in lines if line.strip())
    found: list[str] = []
    above = last = ""
    turned = False
    for line in lines:
        if _PAGE_END.fullmatch(line):
            turned = True
        elif not line.strip():
            above = ""
        elif not _RULE.fullmatch(line):
            if found and _goes_on(line, last if turned else above, margin, flat=flat):
                found[-1] = f"{found[-1]} {_plain(line)}"
            else:
                found.append(_plain(line))
            above = last = line
            turned = False
    return tuple(found)


def _goes_on(line: str, above: str, margin: int, *, flat: bool) -> bool:
    """Whether a line belongs to the paragraph above it; across a blank line only in mid-sentence.

    flat: no line of the text is indented, so that only its words tell where a paragraph begins.
    """
    if _ITEM.match(line) or "|" in line + above:
        return False
    if line.strip()[:1].islower():
        return True
    return len(above) >= _FULL and _indent(line) <= margin and not (flat and above.rstrip().endswith(_ENDS))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _plain(line: str) -> str:
    """The line with single spaces; two parts in capitals or titles, as of a header, are parted by a tab."""
    parts = [" ".join(part.split()) for part in _WIDE.split(_CELLS.sub(" | ", line.strip().strip("|")).strip())]
    is_header = len(parts) == 2 and all(part[:1].isupper() for part in parts)
    return ("\t" if is_header else " ").join(parts)


def cells(lines: Sequence[str]) -> list[str]:
    """What stands apart on each line: by wide spaces, tabs or bars."""
    return [cell for line in lines for cell in map(str.strip, re.split(r"\s{3,}|\t|\||<br>", line)) if cell]
