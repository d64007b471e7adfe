"""`noinhan deliveries` and `noinhan dead`: what became of each copy, and what to do about those that did not arrive."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from cli.answer import NO, WORDS, fail, out, print_fields, print_json
from cli.services import ask

commands = typer.Typer(help="What became of each copy.", no_args_is_help=True)
dead_letters = typer.Typer(help="Copies that were given up: why, and trying them again.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json")]
Delivery = Annotated[str, typer.Argument(help="delivery id, as 'list' shows it; it is the webhook-id too")]
Why = Annotated[str, typer.Option("--why", help="why you do this; kept in the log")]
Author = Annotated[str | None, typer.Option(help="who does it; default: the user of this machine")]
Notice = Annotated[str | None, typer.Option(help="only of this notice_id")]
Office = Annotated[str | None, typer.Option(help="only of this recipient_id")]
Reason = Annotated[str | None, typer.Option(help="only with this reason: http_503, timeout, smtp_550, …")]
Since = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], help="local time")
]
Most = Annotated[int, typer.Option(help="how many at most")]


@commands.command("list")
def list_(  # noqa: PLR0917 - each is an option of the command
    status: Annotated[str | None, typer.Option(help="queued, held, retrying, delivered, failed, cancelled")] = None,
    notice: Notice = None,
    office: Office = None,
    reason: Reason = None,
    since: Since = None,
    most: Most = 100,
    as_json: Json = False,
) -> None:
    """List copies, newest change first."""
    asked = {"status": status, "notice_id": notice, "recipient_id": office, "reason": reason, "since": _moment(since)}
    if not any(asked.values()):
        fail("say which: --status, --notice, --office, --reason or --since", WORDS)
    _list({**asked, "limit": most}, as_json)


@commands.command()
def show(delivery: Delivery) -> None:
    """Show a copy with every attempt, as JSON."""
    print_json(ask("notifier", "GET", f"/v1/deliveries/{delivery}"))


@commands.command()
def retry(delivery: Delivery, why: Why, author: Author = None) -> None:
    """Try a copy now, with its schedule begun anew; it keeps its id, so that a receiver can drop a repetition."""
    print_fields(ask("notifier", "POST", f"/v1/deliveries/{delivery}/retry", json=_said(author, why)), as_json=False)


@commands.command()
def cancel(delivery: Delivery, why: Why, author: Author = None) -> None:
    """Give a copy up."""
    print_fields(ask("notifier", "POST", f"/v1/deliveries/{delivery}/cancel", json=_said(author, why)), as_json=False)


@dead_letters.command("list")
def list_dead(  # noqa: PLR0917 - each is an option of the command
    notice: Notice = None,
    office: Office = None,
    reason: Reason = None,
    since: Since = None,
    most: Most = 100,
    as_json: Json = False,
) -> None:
    """List copies that were given up, newest first."""
    asked = {"status": "failed", "notice_id": notice, "recipient_id": office, "reason": reason}
    _list({**asked, "since": _moment(since), "limit": most}, as_json)


dead_letters.command("show")(show)


@dead_letters.command()
def replay(  # noqa: PLR0917 - each is an option of the command
    why: Why,
    notice: Notice = None,
    office: Office = None,
    reason: Reason = None,
    since: Since = None,
    rate: Annotated[float | None, typer.Option(help="how many a second; default: as fast as their endpoints")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show which")] = False,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Try all of them again, or those that fit, oldest first; exits 1 where one could not be."""
    fitting = {"notice_id": notice, "recipient_id": office, "failed_because": reason, "since": _moment(since)}
    asked = {**fitting, "rate_per_s": rate, "dry_run": dry_run, **_said(author, why)}
    told = ask("notifier", "POST", "/v1/dead-letters/replay", json=asked)
    if as_json:
        print_json(told)
    elif dry_run:
        out.print(_table(told["deliveries"]))
        out.print(f"{told['found']} would be tried again")
    else:
        out.print(f"{told['replayed']} of {told['found']} are tried again")
        if told["left"]:
            out.print(_table(told["left"]))
            out.print("left: their endpoint is gone, their notice was recalled, or its text is not kept any more")
    if not dry_run and told["left"]:
        raise typer.Exit(NO)


def _said(author: str | None, why: str) -> dict[str, str]:
    return {"author": author or getpass.getuser(), "reason": why}


def _moment(since: datetime | None) -> str | None:
    return since.astimezone().isoformat() if since else None


def _list(asked: dict[str, Any], as_json: bool) -> None:
    given = {name: value for name, value in asked.items() if value is not None}
    rows = ask("notifier", "GET", "/v1/deliveries", params=given)["deliveries"]
    if as_json:
        for row in rows:
            print_json(row)
        return
    out.print(_table(rows))


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2))
    for name in ("delivery", "office", "status", "why", "attempts", "changed"):
        table.add_column(name, overflow="fold")
    for row in rows:
        changed = datetime.fromisoformat(row["changed_at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        why = f"{row['reason']}: {row['detail']}" if row["detail"] else row["reason"]
        cells = (row["delivery_id"], row["recipient_id"], row["status"], why, str(row["attempt"]), changed)
        table.add_row(*cells)
    return table
