"""The mail of the whole service as a process: sent, unsubscribed from, and bounced."""

from __future__ import annotations

import asyncio
import signal
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from services.runtime.publish import Outgoing, Publisher
from tests.notifier.reports import report
from tests.notifier.samples import TRACE, assignment
from tests.notifier.smtp_server import smtp_server
from tests.notifier.test_service import service

OFFICE = "service-mail-test"


async def row(api: httpx.AsyncClient, assignment_id: str, status: str) -> dict[str, Any]:
    """The delivery of this assignment, once it has that status."""
    async with asyncio.timeout(20):
        while True:
            answer = await api.get("/v1/deliveries", params={"assignment_id": assignment_id})
            found: list[dict[str, Any]] = answer.json()["deliveries"]
            if found and found[0]["status"] == status:
                return found[0]
            await asyncio.sleep(0.05)


@pytest.mark.kafka
async def test_a_mailbox_gets_unsubscribes_and_bounces(kafka: str, tmp_path: Path) -> None:
    """A copy for information arrives; one click and the next is cancelled; its bounce, from a Maildir, fails it."""
    first, second = (assignment(OFFICE, f"{OFFICE}-{n}", tasks=(), role="biết") for n in (1, 2))
    for name in ("new", "cur"):
        (tmp_path / "returned" / name).mkdir(parents=True)
    publisher = Publisher(kafka, source="test")
    await publisher.start()
    async with smtp_server() as server:
        settings = {
            "NOINHAN_SMTP_PORT": str(server.port),
            "NOINHAN_SMTP_SECURITY": "none",
            "NOINHAN_MAIL_FROM": "noinhan@vpcp.vn",
            "NOINHAN_BOUNCE_MAILDIR": str(tmp_path / "returned"),
            "NOINHAN_BOUNCE_POLL_S": "0.1",
        }
        async with service(kafka, tmp_path, **settings) as (process, api):
            wanted = {"recipient_id": OFFICE, "kind": "email", "address": "vanthu@lucnam.vn"}
            await api.post("/v1/endpoints", json=wanted)
            await publisher.publish([Outgoing(first, TRACE)])
            delivered = await row(api, first.assignment_id, "delivered")
            link = message_from_bytes(server.letters[0].content)["List-Unsubscribe"].strip("<>")
            answer = await api.post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"})
            assert (answer.status_code, link.startswith(str(api.base_url))) == (200, True)
            await publisher.publish([Outgoing(second, TRACE)])
            assert (await row(api, second.assignment_id, "cancelled"))["reason"] == "unsubscribed"
            (tmp_path / "returned" / "new" / "1").write_bytes(report(delivered["delivery_id"]))
            assert (await row(api, first.assignment_id, "failed"))["reason"] == "bounced"
            books = (await api.get("/v1/balance")).json()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15) == 0
    await publisher.stop()
    assert (books["balanced"], books["failed"], books["cancelled"]) == (True, 1, 1)
