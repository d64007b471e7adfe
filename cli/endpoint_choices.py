"""What the command line's options say an endpoint is to be, as the notifier's API takes it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.answer import WORDS, fail

_FIELDS: Final = {
    "event": "event_types",
    "issuer": "issuers",
    "type": "doc_types",
    "urgency": "urgencies",
    "purpose": "purposes",
    "role": "roles",
    "province": "provinces",
}

Signature = Annotated[str | None, typer.Option(help="v1 (HMAC-SHA256), v1a (ed25519) or both")]
Body = Annotated[str | None, typer.Option(help="auto (whole up to 20 kB, else thin), full or thin")]
Timeout = Annotated[float | None, typer.Option(help="seconds that an attempt may take")]
Schedule = Annotated[str | None, typer.Option(help="seconds between tries: 5,60,3600; 'none' for only one try")]
Only = Annotated[
    list[str] | None,
    typer.Option(
        help=f"let through only: FIELD=WORD, again for more; fields: {', '.join(_FIELDS)}; 'all' for everything"
    ),
]
CredentialsFile = Annotated[
    Path | None,
    typer.Option("--credentials", help='JSON: {"headers": {…}, "basic": {"username": …, "password": …}}; - reads it'),
]
Certificate = Annotated[Path | None, typer.Option(help="client certificate, PEM file")]
Key = Annotated[Path | None, typer.Option(help="its key, PEM file, unencrypted")]
Ca = Annotated[Path | None, typer.Option(help="the only root to trust, PEM file")]


Quiet = Annotated[
    str | None,
    typer.Option(
        help="no messages but hỏa tốc in these hours: 18:00-07:30; with +off on days off as well: 18:00-07:30+off"
    ),
]
Ordered = Annotated[
    bool | None, typer.Option("--ordered/--unordered", help="one at a time, a later notice after the earlier one")
]
PerMinute = Annotated[int | None, typer.Option(min=1, help="messages in any minute, at most; more wait")]
Gathering = Annotated[
    str | None,
    typer.Option(
        "--digest",
        help="one message per window, hỏa tốc at once: hourly, daily@07:30, 30s; daily@07:30/50: of 50 at most",
    ),
]
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_DIGEST = re.compile(r"(?:(hourly)|daily(?:@(\d{1,2}:\d{2}))?|(\d{1,5})s)(?:/(\d{1,3}))?")
_QUIET = re.compile(r"(\d{1,2}:\d{2})-(\d{1,2}:\d{2})(\+off)?")


def options(
    *,
    signature: str | None = None,
    body: str | None = None,
    timeout: float | None = None,
    schedule: str | None = None,
    only: list[str] | None = None,
    quiet: str | None = None,
    per_minute: int | None = None,
    ordered: bool | None = None,
    digest: str | None = None,
) -> dict[str, Any]:
    """The options that were given, and no others."""
    chosen: dict[str, Any] = {"signature": signature, "body": body, "timeout_s": timeout, "per_minute": per_minute}
    if ordered is not None:
        chosen["ordered"] = ordered
    if quiet is not None:
        chosen["quiet"] = _quiet_hours(quiet)
    if digest is not None:
        chosen["digest"] = _digest(digest)
    if schedule is not None:
        chosen["schedule_s"] = _seconds(schedule)
    if only:
        chosen["filters"] = {} if only == ["all"] else _filters(only)
    return {name: value for name, value in chosen.items() if value is not None}


def credentials(
    file: Path | None, certificate: Path | None, key: Path | None, ca: Path | None
) -> dict[str, Any] | None:
    """What the files hold; None where none was given. They are read from files because a shell keeps its history."""
    given = {"certificate": certificate, "key": key, "ca": ca}
    told = _object(file) if file else {}
    told |= {name: _read(path) for name, path in given.items() if path is not None}
    return told or None


def _object(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(_read(file)))
    except (ValueError, TypeError):
        fail(f"{file} is no JSON object", WORDS)


def _read(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path} cannot be read: {error}", WORDS)


def _seconds(schedule: str) -> list[float]:
    if schedule == "none":
        return []
    try:
        return [float(each) for each in schedule.split(",")]
    except ValueError:
        fail(f"--schedule {schedule!r}: give seconds, separated by commas", WORDS)


def _filters(only: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in only:
        field, _, word = each.partition("=")
        if field not in _FIELDS or not word:
            fail(f"--only {each!r}: give FIELD=WORD, with a field of {', '.join(_FIELDS)}", WORDS)
        found.setdefault(_FIELDS[field], []).append(word)
    return found


def _quiet_hours(text: str) -> dict[str, Any]:
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter("--quiet is written as 18:00-07:30, or 18:00-07:30+off")
    begins, ends = (each.rjust(5, "0") for each in found.group(1, 2))
    return {"begins": begins, "ends": ends, "days_off": found[3] is not None}


def _digest(text: str) -> dict[str, Any]:
    found = _DIGEST.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter("--digest is written as hourly, daily@07:30 or 30s, with /50 for 50 in one message")
    hourly, at, seconds, most = found.groups()
    every_s = int(seconds) if seconds else _HOUR_S if hourly else _DAY_S
    told: dict[str, Any] = {"every_s": every_s}
    if at:
        told["at"] = at.rjust(5, "0")
    return {**told, "most": int(most)} if most else told
