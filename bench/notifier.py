"""The notifier alone, between a broker and a receiver that counts: what several measurements stand on."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import httpx
import psutil

from contracts import identity
from contracts.assignments import AssignmentRouted, Reason, Recipient
from contracts.message import Written
from contracts.notices import Original, Task
from services.runtime.publish import Outgoing, Publisher
from services.runtime.tracing import new_trace

KEY = "bench-key-bench-key-bench"
NOTIFIER = "import sys; from services.notifier.app import main; sys.exit(main())"
_SECRETS_KEY = base64.urlsafe_b64encode(KEY.rjust(32).encode()).decode()
_WITHIN_S = 180


@contextmanager
def sink() -> Iterator[str]:
    """The address of a receiver."""
    with subprocess.Popen([sys.executable, "-m", "bench.sink"], stdout=subprocess.PIPE, text=True) as sink:
        try:
            assert sink.stdout is not None
            yield f"http://127.0.0.1:{int(sink.stdout.readline())}"
        finally:
            sink.terminate()


@contextmanager
def notifier(
    bootstrap: str,
    home: Path,
    more: Mapping[str, str] | None = None,
    *,
    launcher: str = NOTIFIER,
    ready: bool = True,
) -> Iterator[tuple[psutil.Process, str]]:
    """A notifier as it is shipped, but for `more` settings, with its state in `home`: its process and its address.

    Where it need not be `ready`, nobody waits for its address.
    """
    home.mkdir(exist_ok=True)
    (home / "port").unlink(missing_ok=True)
    settings = {
        "NOINHAN_KAFKA": bootstrap,
        "NOINHAN_HOME": str(home),
        "NOINHAN_PORT_FILE": str(home / "port"),
        "NOINHAN_API_KEY": KEY,
        "NOINHAN_LINK_KEY": KEY,
        "NOINHAN_SECRETS_KEY": _SECRETS_KEY,
        "NOINHAN_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        **(more or {}),
    }
    with subprocess.Popen(
        [sys.executable, "-c", launcher], env={**os.environ, **settings}, stdout=subprocess.DEVNULL
    ) as process:
        try:
            until = time.monotonic() + 60
            while ready and not (home / "port").exists():
                if time.monotonic() > until:
                    raise TimeoutError("the notifier did not start within 60 s")
                time.sleep(0.05)
            port = (home / "port").read_text().strip() if ready else ""
            yield psutil.Process(process.pid), f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def assignments(name: str, ids: Sequence[str], count: int) -> list[AssignmentRouted]:
    """So many assignments, for the offices in turn."""
    return [assignment(f"{name}-{number}", ids[number % len(ids)]) for number in range(count)]


def assignment(notice: str, office: str) -> AssignmentRouted:
    """One of about a kilobyte."""
    task = Task(task_id="t1", assignees=("UBND các huyện",), role="chủ trì", text="Rà soát các hồ chứa và báo cáo")
    return AssignmentRouted(
        assignment_id=identity.assignment_id(notice, 1, office),
        notice_id=notice,
        revision=1,
        document_id="d" * 64,
        number="129/TB-VPCP",
        doc_type="thông báo",
        issuer="Văn phòng Chính phủ",
        issued_on=None,
        subject="Kết luận về phòng, chống lụt bão",
        urgency="thường",
        recipient=Recipient(recipient_id=office, name="UBND huyện Lục Nam", level="district", province="Bắc Giang"),
        role="thực hiện",
        because=(Reason(line="UBND các huyện, thành phố", rule="group:districts"),),
        tasks=(task,),
        original=Original(
            url="https://noinhan.example/1", file_name="1.pdf", media_type="application/pdf", size_bytes=1
        ),
        directory_version="bench",
    )


def outgoing(assignments: Iterable[AssignmentRouted]) -> list[Outgoing]:
    """Assignments as they travel: writing them down is not what is measured."""
    kind = AssignmentRouted
    return [Outgoing(Written(kind, each.key, each.event_id, each.to_bytes()), new_trace()) for each in assignments]


async def publish(bootstrap: str, messages: Sequence[Outgoing]) -> None:
    """Put messages on their topics."""
    publisher = Publisher(bootstrap, source="bench")
    await publisher.start()
    await publisher.publish(messages)
    await publisher.stop()


def counted(base: str) -> dict[str, Any]:
    """What the receiver counted so far: see `bench.sink`. An httpx client costs more to make than this takes."""
    with urlopen(base) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def arrivals(base: str) -> dict[str, float]:
    """The monotonic moment at which each webhook-id first arrived at the receiver."""
    with urlopen(f"{base}/arrivals") as answer:
        moments: dict[str, float] = json.load(answer)
    return moments


def await_counted(base: str, distinct: int) -> dict[str, Any]:
    """Wait until so many different deliveries arrived. Raises TimeoutError."""
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        told = counted(base)
        if told["distinct"] >= distinct:
            return told
        time.sleep(0.2)
    raise TimeoutError(f"not everything was delivered within {_WITHIN_S} s")


def register(url: str, wanted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add endpoints; the API's answer for each."""
    headers = {"authorization": f"Bearer {KEY}"}
    answer = httpx.post(f"{url}/v1/endpoints", json=list(wanted), headers=headers, timeout=60).raise_for_status()
    made: list[dict[str, Any]] = answer.json()
    return made
