"""Deliveries lost or left lying when the notifier is killed (SIGKILL) while it delivers.

Three runs: killed once in the middle; eight times, half a second apart; and in a crash loop, eight times 50 ms after
each start. Every record comes twice from Kafka, as a producer that retries may send it. A checker reads two files: what
was submitted, and the receiver's journal, which is on the disk before the receiver answers. A fourth run must be caught
by it: there the inbox takes every record for a new one.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.harness import Result
from bench.notifier import NOTIFIER, assignments, notifier, outgoing, publish, register
from contracts.identity import delivery_id
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State

_OFFICES: Final = 100
_DELIVERIES: Final = 10_000
_WITHIN_S: Final = 180
_QUIET_S: Final = 5
_NO_INBOX: Final = """
import sys
from uuid import uuid4
from services.notifier.ledger import items
items.unknown = lambda conn, arrived: list(arrived)
items.delivery_id = lambda item, endpoint: str(uuid4())
import services.notifier.ledger.inbox as inbox
inbox.unknown = items.unknown
from services.notifier.app import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Plan:
    """How often it is killed, how long after its start (or once it is `ready`), and how much arrived before that."""

    name: str
    kills: int
    after_start_s: float
    arrived_first: float
    ready: bool = True
    launcher: str = NOTIFIER


@dataclass(frozen=True)
class Verdict:
    """What the checker found: ids that never arrived, arrivals that nobody submitted, repetitions."""

    lost: int
    foreign: int
    duplicates: int
    changed: int


PLANS: Final = (
    Plan("once", 1, 0.0, 0.3),
    Plan("eight", 8, 0.5, 0.1),
    Plan("loop", 8, 0.05, 0.1, ready=False),
)
CONTROL: Final = Plan("control", 1, 0.0, 0.3, launcher=_NO_INBOX)


def measure() -> Result:
    """Lost and stranded over all runs."""
    detail: dict[str, int | str] = {}
    bad = in_flight = duplicates = 0
    with tempfile.TemporaryDirectory() as folder, only_settings({"NOINHAN_HOME": folder}):
        home = State(Path(folder))
        try:
            bootstrap = broker.start(home).bootstrap
            for plan in (*PLANS, CONTROL):
                found, leased, stranded = _run(bootstrap, Path(folder) / plan.name, plan)
                if plan is CONTROL:
                    detail["control"] = "caught" if found.foreign or found.duplicates > leased else "NOT CAUGHT"
                    continue
                bad += found.lost + found.foreign + found.changed + stranded
                duplicates += found.duplicates
                in_flight += leased
                detail[plan.name] = f"{found.lost} lost, {stranded} stranded, {found.duplicates} of {leased} twice"
        finally:
            broker.stop(home)
    detail |= {"duplicates": duplicates, "in_flight": in_flight}
    return Result("kill", bad, "deliveries lost or stranded", len(PLANS) * _DELIVERIES, "submitted", detail)


def check(submitted: Path, journal: Path) -> Verdict:
    """Compare what was submitted (a delivery id a line) with what arrived (an id and its body's hash a line)."""
    wanted = set(submitted.read_text().split())
    arrived = [line.split() for line in journal.read_text().splitlines()]
    times = Counter(each for each, _ in arrived)
    bodies: dict[str, set[str]] = {}
    for each, body in arrived:
        bodies.setdefault(each, set()).add(body)
    return Verdict(
        lost=len(wanted - times.keys()),
        foreign=len(times.keys() - wanted),
        duplicates=sum(times.values()) - len(times),
        changed=sum(len(each) > 1 for each in bodies.values()),
    )


def _run(bootstrap: str, home: Path, plan: Plan) -> tuple[Verdict, int, int]:
    """What the checker says, how many were leased when it was killed, and how many the books still have open."""
    home.mkdir()
    ids = [f"vn.{plan.name}-{number}" for number in range(_OFFICES)]
    made = assignments(plan.name, ids, _DELIVERIES)
    with _journal(home / "journal") as base:
        with notifier(bootstrap, home, launcher=plan.launcher) as (_, url):
            places = register(url, [{"recipient_id": each, "kind": "webhook", "url": f"{base}/{each}"} for each in ids])
        endpoint_of = {each["recipient_id"]: each["endpoint_id"] for each in places}
        expected = [delivery_id(e.assignment_id, endpoint_of[e.recipient.recipient_id]) for e in made]
        (home / "submitted").write_text("\n".join(expected))
        asyncio.run(publish(bootstrap, outgoing(each for each in made for _ in range(2))))
        leased = _kill(bootstrap, home, base, plan)
        with notifier(bootstrap, home, launcher=plan.launcher):
            _await_quiet(base)
            stranded = _open(home)
    return check(home / "submitted", home / "journal"), leased, stranded


def _kill(bootstrap: str, home: Path, base: str, plan: Plan) -> int:
    leased = 0
    for turn in range(plan.kills):
        with notifier(bootstrap, home, launcher=plan.launcher, ready=plan.ready or not turn) as (process, _):
            if turn == 0:
                _await_arrivals(base, int(_DELIVERIES * plan.arrived_first))
            time.sleep(plan.after_start_s)
            process.kill()
            process.wait()
        leased += _asked(home, "SELECT count(*) FROM deliveries WHERE lease_until IS NOT NULL")
    return leased


def _open(home: Path) -> int:
    """Deliveries that the books do not call delivered."""
    return _asked(home, "SELECT count(*) FROM deliveries WHERE status <> 'delivered'")


def _asked(home: Path, question: str) -> int:
    with closing(sqlite3.connect(home / "ledger.sqlite3", timeout=30)) as books:
        return int(books.execute(question).fetchone()[0])


def _arrived(base: str) -> int:
    return int(httpx.get(base, timeout=30).text)


def _await_arrivals(base: str, wanted: int) -> None:
    until = time.monotonic() + _WITHIN_S
    while _arrived(base) < wanted:
        if time.monotonic() > until:
            raise TimeoutError(f"fewer than {wanted} arrived within {_WITHIN_S} s")
        time.sleep(0.01)


def _await_quiet(base: str) -> None:
    """Wait until everything arrived and then nothing more for a while, or for so long that it will not."""
    last, since, until = -1, time.monotonic(), time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        now = _arrived(base)
        if now != last:
            last, since = now, time.monotonic()
        enough = _QUIET_S if now >= _DELIVERIES else _WITHIN_S / 2
        if time.monotonic() - since > enough:
            return
        time.sleep(0.2)


@contextmanager
def _journal(path: Path) -> Iterator[str]:
    asked: Sequence[str] = [sys.executable, "-m", "bench.journal", str(path)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as receiver:
        try:
            assert receiver.stdout is not None
            yield f"http://127.0.0.1:{int(receiver.stdout.readline())}"
        finally:
            receiver.terminate()
