"""A database that goes away under the delivery loop, and comes back."""

from __future__ import annotations

import asyncio
from collections import Counter
from ipaddress import ip_network

import pytest
from sqlalchemy import create_engine, make_url, text

from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.ports import LedgerUnavailable
from tests.notifier.receivers import hook
from tests.notifier.samples import SilentLog, endpoint, taken, webhook_channel
from tests.notifier.test_deliver import deliverer, now, pace, rows, running, until


class Server:
    """A PostgreSQL server that lets nobody into one of its databases for a while."""

    def __init__(self, server: str, database: str) -> None:
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self._name = make_url(database).database

    def shut(self) -> None:
        """Cut every connection, and take no new one."""
        with self._admin.connect() as conn:
            conn.execute(text(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false"))
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            conn.execute(text(cut), {"name": self._name})

    def open(self) -> None:
        """Take connections again."""
        with self._admin.connect() as conn:
            conn.execute(text(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true"))
        self._admin.dispose()


async def test_deliveries_go_on_when_the_database_is_back(
    postgresql: str, new_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody starts the loop again; what was there before, and what comes after, arrives once."""
    monkeypatch.setattr("services.notifier.deliver._PAUSE_S", 0.05)
    server = Server(postgresql, new_database)
    ledger = SqlLedger(open_engine(new_database))
    await ledger.start()
    engine = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=3)
    await engine.start()
    log = SilentLog()
    async with hook(503) as office, running(deliverer(ledger, webhook_channel(engine), pace((1.0,)), log)):
        await ledger.add([endpoint(target=office.url)], now())
        await ledger.take([taken(notice="before")], now())
        await until(lambda found: found[0].status == "retrying", ledger)
        server.shut()
        with pytest.raises(LedgerUnavailable):
            await ledger.take([taken(notice="meanwhile")], now())
        async with asyncio.timeout(20):
            while not any(each["event"] == "task.failed" for each in log.lines):  # noqa: ASYNC110 (the loop's own doing)
                await asyncio.sleep(0.01)
        server.open()
        await ledger.take([taken(notice="after")], now())
        await until(lambda found: [each.status for each in found] == ["delivered"] * 2, ledger, within_s=20)
    await engine.stop()
    sent = Counter(each.headers["webhook-id"] for each in office.requests)
    assert sent == {each.delivery_id: each.attempt for each in await rows(ledger)}
    await ledger.stop()
