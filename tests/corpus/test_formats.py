"""The corpus in every format, and how well it is read there."""

from __future__ import annotations

import pytest

from bench.formats import read_format
from bench.parse import documents
from bench.rendering import FORMATS

_EVERY = 8
_FLOORS: dict[str, float] = {
    "notices": 1.0,
    "number": 1.0,
    "doc_type": 1.0,
    "place": 1.0,
    "issued_on": 1.0,
    "subject": 0.9,
    "archive": 1.0,
    "issuer": 1.0,
    "complete": 1.0,
    "signer_authority": 1.0,
    "signer_title": 1.0,
    "signer": 1.0,
    "addressees": 1.0,
    "recipients": 1.0,
    "purposes": 0.88,
    "tasks": 0.94,
    "assignees": 0.94,
    "deadlines": 0.98,
}


@pytest.mark.parametrize("kind", FORMATS)
def test_reads_no_format_worse(kind: str) -> None:
    """No field's F1 over a part of the corpus falls below what was reached in a format before."""
    reading = read_format(kind, list(documents())[::_EVERY])
    reached = {name: reading.f1(name) for name in _FLOORS}
    assert {name: f1 for name, f1 in reached.items() if f1 < _FLOORS[name]} == {}
