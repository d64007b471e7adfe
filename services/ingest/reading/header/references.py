"""Numbers of the documents a notice cites."""

from __future__ import annotations

import re

CITED = re.compile(
    r"\d(?<![\w/.-].)\d{0,4}[a-zA-Z]?\s?(?:/\s?(?:19|20)\d\d\s?)?[/-]\s?"
    r"[A-ZĐ][A-Za-zĐđƯư0-9&]*(?:\s?[-–/]\s?[A-ZĐ][A-Za-zĐđƯưÀ-ỹ0-9&.]*){0,4}(?![-/]\d)"
)
_SPACE = re.compile(r"\s")


def read_references(text: str, own: str | None) -> tuple[str, ...]:
    """The numbers cited, in order, once each, without the notice's own."""
    found: dict[str, None] = {}
    for match in CITED.finditer(text):
        number = plain_number(match[0])
        if _is_number(number) and number != own:
            found.setdefault(number)
    return tuple(found)


def plain_number(written: str) -> str:
    """A number as it would be typed: without the spaces and long dashes that it was written with."""
    return _SPACE.sub("", written).replace("–", "-").rstrip(".")


def _is_number(number: str) -> bool:
    """A symbol names a type or a body: two capitals at least, so that 24/24H and 50/T are none."""
    return sum(map(str.isupper, number)) >= 2 and ("/" in number)
