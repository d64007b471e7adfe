"""The whole service as a process, on the real broker: reminders go out, and receipts come in by every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from contracts.receipts import ReceiptRecorded
from contracts.webhooks.verify import verify
from services.runtime.publish import Outgoing, Publisher
from tests.notifier.receivers import Hook, hook
from tests.notifier.samples import TRACE, assignment
from tests.notifier.test_edxml import status
from tests.notifier.test_service import service

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def publishing(kafka: str) -> AsyncIterator[Publisher]:
    publisher = Publisher(kafka, source="test")
    await publisher.start()
    yield publisher
    await publisher.stop()


async def receipts(kafka: str, assignment_id: str, count: int) -> list[ReceiptRecorded]:
    """What receipts.recorded.v1 says of the assignment, once it says so much."""
    consumer = AIOKafkaConsumer("receipts.recorded.v1", bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[ReceiptRecorded] = []
    try:
        async with asyncio.timeout(20):
            async for record in consumer:
                message = ReceiptRecorded.from_bytes(record.value)
                found += [message] if message.assignment_id == assignment_id else []
                if len(found) == count:
                    return found
    finally:
        await consumer.stop()
    return found


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def types(office: Hook) -> list[str]:
    return [json.loads(each.body)["type"] for each in office.requests]


async def test_a_receipt_in_the_answer_reaches_kafka_and_nobody_is_reminded(kafka: str, tmp_path: Path) -> None:
    """One office answers its webhook with a receipt, one with nothing: only the latter is reminded."""
    answering = assignment(office="answers", notice="service-receipts", urgency="hỏa tốc")
    silent = assignment(office="silent", notice="service-receipts", urgency="hỏa tốc")
    said = {"noinhan-receipt": "03", "noinhan-actor": "H%E1%BB%87%20th%E1%BB%91ng"}
    quick = {"NOINHAN_RECEIPT_URGENT_MINUTES": "0.02", "NOINHAN_REMIND_OF_RECEIPT": "true"}
    async with (
        hook(headers=said) as one,
        hook() as other,
        publishing(kafka) as publisher,
        service(kafka, tmp_path, **quick) as (_, api),
    ):
        secrets = {}
        for copy, office in ((answering, one), (silent, other)):
            wanted = {"recipient_id": copy.recipient.recipient_id, "kind": "webhook", "url": office.url}
            secrets[office.url] = (await api.post("/v1/endpoints", json=wanted)).json()["secret"]
        await publisher.publish([Outgoing(answering, TRACE), Outgoing(silent, TRACE)])
        (made,) = await receipts(kafka, answering.assignment_id, 1)
        await until(lambda: len(other.requests) == 2)
        overdue = (await api.get("/v1/overdue", params={"notice_id": "service-receipts"})).json()["overdue"]
        listed = (await api.get("/v1/deliveries", params={"assignment_id": silent.assignment_id})).json()
    assert (made.code, made.actor, made.via) == ("03", "Hệ thống", "webhook")
    assert (types(one), types(other)) == (
        ["assignments.routed.v1"],
        ["assignments.routed.v1", "assignments.reminder.v1"],
    )
    reminder = other.requests[1]
    verify(secrets[other.url], reminder.headers, reminder.body)
    told = json.loads(reminder.body)["data"]
    assert (told["reminder"], told["assignment"]["assignment_id"]) == ("no_word", silent.assignment_id)
    assert [(each["recipient_id"], each["owes"]) for each in overdue] == [("silent", "word")]
    assert {each["about"] for each in listed["deliveries"]} == {None, "no_word"}


async def test_an_edxml_status_message_reaches_kafka(kafka: str, tmp_path: Path) -> None:
    """Over real HTTP, once, however often it is sent."""
    copy = assignment(office="edxml-office", notice="service-edxml")
    async with publishing(kafka) as publisher, service(kafka, tmp_path) as (_, api):
        await publisher.publish([Outgoing(copy, TRACE)])
        body = status(document="theirs", office="edxml-office", timestamp="")

        async def sent() -> int:
            return (await api.post("/v1/receipts/edxml", content=body)).status_code

        async with asyncio.timeout(20):
            while await sent() == 404:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        (made,) = await receipts(kafka, copy.assignment_id, 1)
    assert (made.code, made.actor, made.via, made.recipient_id) == ("03", "Nguyễn Văn A", "edxml", "edxml-office")
