"""`noinhan retention`: for how long what is kept, purging now, and notices that are held back."""

from __future__ import annotations

import getpass
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from cli.answer import NO, fail, out, print_json
from cli.find_notice import notice_id_of
from cli.services import ask, call, client, refusal

commands = typer.Typer(help="What is purged when, and notices that are held back from it.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json")]
Notice = Annotated[str, typer.Argument(help="number, notice_id, or document_id (its beginning will do)")]
Author = Annotated[str | None, typer.Option(help="who does it; default: the user of this machine")]
_SERVICES: Final = ("notifier", "ingest")
_MEANINGS: Final = {
    "answers": "what endpoints answered",
    "bodies": "texts of copies",
    "names": "who said a receipt",
    "audit": "addresses in the audit trail",
    "originals": "originals",
    "inbox": "files taken from the inbox",
    "reviews": "what was read in reviewed documents",
}


@commands.command()
def show(as_json: Json = False) -> None:
    """Show the periods, what would go now, and which notices are held back."""
    told = {service: ask(service, "GET", "/v1/retention") for service in _SERVICES}
    if as_json:
        print_json(told)
        return
    days = {name: each for one in told.values() for name, each in one["keep_days"].items()}
    table = Table(box=None, padding=(0, 2))
    for heading in ("what", "kept, days", "would go now"):
        table.add_column(heading)
    due = {name: count for one in told.values() for name, count in one["due"].items()}
    for name, count in due.items():
        period = days.get(name, days["originals"])
        kept = "for good" if period is None else f"{period:g}"
        table.add_row(_MEANINGS[name], kept, f"{count}{'+' if told['notifier']['more'] and count else ''}")
    out.print(table)
    for each in told["notifier"]["holds"]:
        out.print(
            f"held back: {each['notice_id']} since {each['at'][:10]}, {each['who']}: {each['reason']}", markup=False
        )


@commands.command()
def run(
    reason: Annotated[str, typer.Option(help="why; kept in the audit trail")] = "noinhan retention run",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only count")] = False,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Purge now what is older than its period; the services do it by themselves every few hours."""
    asked = {"author": author or getpass.getuser(), "reason": reason, "dry_run": dry_run}
    purged: dict[str, int] = {}
    more = False
    for service in _SERVICES:
        again = True
        while again:
            told = ask(service, "POST", "/v1/retention/run", json=asked)
            for name, count in told["purged"].items():
                purged[name] = purged.get(name, 0) + count
            more = more or bool(told.get("more") and dry_run)
            again = bool(told.get("more")) and not dry_run
    if as_json:
        print_json({"purged": purged, "dry_run": dry_run, "more": more})
        return
    for name, count in purged.items():
        least = "at least " if more and count else ""
        out.print(f"{_MEANINGS[name]}: {least}{count} {'would be purged' if dry_run else 'purged'}")


@commands.command()
def hold(
    notice: Notice, reason: Annotated[str, typer.Option(help="why; kept in the audit trail")], author: Author = None
) -> None:
    """Purge nothing of a notice, nor its originals, until it is released."""
    wanted = {"notice_id": notice_id_of(notice), "author": author or getpass.getuser(), "reason": reason}
    for service in _SERVICES:
        ask(service, "POST", "/v1/retention/holds", json=wanted)
    out.print(f"{wanted['notice_id']}: held back", markup=False)


@commands.command()
def release(notice: Notice) -> None:
    """Let a notice be purged again."""
    notice_id = notice_id_of(notice)
    refusals = [why for service in _SERVICES if (why := _released(service, notice_id))]
    if len(refusals) == len(_SERVICES):
        fail(refusals[0], NO)
    out.print(f"{notice_id}: may be purged again", markup=False)


def _released(service: str, notice_id: str) -> str | None:
    """None where it was released, else why it was not: one of the two may have been held alone."""
    with client(service) as http:
        answer: Any = call(http, "DELETE", f"/v1/retention/holds/{notice_id}")
    if answer.status_code == 404:
        return refusal(answer)
    if answer.is_error:
        fail(refusal(answer))
    return None
