"""`noinhan submit`: give files to ingest, as any office's system would."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import Progress

from cli.answer import NO, err, out, print_json
from cli.documents import files
from cli.services import call, client, refusal


def submit(
    paths: Annotated[list[Path], typer.Argument(help="files, or folders of files")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line per file")] = False,
) -> None:
    """Submit notices. Returns when every one is on Kafka or refused; exits 1 where one was refused."""
    found = files(paths)
    refused = 0
    with client("ingest") as http, Progress(console=err, transient=True, disable=as_json) as progress:
        bar = progress.add_task("submitting", total=len(found))
        for path in found:
            told = submit_file(http, path)
            refused += told["status"] != httpx.codes.ACCEPTED
            _show(told, as_json)
            progress.advance(bar)
    if refused:
        raise typer.Exit(NO)


def submit_file(http: httpx.Client, path: Path) -> dict[str, Any]:
    """Submit one file; what ingest answered, with `source` and `status`."""
    with path.open("rb") as file:
        answer = call(http, "POST", "/v1/documents", files={"file": (path.name, file)})
    told: dict[str, Any] = {"source": path.name, "status": answer.status_code}
    if answer.status_code != httpx.codes.ACCEPTED:
        return told | {"refused": refusal(answer)}
    told.update(answer.json())
    return told


def _show(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
    elif "refused" in told:
        err.print(f"{told['source']}: {told['refused']}", style="red", markup=False)
    else:
        again = " (already published)" if told["repeated"] else ""
        waits = f"waits for a person: {told['review'][0]}; see 'noinhan review list'" if told["review"] else ""
        out.print(f"{told['source']}: {waits or ', '.join(told['notice_ids']) + again}", markup=False)
