"""Reads official notices: bytes of a text or Markdown file → notices. Pure, deterministic; fails only as Unreadable."""

from services.ingest.reading.read import read_document, read_text
from services.ingest.reading.unreadable import Unreadable

__all__ = ["Unreadable", "read_document", "read_text"]
