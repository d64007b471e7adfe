"""The ledgers that every test of the ledger runs against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.ports import Ledger
from tests.notifier.memory_ledger import MemoryLedger


@pytest.fixture(params=["memory", "sqlite"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    made = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await made.start()
    yield made
    await made.stop()
