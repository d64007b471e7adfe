"""`noinhan parse --explain` and `--html`: a person sees what was read from where."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from bench.parse import documents
from bench.rendering import render
from bench.rendering.boxes import boxes_of
from cli.main import app
from cli.marked import REASONS
from services.ingest.reading import WEIGHTS

_SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "08_hai_cot.txt"


def test_the_terminal_shows_text_and_fields() -> None:
    """The document's lines come first, then each field with its line and how sure it is."""
    done = CliRunner().invoke(app, ["parse", "--explain", str(_SAMPLE)])
    assert done.exit_code == 0
    assert "   4 │      Số: 2215/TB-UBND" in done.output
    assert re.search(r"Số, ký hiệu\s+4\s+100 %\s+2215/TB-UBND", done.output)


def test_a_pdf_is_shown_with_its_boxes(tmp_path: Path) -> None:
    """The page holds the PDF's picture and a box for the issuer in its left column, above the middle."""
    source, page = tmp_path / "two.pdf", tmp_path / "two.html"
    document, golds = next(each for each in documents() if each[0].stem == "tb_mttq_2025_relief")
    boxes = boxes_of(document.read_text(encoding="utf-8"), golds)
    source.write_bytes(render(boxes, document.name, "pdf, two columns"))
    done = CliRunner().invoke(app, ["parse", "--html", str(page), str(source)])
    assert done.exit_code == 0
    shown = page.read_text(encoding="utf-8")
    assert "data:image/png;base64," in shown
    box = re.search(r'id="n0-issuer".*?left: ([\d.]+)%; top: ([\d.]+)%; width: ([\d.]+)%', shown)
    assert box is not None
    left, top, width = map(float, box.groups())
    assert left + width < 45
    assert top < 15


def test_a_text_is_shown_with_its_marks_and_escaped(tmp_path: Path) -> None:
    """A text's fields are marked in it, and what looks like markup in it is only text."""
    source, page = tmp_path / "a.txt", tmp_path / "a.html"
    text = _SAMPLE.read_text(encoding="utf-8").replace("bến cá để", "bến <script>alert(1)</script> để")
    source.write_text(text, encoding="utf-8")
    assert CliRunner().invoke(app, ["parse", "--html", str(page), str(source)]).exit_code == 0
    shown = page.read_text(encoding="utf-8")
    assert re.search(r'<mark id="n0-number"[^>]*>2215/TB-UBND</mark>', shown)
    assert "<script>" not in shown


def test_a_page_is_for_one_document(tmp_path: Path) -> None:
    """Two documents cannot be one page: exit 2, and nothing is written."""
    page = tmp_path / "both.html"
    done = CliRunner().invoke(app, ["parse", "--html", str(page), str(_SAMPLE), str(_SAMPLE)])
    assert done.exit_code == 2
    assert not page.exists()


def test_every_reason_has_its_words() -> None:
    """Whatever may lessen the confidence in a field is told in words that clerks read."""
    of_notices = {
        "issuer_missing",
        "issuer_inferred",
        "date_missing",
        "date_blank",
        "recipients_missing",
        "recipients_cut",
    }
    assert set(REASONS) == WEIGHTS.keys() - of_notices
