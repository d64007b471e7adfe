"""Deliveries a second by e-mail, from Kafka through the notifier's ledger to a mail server, text and HTML of each.

40 assignments for each of 100 mailboxes, at the settings as shipped (4 connections) and with DKIM signatures
(`signed`). The limit is a bare aiosmtplib loop that sends the same letters, written beforehand, over as many
connections to the same server in the same run. The detail tells what the notifier takes of memory and of processor
time a delivery.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import uvloop
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.harness import Result
from bench.notifier import assignment, assignments, await_counted, counted, notifier, outgoing, publish, register
from contracts.assignments import AssignmentRouted
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State
from services.notifier.endpoints import Endpoint
from services.notifier.letter import Sender, letter
from services.notifier.parcel import Parcel, contents_of, encode

_MAILBOXES = 100
_DELIVERIES = 4_000
_CONNECTIONS = 4
_SENDER = Sender("noinhan@bench.example", "Nơi nhận")


@dataclass(frozen=True)
class _Run:
    """What one run of the notifier showed."""

    per_s: float
    rss_mib: float
    cpu_ms: float
    repeated: int


def measure() -> Result:
    """Deliveries a second."""
    with tempfile.TemporaryDirectory() as folder, only_settings({"NOINHAN_HOME": folder}):
        home = State(Path(folder))
        try:
            bootstrap = broker.start(home).bootstrap
            with _mail_sink() as (port, base):
                plain = _run(bootstrap, port, base, Path(folder) / "plain", {})
                signed = _run(bootstrap, port, base, Path(folder) / "signed", _signing(Path(folder)))
                bare = _bare(port)
        finally:
            broker.stop(home)
    detail = {
        "signed": round(signed.per_s),
        "mailboxes": _MAILBOXES,
        "connections": _CONNECTIONS,
        "rss_mib": round(plain.rss_mib),
        "cpu_ms": round(plain.cpu_ms, 3),
        "signed_cpu_ms": round(signed.cpu_ms, 3),
        "repeated": plain.repeated + signed.repeated,
    }
    return Result("email", round(plain.per_s), "deliveries/s", round(bare), "bare aiosmtplib loop", detail)


@contextmanager
def _mail_sink() -> Iterator[tuple[int, str]]:
    """The port of a mail server, and the address where it tells what it counted."""
    with subprocess.Popen([sys.executable, "-m", "bench.smtp_sink"], stdout=subprocess.PIPE, text=True) as sink:
        try:
            assert sink.stdout is not None
            port, told = sink.stdout.readline().split()
            yield int(port), f"http://127.0.0.1:{told}"
        finally:
            sink.terminate()


def _signing(folder: Path) -> Mapping[str, str]:
    key_file = folder / "dkim.pem"
    key = rsa.generate_private_key(65_537, 2_048)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {
        "NOINHAN_DKIM_DOMAIN": _SENDER.domain,
        "NOINHAN_DKIM_SELECTOR": "s1",
        "NOINHAN_DKIM_KEY_FILE": str(key_file),
    }


def _run(bootstrap: str, port: int, base: str, home: Path, settings: Mapping[str, str]) -> _Run:
    """Deliver to every mailbox; the clock starts once the notifier has delivered one."""
    ids = [f"vn.{home.name}-{number}" for number in range(_MAILBOXES)]
    smtp = {
        "NOINHAN_SMTP_PORT": str(port),
        "NOINHAN_SMTP_SECURITY": "none",
        "NOINHAN_SMTP_CONNECTIONS": str(_CONNECTIONS),
        "NOINHAN_MAIL_FROM": _SENDER.address,
    }
    before = counted(base)
    with notifier(bootstrap, home, {**smtp, **settings}) as (process, url):
        register(url, [{"recipient_id": each, "kind": "email", "address": f"{each}@bench.example"} for each in ids])
        asyncio.run(publish(bootstrap, outgoing([assignment(f"{home.name}-first", ids[0])])))
        before = await_counted(base, before["distinct"] + 1)
        made = outgoing(assignments(home.name, ids, _DELIVERIES))
        spent = sum(process.cpu_times()[:2])
        began = time.monotonic()
        asyncio.run(publish(bootstrap, made))
        done = await_counted(base, before["distinct"] + _DELIVERIES)
        rss_mib = process.memory_info().rss / 2**20
        cpu_ms = (sum(process.cpu_times()[:2]) - spent) * 1_000 / _DELIVERIES
    repeated = done["posts"] - before["posts"] - _DELIVERIES
    return _Run(_DELIVERIES / (done["last"] - began), rss_mib, cpu_ms, repeated)


def _bare(port: int) -> float:
    written = [_written(each) for each in assignments("bare", ["vn.bare"], _DELIVERIES)]
    return _DELIVERIES / uvloop.run(_send_all(port, written))


def _written(made: AssignmentRouted) -> bytes:
    now = datetime.now(UTC)
    place = Endpoint("bare", "vn.bare", "email", "vn.bare@bench.example", None, None, "active", now)
    body = encode(made, f"https://noinhan.example/a/{'t' * 100}", now)
    parcel = Parcel(made.assignment_id, place, body, None)
    return letter(parcel, contents_of(parcel), place.target, _SENDER, now)


async def _send_all(port: int, written: Sequence[bytes]) -> float:
    todo = iter(written)

    async def send() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for each in todo:
                await client.sendmail(_SENDER.address, ["vn.bare@bench.example"], each)

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(_CONNECTIONS)))
    return time.perf_counter() - began
