"""Logs are JSON lines with event names of a closed list."""

from __future__ import annotations

import ast
import json
import logging
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from services.runtime.events import Event
from services.runtime.logging import Output, info_each

SERVICES = Path(__file__).resolve().parent.parent.parent / "services"
PROGRAM = """
import logging
from services.runtime.logging import configure, get_log
configure("info")
log = get_log("ingest")
log.debug("service.started")
log.info("notice.parsed", notice_id="n", subject='một "thông báo"')
for _ in range(100):
    logging.getLogger("aiokafka").error('it said "no"\\nand left')
try:
    1 / 0
except ZeroDivisionError as error:
    log.error("service.failed", exc_info=error)
"""


def test_every_line_is_json_also_those_of_libraries() -> None:
    """Quotes, line breaks and tracebacks stay inside; what is below the level or said over and over is left out."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["event"] for line in lines] == ["notice.parsed", "library", "service.failed"]
    assert lines[0]["service"] == "ingest"
    assert lines[0]["subject"] == 'một "thông báo"'
    assert lines[1]["message"] == 'it said "no"\nand left'
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert logging.getLogger("aiokafka").level == logging.NOTSET


TOGETHER = """
from services.runtime.logging import configure, get_log, info_each
configure("{level}")
log = get_log("notifier")
log.info("notice.parsed", notice_id="a", at=None)
info_each(log, "notice.parsed", [{{"notice_id": "a", "at": None}}, {{"notice_id": "b", "at": {{1}}}}])
"""


def test_lines_told_together_are_what_each_alone_would_be() -> None:
    """The same fields in the same order; nothing below the level."""
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER.format(level="info")], capture_output=True, text=True, check=True
    )
    alone, *together = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(each) for each in together] == [list(alone)] * 2
    assert [{**each, "timestamp": ""} for each in together] == [
        {**alone, "timestamp": ""},
        {**alone, "timestamp": "", "notice_id": "b", "at": [1]},
    ]
    quiet = subprocess.run(
        [sys.executable, "-c", TOGETHER.format(level="warning")], capture_output=True, text=True, check=True
    )
    assert quiet.stdout == ""


def test_without_our_logger_each_line_is_told_alone() -> None:
    """A log of another kind hears of every outcome."""
    heard: list[dict[str, object]] = []
    log = SimpleNamespace(info=lambda event, **fields: heard.append({"event": event, **fields}))
    info_each(log, "notice.parsed", [{"notice_id": "a"}, {"notice_id": "b"}])
    assert heard == [{"event": "notice.parsed", "notice_id": "a"}, {"event": "notice.parsed", "notice_id": "b"}]


def test_lines_of_one_moment_leave_in_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written before the end, which an exception brings about as well; then each line leaves at once."""
    writes: list[str] = []
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(write=writes.append, flush=lambda: None))
    output = Output()

    def say(*lines: str) -> None:
        for line in lines:
            output.write(line)
            output.flush()

    with suppress(ZeroDivisionError), output.together():
        say("a\n", "b\n")
        assert writes == []
        raise ZeroDivisionError
    say("c\n")
    assert writes == ["a\nb\n", "c\n"]


def test_the_list_of_events_holds_what_is_logged_and_nothing_else() -> None:
    """Every name that a service logs is in the list, and every name of the list is logged somewhere."""
    logged: set[str] = set()
    for path in SERVICES.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if path.name != "events.py":
            logged |= texts & set(get_args(Event))
    assert logged == set(get_args(Event))
