"""The pages of a document as pictures, for a person to look at."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from services.ingest.formats import read_pdf as pdf
from services.ingest.formats.confine_pdf import load_pages, render_page
from services.ingest.formats.detect import media_type_of
from services.ingest.formats.limits import Deadline, Limits
from services.ingest.formats.read_image import FORMATS, frames, resolution

_DPI = 110


@dataclass(frozen=True)
class Shown:
    """A page's picture as PNG, and the page's size in points."""

    png: bytes
    width: float
    height: float


def show_pages(content: bytes, limits: Limits | None = None) -> list[Shown]:
    """The pages of a PDF or a scan; none for formats without pages. Raises Unreadable as their readers do."""
    limits = limits or Limits()
    deadline = Deadline(limits.seconds)
    media_type = media_type_of(content)
    if media_type == pdf.MEDIA_TYPE:
        count = len(load_pages(content, limits, deadline))
        return [_shown(render_page(content, at, _DPI, limits, deadline), _DPI) for at in range(count)]
    if media_type in FORMATS:
        return [_shown(picture, resolution(picture)) for picture in frames(content, FORMATS[media_type], limits)]
    return []


def _shown(picture: Image.Image, dpi: float) -> Shown:
    width, height = picture.width * 72 / dpi, picture.height * 72 / dpi
    picture.thumbnail((round(width * _DPI / 72), round(height * _DPI / 72)))
    packed = io.BytesIO()
    picture.save(packed, "PNG", optimize=True)
    return Shown(packed.getvalue(), width, height)
