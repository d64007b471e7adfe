"""Verification in the whole service as a process: an endpoint of a narrow key, asked over HTTP, and a mailbox."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from services.runtime.publish import Outgoing, Publisher
from tests.notifier.samples import TRACE, assignment
from tests.notifier.smtp_server import smtp_server
from tests.notifier.test_service import service
from tests.notifier.test_verify import answering
from tests.notifier.wires import server

HOOK, BOX = "verify-hook", "verify-box"


async def shown(api: httpx.AsyncClient, endpoint_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The endpoint, once that holds."""
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await api.get(f"/v1/endpoints/{endpoint_id}")).json()
            if holds(found):
                return found
            await asyncio.sleep(0.05)


async def row(api: httpx.AsyncClient, assignment_id: str, status: str) -> dict[str, Any]:
    """The delivery of this assignment that has this status, once there is one."""
    async with asyncio.timeout(20):
        while True:
            answer = await api.get("/v1/deliveries", params={"assignment_id": assignment_id, "status": status})
            found: list[dict[str, Any]] = answer.json()["deliveries"]
            if found:
                return found[0]
            await asyncio.sleep(0.05)


@pytest.mark.kafka
async def test_whoever_may_not_operate_has_his_endpoints_proven(kafka: str, tmp_path: Path) -> None:
    """What came before is held; a webhook is asked at once and served; a mailbox is served after its button."""
    publisher = Publisher(kafka, source="test")
    await publisher.start()
    copies = [assignment(office, f"{office}-1") for office in (HOOK, BOX)]
    mail = {"NOINHAN_SMTP_SECURITY": "none", "NOINHAN_MAIL_FROM": "noinhan@vpcp.vn"}
    async with server(answering(str.encode)) as office, smtp_server() as mails:
        settings = {**mail, "NOINHAN_SMTP_PORT": str(mails.port)}
        async with service(kafka, tmp_path, **settings) as (process, api):
            await publisher.publish([Outgoing(each, TRACE) for each in copies])
            for each in copies:
                await row(api, each.assignment_id, "held")
            key = (await api.post("/v1/keys", json={"name": "Sở", "scopes": ["endpoints"]})).json()["key"]
            wanted = [
                {"recipient_id": HOOK, "kind": "webhook", "url": office.url},
                {"recipient_id": BOX, "kind": "email", "address": "vanthu@lucnam.vn"},
            ]
            made = await api.post("/v1/endpoints", json=wanted, headers={"authorization": f"Bearer {key}"})
            assert [each["state"] for each in made.json()] == ["unverified"] * 2
            hook, box = (each["endpoint_id"] for each in made.json())
            await shown(api, hook, lambda found: found["state"] == "active")
            await row(api, copies[0].assignment_id, "delivered")
            await shown(api, box, lambda found: (found["verification"] or {}).get("reason") == "mail_sent")
            letter = message_from_bytes(mails.letters[0].content, policy=policy.default)
            part = letter.get_body(("plain",))
            assert part is not None
            (link,) = re.findall(r"http://\S+/v/\S+", part.get_content())
            assert (await api.get(urlsplit(link).path)).status_code == 200
            assert (await row(api, copies[1].assignment_id, "held"))["reason"] == "unverified"
            assert (await api.post(urlsplit(link).path, data={"confirm": "yes"})).status_code == 200
            await row(api, copies[1].assignment_id, "delivered")
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 15) == 0
    await publisher.stop()
    assert [json.loads(each.body)["type"] for each in office.requests] == [
        "endpoint.challenge",
        "assignments.routed.v1",
    ]
    assert len(mails.letters) == 2
