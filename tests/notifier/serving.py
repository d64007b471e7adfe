"""The notifier's HTTP side over a ledger in memory, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from ipaddress import ip_network

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from contracts.receipts import ReceiptRecorded
from services.notifier.api.audit import AuditApi
from services.notifier.api.bodies import BodyApi
from services.notifier.api.bounces import BounceApi
from services.notifier.api.endpoint_changes import EndpointChangeApi
from services.notifier.api.endpoints import EndpointApi
from services.notifier.api.gate import Gate
from services.notifier.api.keys import KeyApi
from services.notifier.api.receipts import ReceiptApi
from services.notifier.api.repair import RepairApi
from services.notifier.api.reports import ReportApi
from services.notifier.api.unsubscribe import UnsubscribeApi
from services.notifier.handlers import BounceIntake
from services.notifier.links import ACKNOWLEDGE
from services.notifier.outcome import Answer, Unreachable
from services.notifier.parcel import Parcel
from services.runtime.links import sign
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import LINK_KEY, NOW, VAULT, SilentLog, assignment

KEY = "an-api-key-for-tests"
URL = "http://10.1.2.3/hook/abcdefghijklmnopqrstuvwxyz?token=secret"
ONE = {"recipient_id": "ubnd-luc-nam", "kind": "webhook", "url": URL, "name": "Văn thư"}
ID = assignment().assignment_id


class Recorder:
    """A channel that keeps what it is given and answers as told."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.answer: Answer | Unreachable = Answer("accepted", "accepted", "ok")

    async def deliver(self, parcel: Parcel, at: datetime) -> Answer:
        self.parcels.append(parcel)
        if isinstance(self.answer, Unreachable):
            raise self.answer
        return self.answer


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def channel() -> Recorder:
    return Recorder()


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
async def api(ledger: MemoryLedger, channel: Recorder, woken: list[int]) -> AsyncIterator[httpx.AsyncClient]:
    gate, log = Gate(ledger, SecretStr(KEY), clock=lambda: NOW), SilentLog()
    endpoints = EndpointApi(
        ledger,
        {"webhook": channel, "email": channel},
        (ip_network("10.0.0.0/8"),),
        VAULT,
        36.0,
        gate,
        wake=lambda: woken.append(1),
        clock=lambda: NOW,
        log=log,
    )
    receipts = ReceiptApi(ledger, gate, SecretStr(LINK_KEY), clock=lambda: NOW, log=log)
    unsubscribe = UnsubscribeApi(ledger, SecretStr(LINK_KEY), clock=lambda: NOW, log=log)
    repair = RepairApi(ledger, gate, wake=lambda: woken.append(1), clock=lambda: NOW, log=log)
    bounces = BounceApi(
        BounceIntake(ledger, "vpcp.vn", clock=lambda: NOW, log=log).on_mail_returned, gate, clock=lambda: NOW
    )
    keys = KeyApi(ledger, gate, clock=lambda: NOW, log=log)
    changes = EndpointChangeApi(ledger, VAULT, 36.0, gate, clock=lambda: NOW, log=log)
    bodies = BodyApi(ledger, SecretStr(LINK_KEY), clock=lambda: NOW)
    apis = (changes, endpoints, receipts, ReportApi(ledger, gate), repair, bodies, unsubscribe, bounces, keys)
    audit = AuditApi(ledger, gate)
    app = Starlette(routes=[route for api in (*apis, audit) for route in api.routes()])
    transport = httpx.ASGITransport(app)
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=headers) as client:
        yield client


def link(subject: str = ID, days: int = 1, purpose: str = ACKNOWLEDGE) -> str:
    return f"/a/{sign(LINK_KEY, purpose, subject, NOW + timedelta(days=days))}"


def said(ledger: MemoryLedger) -> list[ReceiptRecorded]:
    return list(ledger._receipts.values())
