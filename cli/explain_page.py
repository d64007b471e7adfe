"""`noinhan parse --html FILE`: a page that shows each field in its box on the document, and how sure it is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from cli.marked import LABELS, Field
from contracts.notices import Notice
from services.ingest.formats.show_pages import Shown

_TEMPLATES = Path(__file__).parent / "templates"
_HUES = {kind: round(at * 360 / len(LABELS) * 7) % 360 for at, kind in enumerate(LABELS)}
"""Degrees; neighbours in the list stand far apart."""


@dataclass(frozen=True)
class Box:
    """A field's place on a page, in per cent of the page's width and height. named: it shows its label."""

    field: Field
    first: bool
    named: bool
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Page:
    """A page's picture and the boxes on it."""

    picture: str
    ratio: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Run:
    """A piece of a line; field: what was read in it."""

    text: str
    field: Field | None = None
    first: bool = False


def explain_page(
    source: str, notices: Sequence[Notice], fields: Sequence[Sequence[Field]], text: str, pages: Sequence[Shown]
) -> str:
    """The page: over the pictures of the pages where there are some, else over the text."""
    every = [field for each in fields for field in each]
    return _template().render(
        source=source,
        notices=list(zip(notices, fields, strict=True)),
        hues=_HUES,
        pages=[_page(shown, number, every) for number, shown in enumerate(pages, start=1)],
        lines=[] if pages else [list(_runs(line, at, every)) for at, line in enumerate(text.split("\n"), start=1)],
    )


def _page(shown: Shown, number: int, fields: Sequence[Field]) -> Page:
    named = {kind: next(field for field in fields if field.kind == kind) for kind in {field.kind for field in fields}}
    boxes = [
        Box(
            field=field,
            first=at == 0,
            named=at == 0 and named[field.kind] is field,
            left=100 * place.box.left / shown.width,
            top=100 * place.box.top / shown.height,
            width=100 * (place.box.right - place.box.left) / shown.width,
            height=100 * (place.box.bottom - place.box.top) / shown.height,
        )
        for field in fields
        for at, place in enumerate(field.places)
        if place.page == number and place.box
    ]
    return Page(b64encode(shown.png).decode(), shown.width / shown.height, tuple(boxes))


def _runs(line: str, number: int, fields: Sequence[Field]) -> Iterator[Run]:
    """The line in pieces: where two fields claim the same words, the first of them has them."""
    places = [
        (place.start, place.end, field, at == 0)
        for field in fields
        for at, place in enumerate(field.places)
        if place.line == number
    ]
    done = 0
    for start, end, field, first in sorted(places, key=lambda place: place[:2]):
        if start >= done:
            yield Run(line[done:start])
            yield Run(line[start:end], field, first)
            done = end
    yield Run(line[done:])


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("explain.html")
