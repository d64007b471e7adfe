"""JSON logs on standard output, one line per outcome."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOBase
from threading import Lock
from typing import Any, Final, Protocol, TextIO, cast

import structlog
from pydantic_core import to_json
from typing_extensions import override

from services.runtime.events import Event


class Log(Protocol):
    """What services log with: an event name of the closed list, and fields."""

    def debug(self, event: Event, /, **fields: object) -> object:
        """A detail for whoever looks for one."""

    def info(self, event: Event, /, **fields: object) -> object:
        """An outcome as it should be."""

    def warning(self, event: Event, /, **fields: object) -> object:
        """An outcome that somebody may want to know of."""

    def error(self, event: Event, /, **fields: object) -> object:
        """Something that somebody must look at."""


class Output(TextIOBase):
    """Standard output, whose lines can be held until they leave in one write."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._holding = 0
        self._lock = Lock()

    @override
    def write(self, line: str, /) -> int:
        with self._lock:
            self._lines.append(line)
        return len(line)

    @override
    def flush(self) -> None:
        if self._holding:
            return
        with self._lock:
            lines, self._lines = self._lines, []
        sys.stdout.write("".join(lines))
        sys.stdout.flush()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold what is written meanwhile: each write lets go of Python's lock, and may wait for it."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            self.flush()


OUTPUT: Final = Output()
"""Where this process's lines go."""


def configure(level: str) -> None:
    """Send this process's logs, libraries' warnings included, to standard output as JSON."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_as_json),
        ],
        wrapper_class=_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", OUTPUT)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(OUTPUT)
    handler.setFormatter(_LibraryLine())
    handler.addFilter(_Sparing())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def info_each(log: Log, event: Event, each: Sequence[Mapping[str, object]]) -> None:
    """What `log.info` would tell of many outcomes of one moment, a line each, for a fraction of the time."""
    together = getattr(log, "info_each", None)
    if together is not None:
        together(event, each)
        return
    for fields in each:
        log.info(event, **fields)


def _logger(level: int) -> type[structlog.typing.FilteringBoundLogger]:
    """The loggers of this process, which know `info_each`."""

    def together(self: Any, event: Event, each: Sequence[Mapping[str, object]]) -> None:
        if level > logging.INFO:
            return
        start = self._context
        end = {"event": event, "level": "info", "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
        lines = [to_json({**start, **fields, **end}, fallback=repr) for fields in each]
        OUTPUT.write(b"\n".join([*lines, b""]).decode())
        OUTPUT.flush()

    base = structlog.make_filtering_bound_logger(level)
    return type("Logger", (base,), {"info_each": together})


def _as_json(fields: object, **_: object) -> str:
    """The line; a field that JSON has no form for is written as Python shows it."""
    return to_json(fields, fallback=repr).decode()


def get_log(service: str) -> Log:
    """The service's logger; every line carries the service's name."""
    return cast("Log", structlog.get_logger(service=service))


class _Sparing(logging.Filter):
    """Lets the same message of a library through once in ten seconds: a broker that is away would flood the log."""

    _EVERY_S = 10.0

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, record.msg)
        if record.created - self._last.get(key, 0.0) < self._EVERY_S:
            return False
        self._last[key] = record.created
        return True


class _LibraryLine(logging.Formatter):
    """A library's log record as one line of JSON, with its traceback inside."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "event": "library",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)
