"""Wires ingest. The only module of the service that constructs anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.applications import Starlette

from services.ingest.api import Api
from services.ingest.carried import CarriedFile
from services.ingest.handlers import Intake
from services.ingest.holds import HoldsFile
from services.ingest.inbox import Inbox
from services.ingest.originals import OriginalsFolder
from services.ingest.reader_pool import ReaderPool
from services.ingest.recall_api import RecallApi
from services.ingest.recall_handlers import Recaller
from services.ingest.register import RegisterFile
from services.ingest.retain import Keeper
from services.ingest.retention_api import RetentionApi
from services.ingest.review import Policy
from services.ingest.review_api import ReviewApi
from services.ingest.review_handlers import Review
from services.ingest.reviews import ReviewsFile
from services.ingest.settings import IngestSettings
from services.ingest.taken_files import TakenFiles
from services.runtime.health import Progress, health_routes
from services.runtime.http import Server, make_server, serve
from services.runtime.logging import Log, configure, get_log
from services.runtime.process import Process, run
from services.runtime.publish import Publisher


def main() -> int:
    """Run ingest until it is told to stop; its exit status."""
    settings = IngestSettings()
    configure(settings.log_level)
    return run(lambda: make(settings))


def make(settings: IngestSettings) -> Process:
    """The process: producer, HTTP server, watched folder."""
    settings.require_keys()
    log = get_log("ingest")
    progress = Progress(settings.stalled_after_s)
    publisher = Publisher(settings.kafka, source="ingest")
    reader = ReaderPool(settings.reader_processes, settings.read_timeout_s)

    def base_url() -> str:
        return settings.originals_url or f"http://{settings.http_host}:{server.port}"

    intake = _intake(settings, reader, publisher, log, base_url)
    api = Api(intake, settings.api_key, intake.link_key, settings.max_document_bytes, settings.submitters)
    review_api = ReviewApi(Review(intake, intake.reviews), settings.api_key)
    recall_api = RecallApi(intake.recaller, settings.api_key)
    keeper = _keeper(settings, intake, log)
    retention_api = RetentionApi(keeper, intake.recaller.carried, settings.api_key)
    health = health_routes(progress, {"kafka": publisher.reachable})
    routes = [each for part in (api, review_api, recall_api, retention_api) for each in part.routes()]
    server: Server = make_server(
        Starlette(routes=[*routes, *health]),
        settings.http_host,
        settings.http_port,
    )
    inbox = Inbox(
        folder=settings.inbox_folder,
        take=intake.take,
        max_bytes=settings.max_document_bytes,
        interval_s=settings.inbox_interval_s,
        progress=progress,
        log=log,
    )
    process = Process("ingest", log, settings.stop_timeout_s)
    process.part(publisher.start, publisher.stop)
    process.part(reader.start, reader.stop)
    process.stops_first(inbox.stop)
    process.stops_first(server.stop)
    process.loop("http", lambda: serve(server, settings.port_file))
    process.loop("inbox", inbox.watch)
    process.loop("retention", keeper.run)
    process.loop("producer", publisher.watch)
    return process


def _keeper(settings: IngestSettings, intake: Intake, log: Log) -> Keeper:
    inbox = settings.inbox_folder
    return Keeper(
        originals=OriginalsFolder(settings.home / "originals"),
        inbox=TakenFiles([inbox / "done", inbox / "rejected"]),
        reviews=intake.reviews,
        register=intake.register,
        holds=HoldsFile(settings.home / "ingest.db"),
        period=settings.keep_originals,
        clock=lambda: datetime.now(UTC),
        log=log,
    )


def _intake(
    settings: IngestSettings, reader: ReaderPool, publisher: Publisher, log: Log, base_url: Callable[[], str]
) -> Intake:
    return Intake(
        originals=OriginalsFolder(settings.home / "originals"),
        register=RegisterFile(settings.home / "ingest.db"),
        reviews=ReviewsFile(settings.home / "ingest.db"),
        policy=Policy(settings.review, settings.review_below),
        reader=reader,
        publisher=publisher,
        recaller=Recaller(CarriedFile(settings.home / "ingest.db"), publisher, log, settings.recall_by_notice),
        log=log,
        link_key=settings.link_key.get_secret_value(),
        link_days=settings.original_link_days,
        originals_url=base_url,
    )
