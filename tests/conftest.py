"""What all tests share: one real broker a run, and the notices that lie beside the project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.harness import is_compiled
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State

ROOT = Path(__file__).resolve().parent.parent


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Compiled code holds its constants and functions: a test that reads its source or puts others there is skipped."""
    if is_compiled() and item.get_closest_marker("uncompiled"):
        pytest.skip("it reads or changes what compiled code has built in")


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_user() -> Iterator[None]:
    """No NOINHAN_… variable of the user's shell: a test writes to no system that is in use.

    A run that passes five o'clock in Hanoi sees no reminders but those that it asks for.
    """
    with only_settings({"NOINHAN_REMIND_OF_RECEIPT": "false"}):
        yield


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap servers of a real broker with the declared topics; it is started once and stopped at the end."""
    home = State(tmp_path_factory.mktemp("kafka"))
    running = broker.start(home)
    yield running.bootstrap
    broker.stop(home)


@pytest.fixture(scope="session")
def notices_dir() -> Path:
    """The folder of real notices (NOTICES_DIR); tests that want it are skipped where it is not there."""
    folder = Path(os.environ.get("NOTICES_DIR", ROOT.parent / "shared" / "seeds"))
    if not folder.is_dir():
        pytest.skip(f"no notices in {folder}: set NOTICES_DIR to a folder of notices")
    return folder
