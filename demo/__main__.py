"""Run the main job once, with real parts, and show what happened; exit 0 where everything arrived and balances."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.progress import Progress

from cli.balance import gather
from cli.books import NoticeBooks
from cli.documents import files
from cli.run import await_ready
from cli.services import client
from cli.submit import submit_file
from demo import offices, show
from demo.receivers import Mailbox, WebhookReceiver
from deploy.local import broker, supervisor
from deploy.local.processes import free_ports
from deploy.local.state import State, state

ROOT = Path(__file__).resolve().parent.parent
_DELIVERED_WITHIN_S = 120.0
_LINK = re.compile(r"https?://\S+/a/\S+")


@dataclass(frozen=True)
class Stage:
    """What runs during the demo."""

    home: State
    mailbox: Mailbox
    receiver: WebhookReceiver
    webhook_base: str


def main() -> int:
    """The whole demo."""
    folders = [ROOT / "samples", Path(os.environ.get("NOTICES_DIR", ROOT.parent / "shared" / "seeds"))]
    paths = files(each for each in folders if each.is_dir())
    with _stage() as stage:
        _register(stage, paths)
        refused = _submit(paths)
        arrived = _await_deliveries()
        _acknowledge(stage)
        return _report(stage, refused, arrived=arrived)


@contextmanager
def _stage() -> Iterator[Stage]:
    os.environ["NOINHAN_HOME"] = str(ROOT / ".noinhan" / "demo")
    home = state()
    supervisor.down(home)
    for made in ("originals", "run", "logs", "ingest.db", "ledger.sqlite3"):
        _remove(home.home / made)
    (smtp_port,) = free_ports(1)
    mailbox, receiver = Mailbox(smtp_port), WebhookReceiver()
    mailbox.start()
    base = f"http://127.0.0.1:{receiver.start()}/hooks"
    os.environ.update(_settings(smtp_port))
    try:
        _start(home)
        yield Stage(home, mailbox, receiver, base)
    finally:
        supervisor.down(home)
        broker.stop(home)
        receiver.stop()
        mailbox.stop()


def _settings(smtp_port: int) -> dict[str, str]:
    return {
        "NOINHAN_SMTP_HOST": "127.0.0.1",
        "NOINHAN_SMTP_PORT": str(smtp_port),
        "NOINHAN_SMTP_SECURITY": "none",
        "NOINHAN_MAIL_FROM": "van-thu@noinhan.example",
        "NOINHAN_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }


def _start(home: State) -> None:
    began = time.monotonic()
    # A demo tells of its own run only: the topics start empty.
    broker.stop(home)
    _remove(home.broker / "data")
    running = broker.start(home)
    supervisor.up(home, running.bootstrap)
    late = await_ready(home)
    if late:
        raise SystemExit(f"not ready: {', '.join(late)}. See the logs in {home.logs}")
    show.line(f"Kafka at {running.bootstrap} and three services are ready after {time.monotonic() - began:.1f} s")


def _register(stage: Stage, paths: list[Path]) -> None:
    recipients = offices.occurring(paths)
    wanted = offices.endpoints(recipients, stage.webhook_base)
    with client("notifier") as http:
        answer = http.post("/v1/endpoints", json=wanted).raise_for_status()
    stage.receiver.secrets.update({each["recipient_id"]: each["secret"] for each in answer.json() if "secret" in each})
    kinds = [each["kind"] for each in wanted]
    show.line(
        f"{len(recipients)} offices occur: {kinds.count('webhook')} get a webhook, {kinds.count('email')} e-mail, "
        f"{len(recipients) - len(kinds)} have no endpoint"
    )


def _submit(paths: list[Path]) -> list[tuple[str, str]]:
    refused = []
    with client("ingest") as http, Progress(console=show.out, transient=True) as progress:
        bar = progress.add_task("submitting", total=len(paths))
        for path in paths:
            told = submit_file(http, path)
            if "refused" in told:
                refused.append((path.name, told["refused"]))
            progress.advance(bar)
    show.line(f"{len(paths)} files submitted, {len(refused)} refused")
    return refused


def _await_deliveries() -> bool:
    until = time.monotonic() + _DELIVERED_WITHIN_S
    with client("notifier") as http, Progress(console=show.out, transient=True) as progress:
        bar = progress.add_task("delivering", total=None)
        quiet = 0
        while time.monotonic() < until:
            now = http.get("/v1/balance").raise_for_status().json()
            progress.update(bar, total=now["assignments"], completed=now["assignments"] - now["in_flight"])
            quiet = quiet + 1 if now["assignments"] and not now["in_flight"] and _all_routed(quiet) else 0
            if quiet > 1:
                return True
            time.sleep(0.3)
    return False


def _all_routed(quiet: int) -> bool:
    """Whether the topics hold no notice that the router has not finished; asked once the ledger is quiet."""
    return quiet == 0 or all(not each.wrong for each in gather().books())


def _acknowledge(stage: Stage) -> None:
    """One office confirms by the link in its e-mail, another by the interface for systems."""
    answers: list[httpx.Response] = []
    link = next((found[0] for message in stage.mailbox.messages if (found := _LINK.search(_text(message)))), None)
    if link:
        form = {"code": "03", "actor": "Văn thư"}
        answers.append(httpx.post(link, data=form, trust_env=False))
    for body in list(stage.receiver.bodies.values())[:1]:
        assignment: dict[str, Any] = httpx.Response(200, content=body).json()["data"]
        said = {"assignment_id": assignment["assignment_id"], "code": "03", "actor": "văn thư"}
        with client("notifier") as http:
            answers.append(http.post("/v1/receipts", json=said))
    good = sum(answer.is_success for answer in answers)
    show.line(f"{good} of {len(answers)} offices asked to acknowledge did, one by link and one by API")


def _report(stage: Stage, refused: list[tuple[str, str]], *, arrived: bool) -> int:
    ledger = gather()
    books = ledger.books()
    show.notices(books, {notice_id: notice.subject or "" for (notice_id, _), notice in ledger.parsed.items()})
    show.refusals(refused)
    if stage.mailbox.messages:
        show.letter(stage.mailbox.messages[0])
    wrong = [says for each in books for says in each.wrong] + ledger.strays() + _miscounted(stage, books)
    for says in wrong:
        show.line(says, "red")
    again = sum(count - 1 for count in stage.receiver.taken.values())
    show.line(
        f"{len(stage.mailbox.messages)} e-mails and {len(stage.receiver.taken)} webhooks arrived "
        f"({again} twice, {sum(stage.receiver.refused.values())} with a bad signature)"
    )
    balanced = arrived and not wrong
    show.line("the books balance" if balanced else "the books do not balance", "bold")
    show.line(
        "Look further: noinhan up, noinhan submit FILE, noinhan trace NUMBER, noinhan balance; logs in " + _logs(stage)
    )
    return 0 if balanced and any(each.states["delivered"] for each in books) else 1


def _miscounted(stage: Stage, books: list[NoticeBooks]) -> list[str]:
    delivered = sum(each.states["delivered"] for each in books)
    arrived = len(stage.mailbox.messages) + len(stage.receiver.taken)
    return [] if delivered == arrived else [f"{delivered} deliveries are in the books, {arrived} arrived"]


def _logs(stage: Stage) -> str:
    return os.path.relpath(stage.home.logs)


def _text(message: Any) -> str:
    body = message.get_body(("plain",))
    return body.get_content() if body else ""


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
