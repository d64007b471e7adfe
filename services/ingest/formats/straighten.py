"""A scanned page stands a little askew: it is turned back until its lines of text are level."""

from __future__ import annotations

from PIL import Image, ImageStat

_COARSE_HEIGHT = 1000
"""Pixels: lines of text are still apart on a page of A4 this high."""
_WIDEST = 2.0
_STEP = 0.25
"""Degrees: a page fed by hand leans less than two; a quarter moves a line by half its height over the page."""
_WHITE = 255


def straighten(picture: Image.Image) -> Image.Image:
    """A grey picture of a page with level lines; itself where they are level already."""
    angle = lean(picture)
    return picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=_WHITE) if angle else picture


def lean(picture: Image.Image) -> float:
    """Degrees counter-clockwise by which a page must be turned for its lines to be level.

    Level lines leave white rows between them: at that angle the rows of pixels differ most in how dark they are.
    """
    scale = min(1.0, _COARSE_HEIGHT / picture.height)
    coarse = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    steps = round(_WIDEST / _STEP)
    angles = sorted((_STEP * step for step in range(-steps, steps + 1)), key=abs)
    return max(angles, key=lambda angle: _contrast(coarse, angle))


def _contrast(picture: Image.Image, angle: float) -> float:
    """How much the rows of pixels differ once the picture is turned."""
    turned = picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_WHITE)
    rows = turned.resize((1, turned.height), Image.Resampling.BOX)
    spread: float = ImageStat.Stat(rows).var[0]
    return spread
