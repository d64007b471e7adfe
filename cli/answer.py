"""How the command answers: tables and words for people on standard output, errors on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import typer
from rich.console import Console

NO = 1
"""Exit status where the answer is no."""
WORDS = 2
"""Exit status where the call's words are wrong."""
UNREACHABLE = 3
"""Exit status where a service or the broker could not be reached."""

_UNBROKEN = 160
"""Columns where nobody's terminal sets them, so that a pipe gets whole ids."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else _UNBROKEN)
err = Console(stderr=True, highlight=False)


def print_json(data: Any) -> None:
    """One JSON value on one line, as a program reads it."""
    typer.echo(json.dumps(data, ensure_ascii=False, default=str))


def print_fields(told: Mapping[str, Any], *, as_json: bool) -> None:
    """One field on a line for people, one JSON object for programs."""
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        out.print(f"{name}: {value}", markup=False)


def fail(message: str, status: int = NO) -> NoReturn:
    """Say what was wrong and what to do, and exit."""
    err.print(message, style="bold red", markup=False, soft_wrap=True)
    raise typer.Exit(status)
