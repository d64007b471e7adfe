"""Makes documents of the corpus in every format, from its gold: what the product's reader finds has no part in it.

The same document comes out for the same name: whatever varies is chosen by a seed that is made of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from bench.rendering.boxes import Boxes, boxes_of
from bench.rendering.render_docx import docx_with_boxes, docx_with_tables, docx_with_tabs
from bench.rendering.render_html import edxml_message, html_with_tables
from bench.rendering.render_pdf import pdf_one_column, pdf_two_columns
from bench.rendering.scan import scanned

Make = Callable[[Sequence[Boxes], random.Random], bytes]

FORMATS: dict[str, Make] = {
    "docx, tables": docx_with_tables,
    "docx, tab stops": docx_with_tabs,
    "docx, text boxes": docx_with_boxes,
    "pdf, one column": pdf_one_column,
    "pdf, two columns": pdf_two_columns,
    "html": html_with_tables,
    "edxml": edxml_message,
}
"""The formats whose text is there to be read."""
SCAN = "scan"

__all__ = ["FORMATS", "SCAN", "Boxes", "boxes_of", "render"]


def render(notices: Sequence[Boxes], name: str, kind: str) -> bytes:
    """A document in a format, one of FORMATS or SCAN. name: of its file, the seed of what varies."""
    make = scanned if kind == SCAN else FORMATS[kind]
    return make(notices, random.Random(f"{name} {kind}"))
