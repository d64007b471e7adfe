"""The fan-out of a notice as a tree: its lines in order, and under each the offices that it is the first to reach.

Where a line reaches many, they are gathered by province, by district or by level. Pure, and every number adds up:
the cells of a line come to the line's count, and those that are not `also` cells to the number of recipients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cli.plan.told import OfficeTold, PlanTold
from contracts.notices import LineResolved, NoticeParsed, Unresolved
from services.router.directory.offices import Directory
from services.router.resolving.found import TASK_UNASSIGNED, TASKED_NOT_LISTED

Key = Callable[[OfficeTold], str | None]
Kind = Literal["office", "group", "rest", "also", "open"]
MOST_LEAVES = 45
"""Offices of one line that are drawn each; more are gathered by province, else by district."""
_MOST_UNPLACED = 168
"""The same, where all are in one place; more are gathered by level."""
_NAMED = 12
"""Offices named in a gathered cell's title."""
_TASKS = 3
_LEVELS = {
    "central": "central offices",
    "provincial": "provincial offices",
    "district": "district offices",
    "commune": "commune offices",
    "unit": "inner units",
    "position": "posts",
    "collective": "bodies of people",
}


@dataclass(frozen=True)
class Cell:
    """A leaf of the tree.

    office: one office. group, rest: gathered ones. also: those that an earlier line reached already. open: a part
    that nobody was found for. note: what stands at its right. title: what is told on pointing at it.
    """

    kind: Kind
    label: str
    count: int = 1
    note: str = ""
    title: str = ""
    unreached: int = 0


@dataclass(frozen=True)
class Branch:
    """A line of the notice. place: which list it stands in and how it is numbered; about: rule and purpose."""

    place: str
    text: str
    about: str
    count: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Tree:
    """The notice, in words, and its branches."""

    heading: str
    subject: str
    summary: str
    branches: tuple[Branch, ...]


def fanout(notice: NoticeParsed, lines: Sequence[LineResolved], told: PlanTold, directory: Directory) -> Tree:
    """The tree of a notice; `lines` are in the notice's order, Kính gửi first."""
    firsts: dict[str, int] = {}
    branches = []
    for number, line in enumerate(lines, start=1):
        box = "addressees" if number <= len(notice.addressees) else "recipients"
        on_it = [each for each in told.recipients if any((r.line, r.box) == (line.line, box) for r in each.because)]
        purposes = (r.purpose for each in on_it for r in each.because if (r.line, r.box) == (line.line, box))
        new = [each for each in on_it if firsts.setdefault(each.recipient_id, number) == number]
        cells = (*_cells(new, directory), *_also(on_it, firsts, number), *_open(told.unresolved, line.line))
        place = f"{'Kính gửi' if box == 'addressees' else 'Nơi nhận'} · line {number}"
        about = " · ".join(filter(None, (line.rule, next(purposes, None))))
        branches.append(Branch(place, line.line, about, line.count, cells))
    tasks = tuple(_miss(each) for each in told.unresolved if each.reason in {TASKED_NOT_LISTED, TASK_UNASSIGNED})
    if tasks:
        shown, more = tasks[:MOST_LEAVES], len(tasks) - MOST_LEAVES
        rest = (Cell("open", f"… and {more} more", count=0),) if more > 0 else ()
        branches.append(Branch("Tasks", "Bodies with a task that no line reaches", "", 0, (*shown, *rest)))
    return Tree(_heading(notice), notice.subject or "(no subject)", _summary(lines, told), tuple(branches))


def _heading(notice: NoticeParsed) -> str:
    issued = notice.issued_on.strftime("%d/%m/%Y") if notice.issued_on else "(no date)"
    issuer = notice.issuer or notice.inferred.get("issuer")
    return " · ".join(filter(None, (notice.number or "(no number)", issuer, issued)))


def _summary(lines: Sequence[LineResolved], told: PlanTold) -> str:
    known = told.recipients and told.recipients[0].has_endpoint is not None
    parts = [
        f"{len(told.recipients):,} offices by {len(lines)} lines",
        f"{sum(bool(each.tasks) for each in told.recipients):,} with tasks of their own",
        f"{len(told.unresolved)} unresolved",
        f"{len(told.without_endpoint):,} without an endpoint" if known else "",
    ]
    return " · ".join(filter(None, parts))


def _cells(offices: Sequence[OfficeTold], directory: Directory) -> Iterator[Cell]:
    if len(offices) <= MOST_LEAVES:
        yield from map(_leaf, offices)
        return
    placed: tuple[Key, ...] = (lambda office: office.province, lambda office: _district(office, directory))
    keys = placed if len(offices) <= _MOST_UNPLACED else (*placed, lambda office: _LEVELS.get(office.level))
    groups = next((found for key in keys if len(found := _grouped(offices, key)) > 1), {})
    for label, each in groups.items():
        yield _leaf(each[0]) if len(each) == 1 else _gathered("group", label, each)
    if not groups:
        most = len(offices) if len(offices) <= _MOST_UNPLACED else MOST_LEAVES - 1
        yield from map(_leaf, offices[:most])
        if offices[most:]:
            yield _gathered("rest", "… and others", offices[most:])


def _grouped(offices: Sequence[OfficeTold], key: Key) -> dict[str, list[OfficeTold]]:
    """The offices by their key; those without one by their level."""
    groups: dict[str, list[OfficeTold]] = {}
    for office in offices:
        groups.setdefault(key(office) or _LEVELS.get(office.level, office.level), []).append(office)
    return groups


def _district(office: OfficeTold, directory: Directory) -> str | None:
    found = directory.find(office.recipient_id)
    units = directory.chain(found.unit) if found and found.unit else ()
    return next((f"{unit.kind} {unit.name}" for unit in units if unit.level == "district"), None)


def _leaf(office: OfficeTold) -> Cell:
    unreached = int(office.has_endpoint is False)
    ids = [task.task_id for task in office.tasks]
    tasks = ", ".join(ids[:_TASKS]) + (", …" if len(ids) > _TASKS else "")
    note = " · ".join(filter(None, ("no endpoint" if unreached else "", tasks)))
    title = f"{office.name} ({office.role}{'; ' if ids else ''}{', '.join(ids)})"
    return Cell("office", office.name, 1, note, title, unreached)


def _gathered(kind: Kind, label: str, offices: Sequence[OfficeTold]) -> Cell:
    unreached = sum(each.has_endpoint is False for each in offices)
    names = "; ".join(each.name for each in offices[:_NAMED]) + ("; …" if len(offices) > _NAMED else "")
    with_tasks = sum(bool(each.tasks) for each in offices)
    title = f"{label}: {len(offices):,} offices, {with_tasks:,} with tasks of their own: {names}"
    note = f"{unreached:,} without endpoint" if unreached else ""
    return Cell(kind, label, len(offices), note, title, unreached)


def _also(offices: Sequence[OfficeTold], firsts: dict[str, int], number: int) -> Iterator[Cell]:
    """Offices that an earlier line reached already, by that line."""
    for first, each in sorted(_by_first(offices, firsts).items()):
        if first != number:
            names = "; ".join(office.name for office in each[:_NAMED]) + ("; …" if len(each) > _NAMED else "")
            alone = len(each) == 1
            label, note = (each[0].name, f"also by line {first}") if alone else (f"also by line {first}", "")
            yield Cell("also", label, len(each), note, f"reached by line {first} already: {names}")


def _by_first(offices: Sequence[OfficeTold], firsts: dict[str, int]) -> dict[int, list[OfficeTold]]:
    found: dict[int, list[OfficeTold]] = {}
    for office in offices:
        found.setdefault(firsts[office.recipient_id], []).append(office)
    return found


def _open(unresolved: Sequence[Unresolved], line: str) -> Iterator[Cell]:
    yield from (
        _miss(each)
        for each in unresolved
        if each.line == line and each.reason not in {TASKED_NOT_LISTED, TASK_UNASSIGNED}
    )


def _miss(missed: Unresolved) -> Cell:
    perhaps = f"perhaps {', '.join(missed.candidates)}" if missed.candidates else ""
    text = f"{missed.part or missed.line}: {missed.reason.replace('_', ' ')}"
    label = "; ".join(filter(None, (text, perhaps)))
    return Cell("open", label, 0, title=f"unresolved: {label}")
