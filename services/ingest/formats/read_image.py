"""Scans (PNG, JPEG, TIFF) become a sheet by OCR, where Tesseract is installed."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

from services.ingest.formats.limits import Deadline, Limits, malformed, too_large, too_many_pages
from services.ingest.formats.page import Sheet
from services.ingest.formats.recognise import DPI, can_recognise, no_text, recognise
from services.ingest.formats.set_rows import PageWords, set_rows
from services.ingest.reading import Unreadable

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF"}
_A4_HEIGHT = 11.7
"""Inches: what is said of a picture's resolution is often wrong, so a page is taken to be this high."""


def read_image(content: bytes, media_type: str, limits: Limits, deadline: Deadline) -> Sheet:
    """The rows of a scan. Raises Unreadable: malformed, too_large, too_many_pages, no_text, timeout."""
    pages, sureness = [], 0.0
    for number, picture in enumerate(frames(content, FORMATS[media_type], limits), start=1):
        if not can_recognise():
            raise no_text("The document is a picture of its pages.")
        deadline.check(f"page {number}")
        dpi = resolution(picture)
        page = recognise(picture, dpi, deadline)
        pages.append(PageWords(number, page.words, picture.height * 72 / dpi))
        sureness += page.confidence
    rows, doubts = set_rows(pages)
    if not rows:
        raise Unreadable(
            "no_text",
            "No text was recognised in the picture.",
            "Scan the document again: upright, at 300 dpi, in focus.",
        )
    said = f"recognised: {len(pages)} pages were read by OCR, {sureness / len(pages):.0f} % sure"
    return Sheet(tuple(rows), media_type, len(pages), "ocr", (said, *doubts))


def frames(content: bytes, kind: str, limits: Limits) -> Iterator[Image.Image]:
    """The pages of a picture in grey, each within the limit of pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content), formats=[kind])
            frames = int(getattr(picture, "n_frames", 1))
            if frames > limits.ocr_pages:
                raise too_many_pages(frames, limits.ocr_pages)
            for frame in range(frames):
                picture.seek(frame)
                if picture.width * picture.height > limits.unpacked_bytes:
                    raise too_large("picture", limits.unpacked_bytes)
                yield _on_white(picture)
    except Image.DecompressionBombError as error:
        raise too_large("picture", limits.unpacked_bytes) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError) as error:
        raise malformed("picture", "it cannot be decoded") from error


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture in grey; what is transparent in it becomes paper."""
    if picture.mode not in {"RGBA", "LA", "PA"} and "transparency" not in picture.info:
        return picture.convert("L")
    clear = picture.convert("RGBA")
    paper = Image.new("RGBA", clear.size, "white")
    paper.alpha_composite(clear)
    return paper.convert("L")


def resolution(picture: Image.Image) -> float:
    """Dots per inch, as if the picture were a page of A4, upright or across."""
    across = picture.width > picture.height * 1.2
    return max(50.0, min((picture.width if across else picture.height) / _A4_HEIGHT, 2.0 * DPI))
