"""The straight lines drawn on a PDF page, such as borders of tables. Called by load_pdf, under its lock."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import pairwise

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from services.ingest.formats.page import Rule
from services.ingest.formats.pdf_frame import Frame

_MOST_OBJECTS = 5_000
"""Of one page: more of them are a drawing."""
_MOST_SEGMENTS = 400
_SHORTEST = 6.0
"""Points."""
_STRAIGHT = 1.0
"""Points by which a line may lean."""
_THIN = 3.0
"""Points: a filled box that is thinner is a line; a wider one is a shade."""

_Point = tuple[float, float]


def load_rules(page: pdfium.PdfPage, frame: Frame) -> Iterator[Rule]:
    """The lines that run across or down, as shown; none of a page that is mostly a drawing."""
    count = raw.FPDFPage_CountObjects(page)
    for index in range(count if count <= _MOST_OBJECTS else 0):
        drawn = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(drawn) == raw.FPDF_PAGEOBJ_PATH and not _is_shade(drawn):
            yield from _straight(drawn, frame)


def _is_shade(path: raw.FPDF_PAGEOBJECT) -> bool:
    """Whether a path only fills an area that is no line."""
    filled, stroked = ctypes.c_int(), raw.FPDF_BOOL()
    raw.FPDFPath_GetDrawMode(path, ctypes.byref(filled), ctypes.byref(stroked))
    if stroked.value:
        return False
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    raw.FPDFPageObj_GetBounds(path, *map(ctypes.byref, (left, bottom, right, top)))
    return min(right.value - left.value, top.value - bottom.value) > _THIN


def _straight(path: raw.FPDF_PAGEOBJECT, frame: Frame) -> Iterator[Rule]:
    for (x0, y0), (x1, y1) in _strokes(path):
        left, top, right, bottom = frame.shown(raw.FS_RECTF(min(x0, x1), max(y0, y1), max(x0, x1), min(y0, y1)))
        if min(right - left, bottom - top) <= _STRAIGHT and max(right - left, bottom - top) >= _SHORTEST:
            yield Rule(left, top, right, bottom)


def _strokes(path: raw.FPDF_PAGEOBJECT) -> Iterator[tuple[_Point, _Point]]:
    """The two ends of each straight stroke of a path, in the page's space."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(path, ctypes.byref(matrix))
    count = raw.FPDFPath_CountSegments(path)
    begun: _Point | None = None
    points: list[_Point] = []
    for index in range(count if count <= _MOST_SEGMENTS else 0):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        point = _point(segment, matrix)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            yield from pairwise(points)
            begun, points = point, []
        points.append(point)
        if raw.FPDFPathSegment_GetClose(segment) and begun is not None:
            points.append(begun)
    yield from pairwise(points)


def _point(segment: raw.FPDF_PATHSEGMENT, matrix: raw.FS_MATRIX) -> _Point:
    x, y = ctypes.c_float(), ctypes.c_float()
    raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
    return (
        matrix.a * x.value + matrix.c * y.value + matrix.e,
        matrix.b * x.value + matrix.d * y.value + matrix.f,
    )
