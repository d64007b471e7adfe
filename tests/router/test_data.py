"""The hand-kept files of the directory hang together."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from services.router.directory import Directory
from services.router.directory.load import DATA

HAND_KEPT = sorted(path for path in DATA.glob("*.csv") if path.name != "units.csv")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", HAND_KEPT, ids=lambda path: path.stem)
def test_every_row_says_where_it_comes_from(path: Path) -> None:
    """No hand-kept row is without a source."""
    assert [row for row in _rows(path) if not row["source"].strip()] == []


def test_no_word_is_spelled_out_in_two_ways() -> None:
    """An abbreviation has one meaning."""
    written = Counter(row["written"] for row in _rows(DATA / "words.csv"))
    assert [word for word, count in written.items() if count > 1] == []


def test_every_group_has_members(directory: Directory) -> None:
    """Tags of groups are tags that some office or body bears."""
    borne = {tag for office in directory.offices.values() for tag in office.tags}
    borne |= {tag for template in directory.templates for tag in template.tags}
    wanted = {tag for row in _rows(DATA / "groups.csv") if row["level"] != "own" for tag in row["tags"].split()}
    assert wanted - borne == set()


def test_every_inner_unit_has_an_office(directory: Directory) -> None:
    """A part's office is in the directory."""
    families = {template.family for template in directory.templates}
    assert {template.parent for template in directory.templates if template.parent} <= families
    assert {office.parent for office in directory.offices.values() if office.parent} <= set(directory.offices)


def test_every_topic_belongs_to_a_committee(directory: Directory) -> None:
    """Topics are those of committees that exist."""
    slugs = {template.slug for template in directory.templates}
    slugs |= {recipient_id.split(".")[-1] for recipient_id in directory.offices}
    assert set(directory.topics) <= slugs
