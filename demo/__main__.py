"""Run the main job once, with real parts, and show what happened; exit 0 where everything arrived and balances."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import httpx
from rich.progress import Progress

from cli.balance import gather
from cli.books import NoticeBooks
from cli.documents import files
from cli.services import client
from cli.submit import submit_file
from demo import offices, show
from demo.stage import Stage, stage

ROOT = Path(__file__).resolve().parent.parent
_DELIVERED_WITHIN_S = 180.0
_NUMBER = re.compile(r"(?:[^\[]*)\[([^\]]+)\]")
_LINK = re.compile(r"https?://\S+/a/\S+")


@dataclass(frozen=True)
class _Moved:
    """An office that gets by e-mail what its webhook does not take any more."""

    recipient_id: str
    name: str


def main() -> int:
    """The whole demo."""
    began = time.monotonic()
    folders = [ROOT / "samples", Path(os.environ.get("NOTICES_DIR", ROOT.parent / "shared" / "seeds"))]
    paths = files(each for each in folders if each.is_dir())
    with stage(ROOT / ".noinhan" / "demo") as ready:
        show.line(f"Kafka at {ready.bootstrap} and three services are ready after {time.monotonic() - began:.1f} s")
        moved = _register(ready, paths)
        refused = _submit(paths)
        arrived = _await_deliveries()
        _acknowledge(ready, moved)
        return _report(ready, refused, moved, arrived=arrived)


def _register(ready: Stage, paths: Sequence[Path]) -> _Moved:
    """Add everybody's endpoints; one office's webhook is gone when the first notice comes, and it has a mailbox too."""
    recipients = offices.occurring(paths, carried_to=datetime.now().astimezone().date())
    gone = next(each for each in recipients if offices.way(each) == "webhook")
    wanted = offices.endpoints(recipients, ready.webhook_base, also_mail=gone)
    ready.register(wanted)
    ready.receiver.gone.add(gone)
    kinds = [each["kind"] for each in wanted]
    show.line(
        f"{len(recipients)} offices occur: {kinds.count('webhook')} get a webhook, {kinds.count('email')} e-mail, "
        f"{sum(offices.way(each) == 'none' for each in recipients)} have no endpoint"
    )
    return _Moved(gone, recipients[gone])


def _submit(paths: Sequence[Path]) -> list[tuple[str, str]]:
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
    """Wait until every notice is routed and nothing is in flight; False where that takes too long."""
    until = time.monotonic() + _DELIVERED_WITHIN_S
    with Progress(console=show.out, transient=True) as progress:
        bar = progress.add_task("delivering", total=None)
        while time.monotonic() < until:
            books = gather().books()
            expanded = sum(each.expanded for each in books)
            waiting = sum(each.states["in_flight"] for each in books)
            progress.update(bar, total=expanded or None, completed=expanded - waiting)
            if books and not waiting and not any(each.wrong for each in books):
                return True
            time.sleep(0.5)
    return False


def _acknowledge(ready: Stage, moved: _Moved) -> None:
    """The office whose webhook is gone confirms by the link in its e-mail, another one by the interface for systems."""
    answers: list[httpx.Response] = []
    for message in _mails_of(ready, moved)[:1]:
        link = _LINK.search(show.text_of(message))
        if link:
            answers.append(httpx.post(link[0], data={"code": "03", "actor": "Văn thư"}, trust_env=False))
    for body in list(ready.receiver.bodies.values())[:1]:
        said = {"assignment_id": json.loads(body)["data"]["assignment_id"], "code": "03", "actor": "văn thư"}
        with client("notifier") as http:
            answers.append(http.post("/v1/receipts", json=said))
    good = sum(answer.is_success for answer in answers)
    show.line(f"{good} offices acknowledged: one by the link in its e-mail, one by the API")


def _mails_of(ready: Stage, moved: _Moved) -> list[EmailMessage]:
    """The mails that brought it notices."""
    address = offices.mailbox(moved.recipient_id)
    return [each for each in _copies(ready) if address in each["To"]]


def _copies(ready: Stage) -> list[EmailMessage]:
    """The mails that bring a notice: each has a link to answer by. Word of a disabled webhook has none."""
    return [each for each in ready.mailbox.messages if _LINK.search(show.text_of(each))]


def _show_move(ready: Stage, moved: _Moved) -> None:
    """How one notice of that office went by the other way, and how its receipt came back."""
    mails = _mails_of(ready, moved)
    told = len(ready.mailbox.messages) > len(_copies(ready))
    word = ", and it was told that its webhook is disabled" if told else ""
    show.line(f"{moved.name}: its webhook is gone (410), so its {len(mails)} notices went by e-mail{word}", "bold")
    number = _NUMBER.match(mails[0]["Subject"]) if mails else None
    if number:
        asked = [sys.executable, "-m", "cli.main", "trace", number[1], "--office", moved.recipient_id]
        show.line(subprocess.run(asked, capture_output=True, text=True, check=False).stdout.rstrip())


def _report(ready: Stage, refused: Sequence[tuple[str, str]], moved: _Moved, *, arrived: bool) -> int:
    ledger = gather()
    books = ledger.books()
    show.notices(books, {notice_id: notice.subject or "" for (notice_id, _), notice in ledger.parsed.items()})
    show.refusals(refused)
    show.letter(_longest(ready.mailbox.messages))
    _show_move(ready, moved)
    show.arrivals(ready.mailbox, ready.receiver)
    wrong = [says for each in books for says in each.wrong] + ledger.strays() + _miscounted(ready, books)
    if not arrived:
        wrong.append(f"not everything was delivered within {_DELIVERED_WITHIN_S:.0f} s")
    for says in wrong:
        show.line(says, "red")
    show.line("the books do not balance" if wrong else "the books balance", "bold")
    show.line("Look further: noinhan up; noinhan submit FILE; noinhan trace NUMBER; noinhan balance; noinhan down")
    show.line(f"The logs of this run are in {os.path.relpath(ready.home.logs)}")
    return 1 if wrong else 0


def _miscounted(ready: Stage, books: Sequence[NoticeBooks]) -> list[str]:
    delivered = sum(each.states["delivered"] for each in books)
    arrived = len(_copies(ready)) + len(ready.receiver.taken)
    if delivered == arrived and delivered:
        return []
    return [f"{delivered} deliveries are in the books, {arrived} arrived"]


def _longest(messages: Sequence[EmailMessage]) -> EmailMessage:
    """The e-mail with the most to do."""
    return max(messages, key=lambda message: len(show.text_of(message)))


if __name__ == "__main__":
    sys.exit(main())
