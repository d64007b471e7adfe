"""Plans, and differences between them, in words for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from cli.answer import out
from cli.plan.difference import Compared, Copy, Difference, Plan
from cli.plan.told import PlanTold
from contracts.notices import LineResolved

_MOST = 50
"""Offices shown of each kind of difference, and of those without an endpoint."""


def show_plan(told: PlanTold, lines: Sequence[LineResolved], *, asked: bool) -> None:
    """Print a plan. asked: the notifier was, so that offices without an endpoint are told."""
    out.rule(f"{told.source}  {told.number or ''}", style="dim")
    table = Table("line", "rule", "offices", box=None, padding=(0, 1))
    for line in lines:
        table.add_row(line.line, line.rule, str(line.count))
    out.print(table, markup=False)
    for missing in told.unresolved:
        candidates = f"; perhaps {', '.join(missing.candidates)}" if missing.candidates else ""
        out.print(
            f"unresolved: {missing.part or missing.line} ({missing.reason}{candidates})", style="yellow", markup=False
        )
    unreached = [each.name for each in told.without_endpoint]
    _listed(out, "no endpoint: ", unreached, "yellow")
    with_tasks = sum(bool(each.tasks) for each in told.recipients)
    last = f", {len(unreached)} without an endpoint" if asked else ""
    out.print(f"{len(told.recipients)} offices, {with_tasks} with tasks of their own{last}", style="bold")


@dataclass(frozen=True)
class Basis:
    """What a plan is compared with.

    name: as it is spoken of. equal: what is said where nothing differs. absent: what is said of a notice it has not.
    """

    name: str
    equal: str
    absent: str


def show_difference(compared: Compared, now: Sequence[Plan], basis: Basis, console: Console) -> None:
    """Print what is different, notice by notice, or that nothing is."""
    if not compared:
        offices = sum(len(plan.copies) for plan in now)
        console.print(f"{basis.equal}: {offices} offices of {len(now)} notices", style="bold", markup=False)
        return
    for each in compared.differences:
        if each:
            _show(console, each)
    _listed(console, "", (f"{_name(plan)}: {basis.absent}" for plan in compared.new), "yellow")
    gone = (f"{_name(plan)}: in {basis.name}, but in none of the files given" for plan in compared.gone)
    _listed(console, "", gone, "yellow")
    different = sum(map(bool, compared.differences)) + len(compared.new) + len(compared.gone)
    console.print(f"notices that differ from {basis.name}: {different}", style="bold", markup=False)


def _name(plan: Plan) -> str:
    return f"{plan.source} {plan.number or ''}".rstrip()


def _show(console: Console, found: Difference) -> None:
    console.rule(_name(found.plan), style="dim")
    _listed(console, "+ ", (_copy(each) for each in found.added), "green")
    _listed(console, "- ", (_copy(each) for each in found.missing), "red")
    _listed(console, "~ ", (f"{name}: {how}" for name, how in found.changed), "yellow")
    _listed(console, "! now unresolved: ", found.unresolved, "red")
    _listed(console, "  no longer unresolved: ", found.resolved, "green")


def _copy(copy: Copy) -> str:
    return f"{copy.name} ({copy.role}{'; ' if copy.tasks else ''}{', '.join(copy.tasks)})"


def _listed(console: Console, mark: str, texts: Iterable[str], style: str) -> None:
    shown = list(texts)
    for text in shown[:_MOST]:
        console.print(f"{mark}{text}", style=style, markup=False, soft_wrap=True)
    if len(shown) > _MOST:
        console.print(f"{mark}… and {len(shown) - _MOST} more", style=style, markup=False)
