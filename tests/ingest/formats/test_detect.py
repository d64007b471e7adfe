"""Formats are told by their bytes."""

from __future__ import annotations

import docx
import pytest

from bench.rendering.render_docx import docx_bytes
from services.ingest.formats import media_type_of


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\n\n%PDF-1.4", "application/pdf"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\xef\xbb\xbf <!-- a --> <HTML>", "text/html"),
        ("<html>".encode("utf-16"), "text/html"),
        (b"<table><tr><td><p>a</p></td></tr></table><p>b</p>", "text/html"),
        (b"<edXML:edXML xmlns:edXML='x'>", "application/edxml+xml"),
        ("Số: 1/QĐ-UBND".encode(), "text/plain"),
        ("Số: 1/QĐ-UBND".encode("utf-16"), "text/plain"),
        (b"# Thong bao\n<br>\n| a | b |", "text/plain"),
        (bytes(range(9)) * 10, "application/octet-stream"),
        (b"<!---->" * 500 + b"x", "text/plain"),
    ],
)
def test_by_first_bytes(content: bytes, media_type: str) -> None:
    """The first bytes tell the format, whatever stands around them."""
    assert media_type_of(content) == media_type


def test_a_docx_is_told_from_other_archives() -> None:
    """A zip is a DOCX by what it holds."""
    assert media_type_of(docx_bytes(docx.Document())).endswith("wordprocessingml.document")
