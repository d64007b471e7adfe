"""Notices keep their facts through every format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.notices import Notice
from services.ingest.formats import layout, read_sheet
from services.ingest.reading import read_text
from tests.ingest.formats import render

_SAMPLES = Path(__file__).resolve().parents[3] / "samples"
_NAMES = sorted(path.name for path in _SAMPLES.glob("[01]*.[tm]*") if not path.name.startswith(("13", "14")))


def _narrow(text: str) -> bytes:
    return render.pdf_two_columns(text, gutter=8)


_MAKERS = (
    render.pdf_one_column,
    render.pdf_two_columns,
    _narrow,
    render.docx_with_tables,
    render.html_with_tables,
)


def _facts(notice: Notice) -> dict[str, object]:
    signed = notice.signatory
    return {
        "number": notice.number,
        "issuer": notice.issuer,
        "issued_on": notice.issued_on,
        "addressees": [each.text for each in notice.addressees],
        "recipients": [each.text for each in notice.recipients],
        "signatory": signed.name if signed else None,
        "archive": notice.archive,
    }


@pytest.mark.parametrize("make", _MAKERS, ids=lambda make: make.__name__.strip("_"))
@pytest.mark.parametrize("name", _NAMES)
def test_a_notice_keeps_its_facts(name: str, make: Callable[[str], bytes]) -> None:
    """A notice set as PDF, DOCX or HTML is read with the number, bodies, date, signer and archive line of its text."""
    text = (_SAMPLES / name).read_text()
    assert _facts(read_text(layout(read_sheet(make(text))))[0]) == _facts(read_text(text)[0])


def test_samples_are_found() -> None:
    """The samples that the tests above stand on are there."""
    assert len(_NAMES) >= 12
