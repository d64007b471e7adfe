"""Notices written by somebody who had not seen the reader, and how well it reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.parse import documents, scored
from services.ingest.reading import read_document

_FLOORS: dict[str, float] = {
    "notices": 1.0,
    "number": 0.99,
    "doc_type": 1.0,
    "place": 0.99,
    "issued_on": 0.99,
    "subject": 0.98,
    "archive": 0.99,
    "encloses": 1.0,
    "issuer": 0.97,
    "complete": 1.0,
    "urgency": 0.92,
    "signer_authority": 0.99,
    "signer_title": 0.99,
    "signer": 0.99,
    "addressees": 0.97,
    "recipients": 0.99,
    "purposes": 0.97,
    "tasks": 0.93,
    "not_tasks": 0.97,
    "assignees": 0.94,
    "deadlines": 0.96,
    "deadline_texts": 0.95,
}
_DOCUMENTS = list(documents())


@pytest.mark.parametrize(("document", "golds"), _DOCUMENTS, ids=[path.name for path, _ in _DOCUMENTS])
def test_reads_every_document(document: Path, golds: list[dict[str, Any]]) -> None:
    """A document of the corpus is read without an error and comes apart into the notices that it holds."""
    assert len(read_document(document.read_bytes(), file_name=document.name)) == len(golds)


def test_reads_no_field_worse() -> None:
    """No field's F1 over the corpus falls below what was reached before."""
    reached = {name: round(tally.f1, 3) for name, tally in scored().fields.items()}
    assert {name: reached[name] for name, floor in _FLOORS.items() if reached[name] < floor} == {}
    assert set(reached) == set(_FLOORS)
