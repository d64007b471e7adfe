"""The command: what its words mean, and in which order things are read, planned, shown and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.answer import NO, WORDS, err, fail, out, print_json
from cli.documents import Read, files, read_all
from cli.plan.difference import Compared, Plan, compare, plan_of
from cli.plan.earlier import earlier
from cli.plan.fanout import Tree, fanout
from cli.plan.fanout_svg import picture
from cli.plan.reach import notifiers, reached
from cli.plan.sent import sent
from cli.plan.sheet import sheet
from cli.plan.show import Basis, show_difference, show_plan
from cli.plan.told import PlanTold, Reached, told
from cli.services import client
from contracts.notices import NoticeParsed
from services.router.directory import Directory, load_directory
from services.router.expand import Routing, expand

_SENT = "sent"
_STDOUT = "-"
Route = Callable[[NoticeParsed], Routing]


Csv = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="write a row per office and notice: CSV in UTF-8 with a byte order mark, so that Excel opens it right; "
        "'-' is standard output",
    ),
]
Today = Annotated[
    bool | None,
    typer.Option(
        "--today/--as-meant",
        help="the offices that get it today, in the place of those that were abolished since; so with --endpoints and "
        "--against sent, unless --as-meant is said",
    ),
]
Svg = Annotated[Path | None, typer.Option(metavar="FILE", help="draw the fan-out as a tree")]
Endpoints = Annotated[
    bool, typer.Option("--endpoints", help="ask the notifier, and mark offices that no active endpoint reaches")
]
Expect = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="exit 1 where the plan differs from this one, kept with --json or --csv"),
]
Against = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|sent",
        help="show the difference to an earlier plan, or to what was sent; a file of that name is './sent'",
    ),
]


@dataclass(frozen=True)
class Planned:
    """A notice, what the router made of it, and how that is told."""

    notice: NoticeParsed
    routing: Routing
    told: PlanTold


def plan(
    paths: Annotated[list[Path], typer.Argument(help="files, or folders of files")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="resolve as of this day")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line per notice")] = False,
    *,
    today: Today = None,
    csv: Csv = None,
    svg: Svg = None,
    endpoints: Endpoints = False,
    expect: Expect = None,
    against: Against = None,
) -> None:
    """Show whom notices mean; with --today, --endpoints and --against sent, who gets them now in the place of those."""
    if as_json and csv == _STDOUT:
        fail("--json and --csv - both want standard output: give --csv a file", WORDS)
    found = files(paths)
    expected = earlier(expect) if expect else None
    before = earlier(Path(against)) if against and against != _SENT else None
    quiet = bool(as_json or csv == _STDOUT or expect or against)
    wanted_later = bool(csv or svg or expect or against)
    directory = load_directory()
    route = _route(directory, as_of, carried=(endpoints or against == _SENT) if today is None else today)
    plans: list[Planned] = []
    unread = 0
    with ExitStack() as stack:
        reach = reached(notifiers(stack.enter_context(client("notifier")))) if endpoints else None
        for read in read_all(found):
            unread += read.error is not None
            for planned in _planned(read, route, reach):
                if wanted_later:
                    plans.append(planned)
                if as_json:
                    print_json(planned.told.as_json())
                elif not quiet:
                    show_plan(planned.told, planned.routing.routed.lines, asked=endpoints)
    _write(plans, directory, csv, svg)
    now = [plan_of(each.told) for each in plans]
    console = err if as_json or csv == _STDOUT else out
    if against:
        _compare(now, sent(now) if before is None else before, _basis(against), console)
    differs = expected is not None and bool(_compare(now, expected, _expected(expect), console))
    if unread or differs:
        raise typer.Exit(NO)


def _route(directory: Directory, as_of: datetime | None, *, carried: bool) -> Route:
    """How notices are routed: to the offices of their own day or of `as_of`; carried: to those in their place today."""
    on = datetime.now().astimezone().date() if carried else None
    return partial(expand, directory=directory, as_of=as_of and as_of.date(), carried_to=on)


def _planned(read: Read, route: Route, reach: Reached | None) -> Iterator[Planned]:
    if read.error is not None:
        err.print(f"{read.path.name}: {read.error.reason.rstrip('.')}. {read.error.remedy}", style="red", markup=False)
    for notice in read.notices:
        routing = route(notice)
        yield Planned(notice, routing, told(read.path.name, notice, routing, reach))


def _write(plans: Sequence[Planned], directory: Directory, csv: str | None, svg: Path | None) -> None:
    try:
        if csv == _STDOUT:
            typer.get_binary_stream("stdout").write(sheet(each.told for each in plans))
        elif csv:
            Path(csv).write_bytes(sheet(each.told for each in plans))
            err.print(f"{csv}: written", markup=False)
        if svg:
            svg.write_text(picture([_tree(each, directory) for each in plans]), encoding="utf-8", newline="\n")
            err.print(f"{svg}: written", markup=False)
    except OSError as error:
        fail(f"{error.filename} cannot be written ({error.strerror}): give a file in a folder that is there", WORDS)


def _tree(planned: Planned, directory: Directory) -> Tree:
    return fanout(planned.notice, planned.routing.routed.lines, planned.told, directory)


def _compare(now: Sequence[Plan], before: Sequence[Plan], basis: Basis, console: Console) -> Compared:
    compared = compare(now, before)
    show_difference(compared, now, basis, console)
    return compared


def _expected(path: Path | None) -> Basis:
    return Basis(str(path), f"as expected in {path}", f"not expected in {path}")


def _basis(against: str) -> Basis:
    if against == _SENT:
        absent = "never routed, so there is nothing to compare with"
        return Basis("what was sent", "no difference to what was sent", absent)
    return Basis(against, f"no difference to {against}", f"not in {against}")
