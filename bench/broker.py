"""How long the local broker takes to start again: jars verified, storage found, ready for clients, topics there.

The limit is the Java runtime alone, starting and ending.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from bench.harness import Result, percentiles
from demo.stage import only_settings
from deploy.local import broker, jars
from deploy.local.state import State

_ROUNDS = 3


def measure() -> Result:
    """Seconds; the median of second starts."""
    with tempfile.TemporaryDirectory() as folder, only_settings({}):
        home = State(Path(folder))
        first = _start(home)
        again = [_start(home) for _ in range(_ROUNDS)]
    java = [_java() for _ in range(_ROUNDS)]
    detail = {"first_start_s": round(first, 1), "rounds": _ROUNDS}
    seconds, limit = (round(percentiles(each)[0], 2) for each in (again, java))
    return Result("broker", seconds, "s", limit, "the Java runtime alone", detail)


def _start(home: State) -> float:
    began = time.perf_counter()
    broker.start(home)
    seconds = time.perf_counter() - began
    broker.stop(home)
    return seconds


def _java() -> float:
    began = time.perf_counter()
    subprocess.run([str(jars.java()), "-version"], check=True, capture_output=True)
    return time.perf_counter() - began
