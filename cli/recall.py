"""`noinhan recall`: take back a notice that was sent, or say that another one replaces or changes it."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from cli.answer import WORDS, fail, out, print_json
from cli.services import ask

_DONE = {
    "recalled": "copies on their way are stopped, and offices that have theirs are asked to give it back",
    "replaced": "copies on their way are stopped, and offices that have theirs are told",
    "updated": "it stays in force, and every office that has its copy is told",
}


def recall(  # noqa: PLR0917 - each is an option of the command
    notice: Annotated[str, typer.Argument(help="its number, or the beginning of its notice_id")],
    reason: Annotated[str, typer.Option(help="why; the offices read it")],
    replaced_by: Annotated[str | None, typer.Option(help="number of the notice that stands in its place")] = None,
    updated_by: Annotated[str | None, typer.Option(help="number of the notice that changes it")] = None,
    author: Annotated[str | None, typer.Option(help="who says so; default: the user of this machine")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take back every revision so far of a notice; 'noinhan trace' shows what comes of it, office by office."""
    if replaced_by and updated_by:
        fail("a notice is replaced or updated, not both", WORDS)
    wanted = {
        "notice": notice,
        "action": "replaced" if replaced_by else "updated" if updated_by else "recalled",
        "by_number": replaced_by or updated_by,
        "author": author or getpass.getuser(),
        "reason": reason,
    }
    told = ask("ingest", "POST", "/v1/recalls", json=wanted)
    if as_json:
        print_json(told)
        return
    named = told["number"] or told["notice_id"]
    out.print(f"{named} {told['action']}, revision {told['revision']}: {_DONE[told['action']]}", markup=False)
