"""Notices to read: short ones written for these tests, and the shared seeds where they are present."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.notices import Notice
from services.ingest.reading import read_document

HERE = Path(__file__).parent


@pytest.fixture
def sample() -> Callable[[str], Notice]:
    """Read one of the short notices, which hold one notice each."""

    def read(name: str) -> Notice:
        (notice,) = read_document((HERE / "notices" / f"{name}.txt").read_bytes())
        return notice

    return read


@pytest.fixture
def seeds(notices_dir: Path) -> list[Path]:
    """The shared notices; the test is skipped where they are not present."""
    found = sorted(notices_dir.glob("*.txt"))
    if not found:
        pytest.skip("NOTICES_DIR holds no notices")
    return found
