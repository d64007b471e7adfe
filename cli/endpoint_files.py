"""`noinhan endpoints export` and `import`: all endpoints as a file of JSON lines, from one system to another."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.answer import NO, WORDS, err, fail, out, print_json
from cli.services import ask, ask_text

_AT_ONCE: Final = 200


def export(
    file: Annotated[Path, typer.Argument(help="where to write them; - writes to standard output")],
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="secrets, credentials and whole URLs too: keep the file safe")
    ] = False,
    office: Annotated[str | None, typer.Option(help="only of this recipient_id")] = None,
) -> None:
    """Write all endpoints as JSON lines. Without secrets, URLs that hold a token are masked and cannot be imported."""
    asked = {"with_secrets": "true"} if with_secrets else {}
    lines = ask_text(
        "notifier", "/v1/endpoints/export", params={**asked, **({"recipient_id": office} if office else {})}
    )
    if str(file) == "-":
        typer.echo(lines, nl=False)
        return
    with open(file, "w", encoding="utf-8", opener=_for_the_owner) as written:
        written.write(lines)
    masked = sum("url_masked" in json.loads(line) for line in lines.splitlines())
    err.print(f"{len(lines.splitlines())} endpoints written" + (f", {masked} with a masked URL" if masked else ""))


def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines, as 'export' writes them", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Add the endpoints that are not there yet; those that are stay as they are. New secrets are shown once."""
    rows = _rows(file)
    usable = [(place, row) for place, row in rows if not (row.get("url_masked") or row.get("unreadable"))]
    told: list[dict[str, Any]] = []
    for start in range(0, len(usable), _AT_ONCE):
        part = usable[start : start + _AT_ONCE]
        err.print(f"lines {part[0][0]} to {part[-1][0]}", style="dim")
        told += ask("notifier", "POST", "/v1/endpoints", json=[row for _, row in part])
    for each in told:
        if as_json:
            print_json(each)
        elif each["created"]:
            verified_with = " ".join(each[name] for name in ("secret", "public_key") if name in each)
            out.print(f"{each['endpoint_id']} {each['recipient_id']} {verified_with}", markup=False)
    counts = Counter(each["created"] for each in told)
    left = len(rows) - len(usable)
    err.print(f"{counts[True]} added, {counts[False]} were there already, {left} left out")
    unverified = sum(each["created"] and each["state"] == "unverified" for each in told)
    if unverified:
        err.print(f"{unverified} of those added have to prove themselves: see 'noinhan endpoints verify --help'")
    if left:
        fail("left out are masked URLs (export them with --with-secrets) and secrets that could not be opened", NO)


def _rows(file: Path) -> list[tuple[int, dict[str, Any]]]:
    rows: list[tuple[int, dict[str, Any]]] = []
    for place, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append((place, dict(json.loads(line))))
        except (ValueError, TypeError):
            fail(f"line {place} of {file} is no JSON object; nothing was added", WORDS)
    return rows


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
