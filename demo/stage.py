"""Everything the main job needs, running: Kafka, the services, a mail server and a webhook receiver.

The demo, the benchmarks and the end-to-end tests stand on the same stage.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.run import await_ready
from cli.services import client
from demo.receivers import Mailbox, WebhookReceiver
from deploy.local import broker, supervisor
from deploy.local.processes import free_ports
from deploy.local.state import State

_OF_ONE_RUN = ("originals", "inbox", "run", "logs", "ingest.db", "ledger.sqlite3")


class NotReady(Exception):
    """A service did not come up. The message names the logs."""


@dataclass(frozen=True)
class Stage:
    """What runs, and where."""

    home: State
    bootstrap: str
    mailbox: Mailbox
    receiver: WebhookReceiver
    webhook_base: str

    def register(self, wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add endpoints; the receiver learns the webhooks' secrets."""
        with client("notifier") as http:
            added: list[dict[str, Any]] = http.post("/v1/endpoints", json=list(wanted)).raise_for_status().json()
        self.receiver.secrets.update({each["recipient_id"]: each["secret"] for each in added if "secret" in each})
        return added

    def balance(self) -> dict[str, Any]:
        """The notifier's own count of assignments by state."""
        with client("notifier") as http:
            counted: dict[str, Any] = http.get("/v1/balance").raise_for_status().json()
        return counted


@contextmanager
def stage(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """Run everything with its state in `folder`, which starts empty; stop what was started at the end.

    `settings` are further NOINHAN_… variables of the services. Raises NotReady, BrokerFailed.
    """
    (smtp_port,) = free_ports(1)
    mailbox, receiver = Mailbox(smtp_port), WebhookReceiver()
    home = State(folder.resolve())
    with only_settings({"NOINHAN_HOME": str(home.home), **_settings(smtp_port), **(settings or {})}):
        mailbox.start()
        base = f"http://127.0.0.1:{receiver.start()}/hooks"
        try:
            yield Stage(home, _start(home), mailbox, receiver, base)
        finally:
            supervisor.down(home)
            broker.stop(home)
            receiver.stop()
            mailbox.stop()


@contextmanager
def only_settings(settings: Mapping[str, str]) -> Iterator[None]:
    """Only these NOINHAN_… variables for a while: what the user's shell says of a real system is not for the stage."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("NOINHAN_"):
            del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _settings(smtp_port: int) -> dict[str, str]:
    return {
        "NOINHAN_SMTP_HOST": "127.0.0.1",
        "NOINHAN_SMTP_PORT": str(smtp_port),
        "NOINHAN_SMTP_SECURITY": "none",
        "NOINHAN_MAIL_FROM": "van-thu@noinhan.example",
        "NOINHAN_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }


def _start(home: State) -> str:
    supervisor.down(home)
    broker.stop(home)
    for made in _OF_ONE_RUN:
        _remove(home.home / made)
    _remove(home.broker / "data")
    bootstrap = broker.start(home).bootstrap
    supervisor.up(home, bootstrap)
    late = await_ready(home)
    if late:
        raise NotReady(f"not ready: {', '.join(late)}. See the logs in {os.path.relpath(home.logs)}")
    return bootstrap


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
