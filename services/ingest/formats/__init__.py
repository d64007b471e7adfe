"""Reads PDF, DOCX, HTML, edXML and scans: bytes → one sheet of rows with places. Fails only as Unreadable.

PDFium is not thread-safe and reads hostile input: it is called in load_pdf and load_rules only, in a process of its own
(confine_pdf).
"""

from services.ingest.formats.choose_reader import read_sheet
from services.ingest.formats.detect import media_type_of
from services.ingest.formats.limits import Limits
from services.ingest.formats.open_edxml import Envelope, read_edxml
from services.ingest.formats.page import Piece, Row, Sheet
from services.ingest.formats.point_back import point_back
from services.ingest.formats.to_text import Laid, lay_out, layout
from services.ingest.reading import Unreadable

__all__ = [
    "Envelope",
    "Laid",
    "Limits",
    "Piece",
    "Row",
    "Sheet",
    "Unreadable",
    "lay_out",
    "layout",
    "media_type_of",
    "point_back",
    "read_edxml",
    "read_sheet",
]
