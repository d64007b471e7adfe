"""The notifier's HTTP side over a ledger in memory, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_network
from secrets import token_bytes

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from contracts.deliveries import EndpointKind
from contracts.receipts import ReceiptRecorded
from services.notifier.handlers import BounceIntake
from services.notifier.links import ACKNOWLEDGE
from services.notifier.outcome import Answer, Unreachable
from services.notifier.parcel import Parcel
from services.notifier.ports import Ask, Challenger, Ledger
from services.notifier.settings import NotifierSettings
from services.notifier.verify import Terms, Verifier
from services.notifier.wire_api import Parts, make_routes
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
        self.asks: list[Ask] = []
        self.answer: Answer | Unreachable = Answer("accepted", "accepted", "ok")

    async def challenge(self, ask: Ask, at: datetime) -> Answer:
        self.asks.append(ask)
        if isinstance(self.answer, Unreachable):
            raise self.answer
        return self.answer

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


def verifier(ledger: Ledger, channels: Mapping[EndpointKind, Challenger], woken: list[int], log: SilentLog) -> Verifier:
    terms = Terms(patience_s=5, lease_s=60)
    return Verifier(
        ledger, channels, terms, clock=lambda: NOW, random=token_bytes, wake=lambda: woken.append(1), log=log
    )


@pytest.fixture
async def api(ledger: MemoryLedger, channel: Recorder, woken: list[int]) -> AsyncIterator[httpx.AsyncClient]:
    log = SilentLog()
    channels: dict[EndpointKind, Recorder] = {"webhook": channel, "email": channel}
    parts = Parts(
        NotifierSettings(
            api_key=SecretStr(KEY), link_key=SecretStr(LINK_KEY), webhook_allowed_networks=(ip_network("10.0.0.0/8"),)
        ),
        ledger,
        channels,
        VAULT,
        verifier(ledger, channels, woken, log),
        BounceIntake(ledger, "vpcp.vn", clock=lambda: NOW, log=log).on_mail_returned,
        wake=lambda: woken.append(1),
        clock=lambda: NOW,
        log=log,
    )
    app = Starlette(routes=make_routes(parts, []))
    transport = httpx.ASGITransport(app)
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=headers) as client:
        yield client


def link(subject: str = ID, days: int = 1, purpose: str = ACKNOWLEDGE) -> str:
    return f"/a/{sign(LINK_KEY, purpose, subject, NOW + timedelta(days=days))}"


def said(ledger: MemoryLedger) -> list[ReceiptRecorded]:
    return list(ledger._receipts.values())
