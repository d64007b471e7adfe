"""What a scanner makes of a page: a picture, a little askew, soft and grainy."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

import fpdf
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, ImageChops, ImageFilter

from bench.rendering.boxes import Boxes
from bench.rendering.render_pdf import pdf_two_columns

_DPI = (200, 240, 300)
_MOST_ASKEW = 1.0
_SOFTEST = 0.9
_GRAIN = (4, 22)


def scanned(notices: Sequence[Boxes], chance: random.Random) -> bytes:
    """The pages as Decree 30 lays them out, printed and scanned: a PDF of pictures."""
    dpi = chance.choice(_DPI)
    pages = pictures(pdf_two_columns(notices, chance), dpi=dpi)
    files = [picture_file(_degraded(page, chance), "JPEG", quality=chance.randint(45, 80)) for page in pages]
    return pdf_of_pictures(files)


def pictures(pdf: bytes, *, dpi: int = 300) -> list[Image.Image]:
    """Each page of a PDF as a grey picture."""
    document = pypdfium2.PdfDocument(pdf)
    found = [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    document.close()
    return found


def picture_file(picture: Image.Image, kind: str = "PNG", **settings: int) -> bytes:
    """A picture as a file of a kind that Pillow knows."""
    packed = io.BytesIO()
    picture.save(packed, kind, **settings)
    return packed.getvalue()


def pdf_of_pictures(pages: Sequence[bytes]) -> bytes:
    """A PDF as a scanner makes it: one picture a page, no text."""
    paper = fpdf.FPDF(unit="pt", format="A4")
    for page in pages:
        paper.add_page()
        paper.image(io.BytesIO(page), 0, 0, 595, 842)
    return bytes(paper.output())


def _degraded(picture: Image.Image, chance: random.Random) -> Image.Image:
    askew = picture.rotate(chance.uniform(-_MOST_ASKEW, _MOST_ASKEW), Image.Resampling.BICUBIC, fillcolor=255)
    soft = askew.filter(ImageFilter.GaussianBlur(chance.uniform(0.2, _SOFTEST)))
    grain = chance.randint(*_GRAIN)
    noise = Image.frombytes("L", soft.size, chance.randbytes(soft.width * soft.height))
    centred = noise.point([128 + (value - 128) * grain // 128 for value in range(256)])
    return ImageChops.add(soft, centred, offset=-128)
