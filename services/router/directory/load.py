"""Read the directory's own data. The version is a hash of that data and nothing else."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from services.router.directory.fold import Key, Spelling, keys
from services.router.directory.lexicon import Lexicon, UnitNames
from services.router.directory.model import Group, Office, Position, Template, Unit, UnitLevel
from services.router.directory.offices import Directory

DATA = Path(__file__).parent / "data"
LEVELS: dict[str, UnitLevel] = {"province": "province", "district": "district", "commune": "commune"}
UNIT_COLUMNS = ("code", "level", "kind", "name", "parent", "valid_from", "valid_to", "successors", "also", "note")
KINDS = ("tỉnh", "thành phố", "huyện", "quận", "thị xã", "xã", "phường", "thị trấn", "đặc khu")


@cache
def load_directory() -> Directory:
    """The directory as shipped; read once per process."""
    spelling = Spelling.of(_rows("words.csv"))
    units = {unit.code: unit for unit in _units()}
    templates = tuple(_templates())
    offices = {office.recipient_id: office for office in _central()}
    return Directory(
        version=_version(),
        spelling=spelling,
        lexicon=_lexicon(spelling, templates, tuple(offices.values())),
        members_lexicon=_members_lexicon(spelling, templates, tuple(offices.values())),
        names=_names(spelling, units),
        regions=_regions(spelling, units),
        units=units,
        templates=templates,
        offices=offices,
        topics={row["slug"]: tuple(map(spelling.key, _split(row["topics"]))) for row in _rows("committee_topics.csv")},
        family_names=frozenset(key for row in _rows("family_names.csv") for key in keys(row["name"])),
        renamed={row["code"]: row["old_code"] for row in _rows("province_changes.csv") if row["renames"] == "yes"},
    )


def _regions(spelling: Spelling, units: dict[str, Unit]) -> UnitNames:
    """Phrases that mean every province of a region: 'vùng Đồng bằng sông Cửu Long'; of the day, when they are asked."""
    regions = UnitNames()
    for row in _rows("regions.csv"):
        for phrase in _split(row["phrases"]):
            for code in _split(row["units"]):
                regions.add(spelling.key(phrase), units[code])
    return regions


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(DATA.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


@cache
def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _units() -> Iterator[Unit]:
    for code, level, kind, name, parent, valid_from, valid_to, successors, *_ in _unit_cells():
        heirs = _split(successors) if successors else ()
        yield Unit(code, LEVELS[level], kind, name, parent or None, _day(valid_from), _day(valid_to), heirs)


def _unit_cells() -> Iterator[list[str]]:
    """Lines of units.csv, their cells in the order of UNIT_COLUMNS; positions, for there are 14,000 of them."""
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if tuple(next(rows)) != UNIT_COLUMNS:
            raise ValueError("units.csv has other columns: run `make directory`")
        yield from rows


def _templates() -> Iterator[Template]:
    for row in _rows("templates.csv"):
        yield Template(
            slug=row["slug"],
            family=row["family"],
            level=LEVELS[row["level"]],
            kinds=frozenset(_split(row["kinds"])),
            pattern=row["pattern"],
            aliases=_split(row["aliases"]),
            tags=frozenset(row["tags"].split()),
            parent=row["parent"] or None,
            only=frozenset(_split(row["only"])),
            excluded=frozenset(_split(row["excluded"])),
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            successor=row["successor"] or None,
        )


def _central() -> Iterator[Office]:
    for row in _rows("central.csv"):
        yield Office(
            recipient_id=row["recipient_id"],
            name=row["name"],
            level=row["level"],
            family=row["family"],
            aliases=_split(row["aliases"]),
            tags=frozenset(row["tags"].split()),
            parent=row["parent"] or None,
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            successors=_split(row["successors"]),
            heads=row["heads"] or None,
        )


def _names(spelling: Spelling, units: dict[str, Unit]) -> UnitNames:
    names = UnitNames()
    for unit in units.values():
        names.add(keys(unit.name) if unit.level == "commune" else spelling.key(unit.name), unit)
    for code, also in ((cells[0], cells[8]) for cells in _unit_cells() if cells[8]):
        names.add(keys(also), units[code])
    for row in _rows("unit_spellings.csv"):
        names.add(spelling.key(row["spelling"]), units[row["code"]])
    return names


def _lexicon(spelling: Spelling, templates: tuple[Template, ...], offices: tuple[Office, ...]) -> Lexicon:
    lexicon = Lexicon()
    for office in offices:
        for key in _office_keys(spelling, office):
            lexicon.add(key, offices=(office,))
    for template in templates:
        for alias in template.aliases if template.parent is None else ():
            lexicon.add(spelling.key(alias), templates=(template,))
    _add_words(lexicon, spelling)
    return lexicon


def _add_words(lexicon: Lexicon, spelling: Spelling) -> None:
    """Groups, positions, kinds of units and the small words between them."""
    for group in _groups():
        for phrase in group.phrases:
            lexicon.add(spelling.key(phrase), group=group)
    for position in _positions():
        for alias in position.aliases:
            lexicon.add(spelling.key(alias), position=position)
    for row in _rows("particles.csv"):
        lexicon.add(spelling.key(row["phrase"]), particle=row["role"])
    for kind in KINDS:
        lexicon.add(keys(kind), kind=kind)


def _members_lexicon(spelling: Spelling, templates: tuple[Template, ...], offices: tuple[Office, ...]) -> Lexicon:
    """Names and codes of inner units, good only inside their office."""
    lexicon = Lexicon()
    for office in offices:
        for name in (office.name, *office.aliases) if office.parent else ():
            lexicon.add(spelling.key(name), offices=(office,))
    for template in templates:
        for alias in template.aliases if template.parent else ():
            lexicon.add(spelling.key(alias), templates=(template,))
    return lexicon


def _office_keys(spelling: Spelling, office: Office) -> set[Key]:
    """Inner units are known by name only inside their office, unless no other has such a name."""
    if office.parent is not None:
        return {spelling.key(name) for name in (office.name, *office.aliases)} if "known" in office.tags else set()
    return {spelling.key(name) for name in (office.name, *office.aliases)}


def _groups() -> Iterator[Group]:
    for row in _rows("groups.csv"):
        tags = frozenset(row["tags"].split())
        yield Group(row["slug"], _split(row["phrases"]), tags, row["level"], row["title"])


def _positions() -> Iterator[Position]:
    for row in _rows("positions.csv"):
        yield Position(
            slug=row["slug"],
            pattern=row["pattern"],
            aliases=_split(row["aliases"]),
            families=frozenset(row["families"].split()),
            reach=row["reach"],
            leads=row["leads"] == "yes",
            through=row["through"] or None,
        )
