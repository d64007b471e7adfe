"""Finding offices in the directory, and showing one: `noinhan directory search`, `noinhan directory show`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rapidfuzz import fuzz, process
from rich.table import Table

from cli.answer import NO, fail, out, print_json
from cli.corrections import directory_now
from services.router.directory import Directory, Office, load_directory
from services.router.directory.codes import called, codes
from services.router.directory.fold import fold
from services.router.directory.heirs import ended, heirs

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
_MOST = 20
_LIKELY = 60.0
_OF_COMMUNES = frozenset({"ubnd", "hdnd", "cap-uy"})
"""Families that are searched in communes, of which there are thousands."""


def search(
    name: str,
    as_of: Day = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="without operators' entries; needs no broker")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Find offices by name, abbreviation or code, as they exist on a day."""
    directory, on = load_directory() if shipped else directory_now(), (as_of or datetime.now().astimezone()).date()
    offices = {office.recipient_id: f"{office.name} {' '.join(office.aliases)}" for office in _offices(directory, on)}
    best = process.extract(
        fold(name),
        {key: fold(text) for key, text in offices.items()},
        scorer=fuzz.token_set_ratio,
        limit=_MOST,
        score_cutoff=_LIKELY,
    )
    ids = dict.fromkeys([*called(name), *(key for _, _, key in best)])
    found = [office for key in ids if (office := directory.find(key))]
    _print(found, as_json)
    if not found:
        raise typer.Exit(NO)


def show(recipient_id: str, shipped: Annotated[bool, typer.Option("--shipped")] = False) -> None:
    """Show an office: names, dates, what it is part of, who follows it."""
    directory = load_directory() if shipped else directory_now()
    office = directory.find(recipient_id)
    if office is None:
        fail(f"no office has the id {recipient_id}: 'noinhan directory search NAME' shows ids", NO)
    end = ended(office, directory)
    out.print_json(
        json.dumps(
            {
                **_told(office),
                "aliases": office.aliases,
                "codes": [asdict(code) for code in codes().get(recipient_id, ())],
                "parent": office.parent,
                "ended": end,
                "today": [heir.recipient_id for heir in heirs(office, directory, datetime.now().astimezone().date())],
                "directory_version": directory.version,
            },
            ensure_ascii=False,
            default=str,
        )
    )


def _offices(directory: Directory, on: date) -> Iterator[Office]:
    yield from (office for office in directory.offices.values() if office.holds(on))
    for unit in (unit for unit in directory.units.values() if unit.holds(on)):
        fitting = (each for each in directory.templates if unit.level != "commune" or each.family in _OF_COMMUNES)
        yield from directory.bodies(fitting, unit, on)


def _told(office: Office) -> dict[str, Any]:
    return {
        "recipient_id": office.recipient_id,
        "name": office.name,
        "level": office.level,
        "province": office.province,
        "valid_from": office.valid_from,
        "valid_to": office.valid_to,
    }


def _print(offices: list[Office], as_json: bool) -> None:
    if as_json:
        for office in offices:
            print_json(_told(office))
        return
    table = Table("recipient_id", "name", "level", "province", box=None, padding=(0, 2))
    for office in offices:
        table.add_row(office.recipient_id, office.name, office.level, office.province or "")
    out.print(table, markup=False)
