"""An earlier plan, read from the file that `noinhan plan --json` or `--csv` was kept in."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from cli.answer import WORDS, fail
from cli.plan.difference import Plan, plan_of
from cli.plan.sheet import NotASheet, is_sheet, plans_in
from cli.plan.told import PlanTold

_REMEDY = "Give a file that 'noinhan plan --json' printed or 'noinhan plan --csv FILE' wrote."


def earlier(path: Path) -> list[Plan]:
    """The plans in a file. Ends the command where it holds none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        fail(f"{path} cannot be read ({error.strerror}). {_REMEDY}", WORDS)
    except UnicodeDecodeError as error:
        fail(f"{path} is not an earlier plan: byte {error.start} is not UTF-8. {_REMEDY}", WORDS)
    try:
        return plans_in(text) if is_sheet(text) else _from_json(path, text)
    except NotASheet as error:
        fail(f"{path} is a damaged CSV: {error}. {_REMEDY}", WORDS)


def _from_json(path: Path, text: str) -> list[Plan]:
    plans = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            plans.append(plan_of(PlanTold.model_validate_json(line, extra="ignore")))
        except ValidationError as error:
            fail(f"{path} is not an earlier plan: line {number} {_told(error)}. {_REMEDY}", WORDS)
    if not plans:
        fail(f"{path} is empty. {_REMEDY}", WORDS)
    return plans


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "is neither JSON nor the CSV's header"
    place = ".".join(map(str, first["loc"]))
    return (
        f"({place}): {first['msg'][:1].lower()}{first['msg'][1:]}" if place else f"is no plan: {first['msg'].lower()}"
    )
