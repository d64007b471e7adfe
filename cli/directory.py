"""`noinhan directory`: who is in the directory of offices, and what operators change in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cli.answer import NO, WORDS, fail, out
from cli.corrections import Author, Reason, directory_now, entries, entry_slug, say, signed
from cli.find_office import Day, search, show
from contracts.directory import DirectoryEntry

commands = typer.Typer(help="The directory of offices, and what operators change in it.", no_args_is_help=True)

Ids = Annotated[list[str], typer.Argument(help="recipient_ids, as 'search' shows them")]


commands.command()(search)
commands.command()(show)


@commands.command()
def add(  # noqa: PLR0917 - each is an option of the command
    recipient_id: str,
    name: str,
    reason: Reason,
    level: str = "central",
    province: str | None = None,
    since: Day = None,
    author: Author = None,
) -> None:
    """Add an office, or give one another name."""
    fields = {"level": level, "province": province, "valid_from": since.date() if since else None}
    _say(
        DirectoryEntry(
            entry_id=f"office:{recipient_id}",
            kind="office",
            name=name,
            recipient_ids=(recipient_id,),
            **fields,
            **signed(author, reason),
        )
    )


@commands.command()
def alias(name: str, recipient_id: str, reason: Reason, author: Author = None) -> None:
    """Let an office be called by another name."""
    _say(
        DirectoryEntry(
            entry_id=f"alias:{entry_slug(name)}",
            kind="alias",
            name=name,
            recipient_ids=(recipient_id,),
            **signed(author, reason),
        )
    )


@commands.command()
def group(name: str, recipient_ids: Ids, reason: Reason, author: Author = None) -> None:
    """Let a phrase mean several offices."""
    _say(
        DirectoryEntry(
            entry_id=f"group:{entry_slug(name)}",
            kind="group",
            name=name,
            recipient_ids=tuple(recipient_ids),
            **signed(author, reason),
        )
    )


@commands.command()
def end(
    recipient_id: str,
    on: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="its last day")],
    reason: Reason,
    author: Author = None,
) -> None:
    """Say on which day an office ended."""
    office = directory_now().find(recipient_id)
    if office is None:
        fail(f"no office has the id {recipient_id}: 'noinhan directory search NAME' shows ids", WORDS)
    _say(
        DirectoryEntry(
            entry_id=f"office:{recipient_id}",
            kind="office",
            name=office.name,
            recipient_ids=(recipient_id,),
            level=office.level,
            province=office.province,
            valid_from=office.valid_from,
            valid_to=on.date(),
            **signed(author, reason),
        )
    )


@commands.command()
def undo(entry_id: str, reason: Reason, author: Author = None) -> None:
    """Withdraw an entry; 'noinhan directory export' shows their ids."""
    entry = entries().get(entry_id)
    if entry is None or entry.withdrawn:
        fail(f"there is no entry {entry_id}: 'noinhan directory export' shows all", NO)
    _say(entry.model_copy(update={"withdrawn": True, **signed(author, reason)}))


@commands.command()
def export() -> None:
    """Print every entry that holds, one JSON object a line."""
    for entry in entries().values():
        if not entry.withdrawn:
            typer.echo(entry.model_dump_json())


@commands.command("import")
def import_(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Publish entries that 'export' printed; what is there already stays as it is."""
    there = entries()
    wanted = [entry for entry in _read(file) if there.get(entry.entry_id) != entry]
    say(wanted, directory_now())
    out.print(f"{len(wanted)} entries published")


@commands.command()
def diff(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Compare the entries that hold with those of a file; exit 1 where they differ."""
    here = {key: entry for key, entry in entries().items() if not entry.withdrawn}
    there = {entry.entry_id: entry for entry in _read(file)}
    lines = [f"- {key}: only in {file.name}" for key in sorted(there.keys() - here.keys())]
    lines += [f"+ {key}: only on the topic" for key in sorted(here.keys() - there.keys())]
    lines += [f"~ {key}: differs" for key in sorted(here.keys() & there.keys()) if here[key] != there[key]]
    for line in lines:
        out.print(line, markup=False)
    if lines:
        raise typer.Exit(NO)


def _say(entry: DirectoryEntry) -> None:
    say([entry], directory_now())
    out.print(f"{entry.entry_id} published; the router takes it up within seconds", markup=False)


def _read(file: Path) -> Iterator[DirectoryEntry]:
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1):
        try:
            if line.strip():
                yield DirectoryEntry.model_validate_json(line)
        except ValidationError as error:
            fail(f"{file}, line {number} is no entry: {error.errors()[0]['msg']}", WORDS)
