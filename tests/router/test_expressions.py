"""Lines as clerks write them, and whom they mean (expressions.csv; ' | ' within a name stands for ', ')."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from services.router.directory import Directory
from services.router.expand import expand
from tests.router.make import notice

ROWS = list(csv.DictReader((Path(__file__).parent / "expressions.csv").open(encoding="utf-8", newline="")))


def _listed(cell: str) -> list[str]:
    return [part for part in cell.replace("| ", ", ").split("|") if part]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['issuer']} {row['date']}: {row['line']}")
def test_a_line_means_the_offices_that_a_clerk_would_send_it_to(row: dict[str, str], directory: Directory) -> None:
    """A recipient line resolves to the offices expected of it, and what stays open is exactly what should."""
    line = row["line"].replace("| ", ", ")
    routing = expand(notice(row["issuer"], line, on=date.fromisoformat(row["date"])), directory)
    names = [assignment.recipient.name for assignment in routing.assignments]
    assert set(_listed(row["names"])) <= set(names)
    assert sorted(unresolved.part for unresolved in routing.routed.unresolved) == sorted(_listed(row["missed"]))
    if row["count"]:
        assert len(names) == int(row["count"])


def test_the_collection_has_lines_of_every_level() -> None:
    """The collection holds at least 120 lines, of national, provincial, district, commune and Party issuers."""
    issuers = {row["issuer"] for row in ROWS}
    assert len(ROWS) >= 120
    for level in ("Chính phủ", "Bộ", "UBND tỉnh", "UBND huyện", "UBND xã", "Tỉnh ủy", "Ban"):
        assert any(issuer.startswith(level) for issuer in issuers), level
