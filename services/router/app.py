"""Wires the router. The only module of the service that constructs anything."""

from __future__ import annotations

from starlette.applications import Starlette

from contracts.directory import DirectoryEntry
from contracts.notices import NoticeParsed
from services.router.directory import load_directory
from services.router.handlers import Router
from services.router.present_directory import PresentDirectory
from services.router.read_lines import Policy
from services.router.settings import RouterSettings
from services.runtime.consume import Consumer
from services.runtime.follow import Follower
from services.runtime.health import Progress, health_routes
from services.runtime.http import make_server, serve
from services.runtime.logging import configure, get_log
from services.runtime.process import Process, run
from services.runtime.publish import Publisher

_NOTICES_AT_ONCE = 50


def main() -> int:
    """Run the router until it is told to stop; its exit status."""
    settings = RouterSettings()
    configure(settings.log_level)
    return run(lambda: make(settings))


def make(settings: RouterSettings) -> Process:
    """The process: producer, operators' entries, consumer of notices, health."""
    log = get_log("router")
    progress = Progress(settings.stalled_after_s)
    publisher = Publisher(settings.kafka, source="router")
    directory = PresentDirectory(load_directory(), log)
    entries = Follower(settings.kafka, DirectoryEntry, directory.take, progress=progress, log=log)
    policy = Policy(settings.disseminate, settings.tasked_not_listed, settings.implied)
    router = Router(directory, publisher, log, entries.caught_up, settings.successors, policy)
    consumer = Consumer(settings.kafka, service="router", publisher=publisher, progress=progress, log=log)
    consumer.on(NoticeParsed, router.on_notices_parsed, max_records=_NOTICES_AT_ONCE)
    routes = health_routes(progress, {"kafka": publisher.reachable})
    server = make_server(Starlette(routes=routes), settings.http_host, settings.http_port)
    process = Process("router", log, settings.stop_timeout_s)
    process.part(publisher.start, publisher.stop)
    process.part(entries.start, entries.stop)
    process.door(consumer.start, consumer.stop)
    process.stops_first(server.stop)
    process.loop("http", lambda: serve(server, settings.port_file))
    process.loop("consumer", consumer.watch)
    process.loop("directory", entries.follow)
    process.loop("producer", publisher.watch)
    return process
