"""The whole service as a process, on the real broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from contracts.deliveries import DeliveryStatus
from contracts.webhooks.verify import verify
from services.runtime.publish import Outgoing, Publisher
from tests.notifier.receivers import hook
from tests.notifier.samples import LINK_KEY, SECRETS_KEY, TRACE, assignment
from tests.notifier.test_vault import all_bytes

START = "import sys; from services.notifier.app import main; sys.exit(main())"
KEY = "an-api-key-for-tests"


@asynccontextmanager
async def service(
    kafka: str, home: Path, **more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    settings = {
        "NOINHAN_KAFKA": kafka,
        "NOINHAN_HOME": str(home),
        "NOINHAN_PORT_FILE": str(home / "port"),
        "NOINHAN_API_KEY": KEY,
        "NOINHAN_LINK_KEY": LINK_KEY,
        "NOINHAN_SECRETS_KEY": SECRETS_KEY,
        "NOINHAN_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        **more,
    }
    made = await asyncio.create_subprocess_exec(sys.executable, "-c", START, env={**os.environ, **settings})
    try:
        async with asyncio.timeout(20):
            while not (home / "port").exists():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        base = f"http://127.0.0.1:{(home / 'port').read_text().strip()}"
        async with httpx.AsyncClient(base_url=base, headers={"authorization": f"Bearer {KEY}"}) as client:
            yield made, client
    finally:
        if made.returncode is None:
            made.kill()
            await made.wait()


async def told(kafka: str, assignment_id: str) -> list[str]:
    """What deliveries.status.v1 says of the assignment, until it says delivered."""
    consumer = AIOKafkaConsumer("deliveries.status.v1", bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    statuses: list[str] = []
    try:
        async with asyncio.timeout(10):
            async for record in consumer:
                message = DeliveryStatus.from_bytes(record.value)
                if message.assignment_id == assignment_id:
                    statuses.append(message.status)
                if statuses[-1:] == ["delivered"]:
                    break
    finally:
        await consumer.stop()
    return statuses


@pytest.mark.kafka
async def test_an_assignment_on_kafka_reaches_its_office_and_kafka_is_told(kafka: str, tmp_path: Path) -> None:
    """From the record to a verified webhook to delivered on the status topic; then a clean stop."""
    made = assignment(office="service-test", notice="service-test")
    publisher = Publisher(kafka, source="test")
    await publisher.start()
    async with hook() as office, service(kafka, tmp_path) as (process, api):
        wanted = {"recipient_id": "service-test", "kind": "webhook", "url": office.url}
        secret = (await api.post("/v1/endpoints", json=wanted)).json()["secret"]
        await publisher.publish([Outgoing(made, TRACE)])
        assert await told(kafka, made.assignment_id) == ["delivered"]
        assert (await api.get("/readyz")).status_code == 200
        assert (await api.get("/livez")).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0
    await publisher.stop()
    (got,) = office.requests
    verify(secret, got.headers, got.body)


@pytest.mark.kafka
async def test_a_key_outlives_the_process_and_nothing_on_disk_is_it(kafka: str, tmp_path: Path) -> None:
    """It opens what it may after a kill, a revoked one does not, and both deeds stand in the trail."""
    async with service(kafka, tmp_path) as (_, api):
        kept, gone = [
            (await api.post("/v1/keys", json={"name": name, "scopes": ["read"]})).json() for name in ("kept", "gone")
        ]
        assert (await api.get("/v1/balance", headers={"authorization": f"Bearer {kept['key']}"})).status_code == 200
        assert (await api.delete(f"/v1/keys/{gone['key_id']}")).status_code == 200
    (tmp_path / "port").unlink()
    async with service(kafka, tmp_path) as (_, api):
        answers = [
            await api.get(path, headers={"authorization": f"Bearer {each['key']}"})
            for path, each in (("/v1/balance", kept), ("/v1/balance", gone), ("/v1/keys", kept))
        ]
        trail = (await api.get("/v1/audit")).json()["audit"]
    assert [each.status_code for each in answers] == [200, 401, 403]
    assert [(each["what"], each["on"]) for each in trail] == [
        ("key.revoked", gone["key_id"]),
        ("key.created", gone["key_id"]),
        ("key.created", kept["key_id"]),
    ]
    stored = all_bytes(tmp_path)
    assert kept["key_id"].encode() in stored
    for key in (kept["key"], gone["key"]):
        assert key.rpartition("_")[2].encode() not in stored
