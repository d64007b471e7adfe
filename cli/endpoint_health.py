"""`noinhan endpoints health`: how endpoints fare, the worst first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from cli.answer import out, print_json
from cli.services import ask

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60))
_COLUMNS: Final = ("endpoint", "office", "state", "failing", "last success", "last attempt", "open", "day", "ms")


def health(
    office: Annotated[str | None, typer.Option(help="only of this recipient_id")] = None,
    failing: Annotated[bool, typer.Option("--failing", help="only those whose last attempt failed")] = False,
    most: Annotated[int, typer.Option(min=1, max=1_000, help="how many at most")] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show how endpoints fare, the worst first: failures, what waits, and the attempts of the last 24 hours."""
    asked = {"recipient_id": office, "failing": str(failing).lower(), "limit": most}
    given = {name: value for name, value in asked.items() if value is not None}
    told = ask("notifier", "GET", "/v1/endpoints/health", params=given)
    if as_json:
        for row in told["endpoints"]:
            print_json(row)
        return
    now = datetime.now(UTC)
    table = Table(box=None, padding=(0, 2))
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    for row in told["endpoints"]:
        table.add_row(*_cells(row, now))
    out.print(table, markup=False)
    since = datetime.fromisoformat(told["since"]).astimezone()
    out.print(f"attempts are counted since {since:%Y-%m-%d %H:%M}: day = arrived / failed, ms = median / p95")


def _cells(row: dict[str, Any], now: datetime) -> tuple[str, ...]:
    last = row["last_attempt"]
    waits = f"{row['open']}, {_ago(row['oldest_at'], now)}" if row["open"] else "0"
    return (
        row["endpoint_id"],
        row["recipient_id"],
        f"{row['kind']} {row['state']} ({row['place']})",
        _failing(row, now),
        _ago(row["last_success_at"], now),
        f"{last['reason']}, {_ago(last['at'], now)}" if last else "-",
        waits,
        f"{row['delivered']} / {row['failed']}",
        "-" if row["median_ms"] is None else f"{row['median_ms']:.0f} / {row['p95_ms']:.0f}",
    )


def _failing(row: dict[str, Any], now: datetime) -> str:
    if row["failing_since"] is None:
        return "-"
    alone = row["left_alone_until"]
    pause = f", left alone for {_span((datetime.fromisoformat(alone) - now).total_seconds())}" if alone else ""
    return f"{row['failures']} in {_ago(row['failing_since'], now).removesuffix(' ago')}{pause}"


def _ago(moment: str | None, now: datetime) -> str:
    if moment is None:
        return "never"
    return f"{_span((now - datetime.fromisoformat(moment)).total_seconds())} ago"


def _span(seconds: float) -> str:
    """A duration in its largest unit."""
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
