"""Wires the notifier's HTTP side: every route that it has. Part of `app`, apart for its size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from starlette.routing import Route

from contracts.deliveries import EndpointKind
from services.notifier.api.audit import AuditApi
from services.notifier.api.bodies import BodyApi
from services.notifier.api.bounces import BounceApi
from services.notifier.api.edxml import EdxmlApi
from services.notifier.api.endpoint_changes import EndpointChangeApi
from services.notifier.api.endpoints import EndpointApi
from services.notifier.api.evidence import EvidenceApi
from services.notifier.api.gate import Gate
from services.notifier.api.health import HealthApi
from services.notifier.api.keys import KeyApi
from services.notifier.api.openapi import routes_with_document
from services.notifier.api.proofs import ProofApi
from services.notifier.api.receipts import ReceiptApi
from services.notifier.api.repair import RepairApi
from services.notifier.api.reports import ReportApi
from services.notifier.api.retention import RetentionApi
from services.notifier.api.unsubscribe import UnsubscribeApi
from services.notifier.audit import Deed
from services.notifier.in_hand import SHARE_OF_LEASE
from services.notifier.ports import BounceOutcome, Channel, Ledger
from services.notifier.retain import Keeper
from services.notifier.settings import NotifierSettings
from services.notifier.vault import Vault
from services.notifier.verify import Verifier
from services.runtime.logging import Log


@dataclass(frozen=True)
class Parts:
    """What the routes need of the rest."""

    settings: NotifierSettings
    ledger: Ledger
    channels: Mapping[EndpointKind, Channel]
    vault: Vault
    verifier: Verifier
    take_mail: Callable[[bytes, Deed], Awaitable[BounceOutcome]]
    wake: Callable[[], None]
    clock: Callable[[], datetime]
    log: Log


def make_routes(parts: Parts, health: list[Route]) -> list[Route]:
    """Every route, those of health too, and the document that describes them all."""
    settings, ledger, clock, log = parts.settings, parts.ledger, parts.clock, parts.log
    gate = Gate(ledger, settings.api_key, clock=clock)
    longest_s = settings.lease_s * SHARE_OF_LEASE
    endpoints = EndpointApi(
        ledger,
        parts.channels,
        settings.webhook_allowed_networks,
        parts.vault,
        longest_s,
        gate,
        wake=parts.wake,
        clock=clock,
        log=log,
        verify_all=settings.verify_endpoints == "all",
    )
    keeper = Keeper(ledger, settings.periods, clock=clock, log=log)
    apis = (
        EndpointChangeApi(ledger, parts.vault, longest_s, gate, clock=clock, log=log),
        HealthApi(ledger, gate, clock=clock),
        endpoints,
        ProofApi(ledger, parts.verifier, settings.link_key, gate, clock=clock),
        ReceiptApi(ledger, gate, settings.link_key, clock=clock, log=log),
        EdxmlApi(ledger, gate, clock=clock, log=log),
        UnsubscribeApi(ledger, settings.link_key, clock=clock, log=log),
        ReportApi(ledger, gate, clock=clock),
        RepairApi(ledger, gate, wake=parts.wake, clock=clock, log=log),
        BounceApi(parts.take_mail, gate, clock=clock),
        BodyApi(ledger, settings.link_key, clock=clock),
        KeyApi(ledger, gate, clock=clock, log=log),
        AuditApi(ledger, gate),
        EvidenceApi(ledger, gate),
        RetentionApi(ledger, keeper, gate, clock=clock, log=log),
    )
    return routes_with_document([*health, *(route for api in apis for route in api.routes())], version("noinhan"))
