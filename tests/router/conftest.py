"""The shipped directory, loaded once."""

from __future__ import annotations

import pytest

from services.router.directory import Directory, load_directory


@pytest.fixture(scope="session")
def directory() -> Directory:
    """The directory as shipped."""
    return load_directory()
