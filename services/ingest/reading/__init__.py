"""Reads official notices: bytes of a text or Markdown file → notices. Pure, deterministic; fails only as Unreadable."""

from services.ingest.reading.evidence import WEIGHTS, confidence_of
from services.ingest.reading.read import Whole, read_document, read_text, read_whole
from services.ingest.reading.unreadable import MOST_LINES, Unreadable, too_many_lines

__all__ = [
    "MOST_LINES",
    "WEIGHTS",
    "Unreadable",
    "Whole",
    "confidence_of",
    "read_document",
    "read_text",
    "read_whole",
    "too_many_lines",
]
