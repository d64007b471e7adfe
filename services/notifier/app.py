"""Builds the notifier: the only place that constructs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from secrets import token_bytes
from typing import Final

from starlette.applications import Starlette

from contracts.assignments import AssignmentRouted
from contracts.deliveries import EndpointKind
from contracts.notices import NoticeRecalled
from services.notifier.calendar.vietnam import BadCalendar, working_days
from services.notifier.calendar.working_days import HANOI, WorkingDays
from services.notifier.channels.considerate import Considerate
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.channels.mail import MailChannel
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.collect import collect
from services.notifier.deliver import Deliverer
from services.notifier.handlers import AssignmentIntake, BounceIntake, RecallIntake
from services.notifier.in_hand import SHARE_OF_LEASE, Pace
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.links import Links
from services.notifier.ports import Channel, Ledger
from services.notifier.remind import Reminder
from services.notifier.retain import Keeper
from services.notifier.settings import NotifierSettings
from services.notifier.tell import Teller
from services.notifier.vault import Vault, keys_in
from services.notifier.verify import Terms as VerifyTerms
from services.notifier.verify import Verifier
from services.notifier.watch import keep_gauges
from services.notifier.wire_api import Parts, make_routes
from services.notifier.wire_clock import make_terms
from services.notifier.wire_mail import make_channel, make_mailboxes, make_pool
from services.runtime import logging
from services.runtime.consume import Consumer
from services.runtime.health import Progress, health_routes
from services.runtime.http import Server, make_server, serve
from services.runtime.logging import Log, get_log
from services.runtime.process import Process, run
from services.runtime.publish import Publisher

SERVICE: Final = "notifier"
_SHORTEST_KEY: Final = 16
_AHEAD: Final = 200
"""Mails that may be claimed ahead of the few connections that carry them, once these are quick."""
_YEARS_AHEAD: Final = 3
_WITH_SLOW: Final = 5
"""So many times as many webhooks may be in flight where most of them wait long for their answer."""


def main() -> int:
    """Run the notifier until it is told to stop; answer the exit status."""
    settings = NotifierSettings()
    logging.configure(settings.log_level)
    return run(lambda: make(settings))


def make(settings: NotifierSettings) -> Process:
    """Build the process. Raises ValueError where a key is missing."""
    _check_keys(settings)
    log = get_log(SERVICE)
    progress = Progress(settings.stalled_after_s)
    ledger = SqlLedger(open_engine(_ledger_url(settings)))
    publisher = Publisher(settings.kafka, source=SERVICE)
    engine = HttptoolsEngine(settings.webhook_allowed_networks, settings.webhook_timeout_s)
    mail = make_pool(settings)
    links = Links(settings.public_url, settings.http_host, settings.link_key, settings.acknowledge_link_days)
    vault = Vault(keys_in(settings.secrets_key.get_secret_value()))
    channels: dict[EndpointKind, WebhookChannel | MailChannel] = {
        "webhook": WebhookChannel(engine, vault, body_url=links.body, log=log),
        "email": make_channel(settings, mail, links),
    }
    days = _working_days(settings)
    patient = {kind: Considerate(channel, days) for kind, channel in channels.items()}
    deliverers = _deliverers(settings, ledger, patient, progress, log)
    reminder = Reminder(
        ledger, partial(make_terms, settings), clock=_now, wake=lambda: _wake(deliverers), progress=progress, log=log
    )
    terms = VerifyTerms(settings.lease_s * SHARE_OF_LEASE, settings.lease_s)
    verifier = Verifier(
        ledger, channels, terms, clock=_now, random=token_bytes, wake=lambda: _wake(deliverers), log=log
    )
    teller = Teller(ledger, publisher, progress=progress, log=log)
    api = Api(settings, links, vault, verifier, ledger, publisher, channels, deliverers, progress, log)
    consumer = Consumer(settings.kafka, service=SERVICE, publisher=publisher, progress=progress, log=log)
    consumer.on(AssignmentRouted, api.intake().on_assignments_routed)
    consumer.on(NoticeRecalled, RecallIntake(ledger, wake=api.wake, clock=_now, log=log).on_notices_recalled)

    process = Process(SERVICE, log, settings.stop_timeout_s)
    process.part(ledger.start, ledger.stop)
    process.part(publisher.start, publisher.stop)
    process.part(engine.start, engine.stop)
    process.part(_nothing, mail.stop)
    process.part(_nothing, teller.stop)
    for each in deliverers:
        process.part(_nothing, each.stop)
        process.loop(f"deliver {each.kind}", each.run)
    process.part(api.start, api.stop)
    process.door(consumer.start, consumer.stop)
    process.loop("outbox", teller.run)
    process.loop("clocks", reminder.run)
    process.loop("verify", verifier.run)
    process.loop("retention", Keeper(ledger, settings.periods, clock=_now, log=log).run)
    process.loop("gauges", lambda: keep_gauges(ledger, log))
    for name, mailbox in make_mailboxes(settings).items():
        process.loop(
            f"bounces {name}", partial(collect, mailbox, api.bounces().on_mail_returned, settings.bounce_poll_s, log)
        )
    process.loop("http", api.serve)
    process.loop("consumer", consumer.watch)
    process.loop("producer", publisher.watch)
    return process


@dataclass
class Api:
    """The HTTP side: it knows its own port, and so the links that lead to it."""

    settings: NotifierSettings
    links: Links
    vault: Vault
    verifier: Verifier
    ledger: Ledger
    publisher: Publisher
    channels: Mapping[EndpointKind, Channel]
    deliverers: Sequence[Deliverer]
    progress: Progress
    log: Log

    def __post_init__(self) -> None:
        self._server: Server = make_server(self._app(), self.settings.http_host, self.settings.http_port)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; links can be made from here on."""
        self._serving = asyncio.create_task(serve(self._server, self.settings.port_file))
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # uvicorn has no event for it
        if self._serving.done():
            await self._serving
            raise OSError("the HTTP server did not start")
        self.links.port = self._server.port

    async def serve(self) -> None:
        """Return when the server ended."""
        if self._serving is not None:
            await asyncio.shield(self._serving)

    async def stop(self) -> None:
        """Answer what was asked, then close."""
        self._server.should_exit = True
        await self.serve()

    def intake(self) -> AssignmentIntake:
        """The handler of assignments."""
        return AssignmentIntake(
            self.ledger, acknowledge_url=self.links.acknowledge, hands=self.deliverers, clock=_now, log=self.log
        )

    def bounces(self) -> BounceIntake:
        """The handler of mail that came back."""
        return BounceIntake(self.ledger, self.settings.mail_from.rpartition("@")[2], clock=_now, log=self.log)

    def wake(self) -> None:
        """Deliveries may have become due, or an endpoint may have been added."""
        _wake(self.deliverers)
        self.verifier.look()

    def _app(self) -> Starlette:
        health = health_routes(self.progress, {"kafka": self.publisher.reachable, "ledger": self.ledger.answers})
        take_mail = self.bounces().on_mail_returned
        parts = Parts(
            self.settings,
            self.ledger,
            self.channels,
            self.vault,
            self.verifier,
            take_mail,
            wake=self.wake,
            clock=_now,
            log=self.log,
        )
        return Starlette(routes=make_routes(parts, health))


def _deliverers(
    settings: NotifierSettings, ledger: Ledger, channels: Mapping[EndpointKind, Channel], progress: Progress, log: Log
) -> list[Deliverer]:
    # A mail in flight has a connection to the mail server, and there are no more of these for slow ones.
    at_once: dict[EndpointKind, tuple[int, int]] = {
        "webhook": (settings.webhook_in_flight, settings.webhook_in_flight * _WITH_SLOW),
        "email": (settings.smtp_connections, settings.smtp_connections),
    }
    return [
        Deliverer(
            kind,
            channel,
            ledger,
            _pace(settings, *at_once[kind]),
            clock=_now,
            chance=random.random,
            progress=progress,
            log=log,
        )
        for kind, channel in channels.items()
    ]


def _pace(settings: NotifierSettings, in_flight: int, with_slow: int) -> Pace:
    return Pace(
        in_flight=in_flight,
        with_slow=with_slow,
        per_endpoint=settings.endpoint_in_flight,
        lease_s=settings.lease_s,
        schedule_s=settings.retry_schedule_s,
        poll_s=settings.poll_s,
        gather_s=settings.gather_s,
        drain_s=settings.stop_timeout_s / 4,
        ahead=_AHEAD,
        disable_after_days=settings.endpoint_disable_after_days,
    )


def _working_days(settings: NotifierSettings) -> WorkingDays:
    year = datetime.now(HANOI).year
    try:
        return working_days(year - 1, year + _YEARS_AHEAD, settings.calendar_file)
    except (BadCalendar, OSError) as error:
        raise ValueError(f"NOINHAN_CALENDAR_FILE cannot be read: {error}") from None


def _wake(deliverers: Sequence[Deliverer]) -> None:
    for each in deliverers:
        each.wake()


def _ledger_url(settings: NotifierSettings) -> str:
    return settings.ledger_url or f"sqlite:///{settings.home.resolve() / 'ledger.sqlite3'}"


def _check_keys(settings: NotifierSettings) -> None:
    for name, key in (("API", settings.api_key), ("LINK", settings.link_key)):
        if len(key.get_secret_value()) < _SHORTEST_KEY:
            raise ValueError(f"set NOINHAN_{name}_KEY to at least {_SHORTEST_KEY} random characters")


def _now() -> datetime:
    return datetime.now(UTC)


async def _nothing() -> None:
    return
